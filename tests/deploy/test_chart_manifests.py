"""Every variant in ``ci/`` lints, renders and gives objects that Kubernetes would accept."""

import json
import re
from functools import cache
from pathlib import Path

import helm_python
import kubernetes_validate
import pytest
import yaml

from tests.deploy.chart import (
    BASE,
    CHART,
    NAMESPACE,
    RELEASE,
    ROOT,
    VARIANTS,
    Manifest,
    find,
    merged,
    one,
    render,
    render_texts,
    variant,
)
from tests.deploy.custom_resources import KINDS, problems

# The oldest release that Chart.yaml allows, and the newest whose schemas are bundled.
KUBERNETES = ["1.27", kubernetes_validate.latest_version()]
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
WARNING = 2


def test_the_variants_that_readers_look_for_exist() -> None:
    assert {
        *("default", "everything", "gpu", "keda", "minimal", "registry", "sasl"),
        *("static", "storage", "web", "webonly"),
    } <= set(VARIANTS)


def test_the_oldest_kubernetes_is_the_one_of_the_chart() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))

    assert chart["kubeVersion"] == f">={KUBERNETES[0]}.0-0"


@pytest.mark.parametrize("name", VARIANTS)
def test_lints_without_a_warning(name: str) -> None:
    report = helm_python.lint(CHART, variant(name), strict=True, kube_version="v1.37.0")

    assert report["total_charts_linted"] == 1
    assert report["errors"] == []
    assert [item for item in report["messages"] if item["severity"] >= WARNING] == []


def test_the_linter_sees_a_mistake() -> None:
    report = helm_python.lint(CHART, merged(BASE, {"replicaCount": "many"}), strict=True)

    assert any("replicaCount" in item["error"] for item in report["messages"])


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("name", VARIANTS)
def test_objects_are_valid(name: str, version: str) -> None:
    for item in render(variant(name)):
        if item["kind"] not in KINDS:
            _validate(json.dumps(item), version)


@cache
def _validate(item: str, version: str) -> None:
    """Most objects are the same in many variants."""
    kubernetes_validate.validate(json.loads(item), version, strict=True)


@pytest.mark.parametrize("name", VARIANTS)
def test_custom_objects_are_valid(name: str) -> None:
    for item in render(variant(name)):
        if item["kind"] in KINDS:
            assert problems(item) == []


