"""The Grafana dashboards: of now, of metrics that exist, laid out without overlaps.

``make dashboards-test`` asks their queries of a real Prometheus.
"""

import itertools
import json
from typing import Any

import promql_parser
import pytest
import yaml

from tests.deploy.chart import BASE, Manifest, merged, render
from tests.deploy.grafana.__main__ import alert_queries, panel_queries
from tests.deploy.grafana.dashboards import FOLDERS, dashboards, files
from tests.deploy.promql import series_of
from tests.deploy.test_chart_monitoring import exposed_metrics


def test_the_files_are_of_now() -> None:
    found = {path for folder in FOLDERS for path in folder.glob("*.json")}
    assert found == files().keys()
    for path, text in files().items():
        assert path.read_text("utf-8") == text, "run make docs"


def test_panels_read_metrics_and_labels_that_exist() -> None:
    exposed = exposed_metrics()
    asked = set()
    for query in panel_queries():
        for series in series_of(promql_parser.parse(query.expression)):
            assert series.name in exposed, query.place
            labels = {matcher.name for matcher in series.matchers.matchers}
            assert labels - {"job", "namespace", "pod"} <= exposed[series.name], query.place
            asked.add(series.name)
    assert len(asked) > 30


def test_every_alert_has_queries() -> None:
    alerts = {query.place.split(":")[0] for query in alert_queries()}
    assert "alert PlatestreamStalled" in alerts
    assert "rule platestream" in alerts


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda one: one.name)
def test_panels_stand_side_by_side(dashboard: Any) -> None:
    [text] = {text for path, text in files().items() if path.stem == dashboard.name}
    content = json.loads(text)
    places = [panel["gridPos"] for panel in content["panels"]]
    for one, other in itertools.combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert len({panel["id"] for panel in content["panels"]}) == len(places)
    assert all(panel["description"] for panel in content["panels"] if panel["type"] != "row")


def test_the_chart_hands_them_to_the_sidecar() -> None:
    def dashboard_maps(objects: list[Manifest]) -> list[Manifest]:
        return [one for one in objects if one["metadata"]["name"].endswith("-dashboards")]

    assert dashboard_maps(render(BASE)) == []
    values = merged(BASE, {"dashboards": {"enabled": True, "namespace": "monitoring"}})
    [found] = dashboard_maps(render(values))
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["metadata"]["namespace"] == "monitoring"
    held = {f"platestream-{path.name}": text for path, text in files().items()}
    assert found["data"] == held
    # etcd takes no object of more than 1 MiB.
    assert len(yaml.safe_dump(found)) < 700_000
