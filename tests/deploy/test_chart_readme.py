"""The chart's README says what the chart does."""

import re

import pytest

from tests.deploy.chart import BASE, CHART, ROOT, container, merged, one, render
from tests.deploy.values_table import README, descriptions, readme, undocumented


def test_every_value_is_described() -> None:
    assert undocumented() == []


def test_descriptions_belong_to_their_key() -> None:
    described = descriptions()

    assert described["image.tag"].startswith("Tag; empty takes the chart's appVersion")
    assert described["autoscaling.hpa.minReplicas"] == "Fewest replicas."
    assert "maxUnavailable 0), or one pod" in described["updateStrategy"], "joined over two lines"
    assert "image" not in described


def test_table_of_values_is_of_now() -> None:
    assert README.read_text("utf-8") == readme(), "run make chart"


def test_table_of_alerts_is_of_now() -> None:
    switches = {"prometheusRule": {"enabled": True}, "gpu": {"enabled": True}}
    values = merged(
        BASE,
        switches,
        {"web": {"enabled": True, "noAuth": True}, "registry": {"url": "http://registry:8081"}},
    )
    rules = one(render(values), "PrometheusRule")["spec"]["groups"][0]["rules"]
    listed = re.findall(
        r"^\| (Platestream\w+) \| (\w+) \|", README.read_text("utf-8"), re.MULTILINE
    )

    assert listed == [(rule["alert"], rule["labels"]["severity"]) for rule in rules]


@pytest.mark.parametrize("path", [README, ROOT / "deploy" / "README.md"], ids=["chart", "deploy"])
def test_links_lead_somewhere(path: object) -> None:
    assert isinstance(path, type(README))
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))

    assert links
    for link in links:
        assert (path.parent / link).exists(), link


def test_commands_name_what_is_there() -> None:
    text = README.read_text("utf-8")
    name, tag = container(BASE)["image"].split(":")

    assert f"helm install platestream {CHART.relative_to(ROOT)}" in text
    assert f"docker build -t {name}:{tag} ." in (ROOT / "deploy" / "README.md").read_text("utf-8")