def test_every_custom_kind_is_rendered_by_a_variant() -> None:
    assert {item["kind"] for name in VARIANTS for item in render(variant(name))} >= KINDS.keys(), (
        "or its schema is held against nothing"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spoilt", ["misspelt", "wrong type", "version"])
def test_the_validator_of_custom_objects_sees_a_mistake(kind: str, spoilt: str) -> None:
    item = next(
        item for name in VARIANTS for item in find(render(variant(name)), kind) if item["spec"]
    )
    key, value = next(iter(item["spec"].items()))
    match spoilt:
        case "misspelt":
            item["spec"][f"{key}s"] = value
        case "wrong type":
            item["spec"][key] = True
        case _:
            item["apiVersion"] += "beta1"

    assert len(problems(item)) == 1


@pytest.mark.parametrize("spoilt", ["misspelt", "wrong type"])
def test_the_validator_sees_a_mistake(spoilt: str) -> None:
    item = one(render(BASE), "Deployment")
    if spoilt == "misspelt":
        item["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    else:
        item["spec"]["replicas"] = "1"

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(item, KUBERNETES[-1], strict=True)


@pytest.mark.parametrize("name", VARIANTS)
def test_objects_have_a_name_a_namespace_and_labels(name: str) -> None:
    objects = [item for item in render(variant(name)) if not _is_extra(item)]
    for item in objects:
        metadata = item["metadata"]
        assert NAME.fullmatch(metadata["name"]), item["kind"]
        assert metadata["namespace"]
        assert metadata["labels"]["app.kubernetes.io/name"] == "platestream"
        assert metadata["labels"]["app.kubernetes.io/managed-by"] == "Helm"

    names = [
        (item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]) for item in objects
    ]
    assert len(names) == len(set(names))


def test_kinds_of_the_variants() -> None:
    assert {item["kind"] for item in render(variant("minimal"))} == {"ConfigMap", "Deployment"}
    assert {item["kind"] for item in render(variant("everything"))} == {
        *("ConfigMap", "Deployment", "Ingress", "NetworkPolicy", "Pod", "PodDisruptionBudget"),
        *("Service", "ServiceAccount", "ScaledObject", "TriggerAuthentication"),
        *("PodMonitor", "PrometheusRule"),
    }
    assert not find(render(BASE), "Secret"), "secrets are the installer's own"


def test_a_label_of_ones_own_wins_and_stands_once() -> None:
    """`commonLabels` has the same key; the strict reader of the tests refuses it twice."""
    labels = {
        item["metadata"]["name"]: item["metadata"]["labels"]["team"]
        for item in find(render(variant("everything")), "Service")
    }

    assert labels == {"plates": "vision", "plates-http": "edge"}


def test_long_names_leave_room_for_suffixes() -> None:
    values = merged(variant("everything"), {"fullnameOverride": "x" * 49 + "-" + "y" * 100})
    for item in render(values):
        if not _is_extra(item):
            assert len(item["metadata"]["name"]) <= 63


def test_fullname_does_not_repeat_the_release() -> None:
    with helm_python.Chart.load(CHART) as chart:
        text = chart.render(BASE, name="platestream", namespace=NAMESPACE)
    assert yaml.safe_load(text["platestream/templates/service.yaml"])["metadata"]["name"] == (
        "platestream"
    )


def test_extra_manifests_are_templates() -> None:
    objects = render(variant("everything"))
    extra = {item["metadata"]["name"]: item for item in objects if _is_extra(item)}

    assert set(extra) == {"plates-extra", "eu-string"}
    assert extra["plates-extra"]["data"] == {"group": "platestream"}


def test_notes_name_the_topics_and_the_group() -> None:
    notes = render_texts(variant("keda"))["NOTES.txt"]

    assert '"cameras.frames"' in notes
    assert '"plates-eu"' in notes
    assert "minReplicaCount 0" in notes
    assert "isolation.level=read_committed" in notes


def test_notes_say_what_is_open() -> None:
    shut = render_texts(variant("web"))["NOTES.txt"]
    bare = merged(variant("web"), {"web": {"ingress": {"tls": []}}})
    everybody = merged(bare, {"web": {"existingSecret": "", "noAuth": True}})

    assert "http://eu-platestream-http.plates-ns.svc:8080 and at host plates.example.com" in shut
    assert "in the clear" not in shut
    assert "in the clear" in render_texts(bare)["NOTES.txt"]
    assert "web.noAuth lets everybody in" in render_texts(everybody)["NOTES.txt"]
    assert "https://eu-platestream-http" in render_texts(variant("webonly"))["NOTES.txt"]
    assert "Kafka" not in render_texts(variant("webonly"))["NOTES.txt"]


def test_packaged_chart_is_the_same_without_the_examples(tmp_path: Path) -> None:
    archive = helm_python.package(CHART, destination=tmp_path)

    with helm_python.Chart.load(archive) as chart:
        text = chart.render(BASE, name=RELEASE, namespace=NAMESPACE)
        files = {item["name"] for item in chart.files}
        assert chart.schema is not None
    below = {path.split("/templates/", 1)[1]: rendered for path, rendered in text.items()}
    assert below == render_texts(BASE)
    assert "README.md" in files
    assert not any(name.startswith("ci/") for name in files)


def test_chart_version_follows_the_package() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    project = (ROOT / "pyproject.toml").read_text("utf-8")

    assert f'\nversion = "{chart["appVersion"]}"\n' in project


def _is_extra(item: Manifest) -> bool:
    own = {"config.yaml", "platestream-keeping-up.json"}
    return item["kind"] == "ConfigMap" and own.isdisjoint(item.get("data", {}))
