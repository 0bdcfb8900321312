"""What Prometheus scrapes: a PodMonitor, or a ServiceMonitor for those who select Services."""

import pytest

from tests.deploy.chart import BASE, Values, find, merged, one, render, render_texts, variant

MONITOR: Values = {"serviceMonitor": {"enabled": True}}


def test_service_monitor_finds_the_metrics_and_nothing_else() -> None:
    objects = render(variant("gateway"))
    monitor = one(objects, "ServiceMonitor")
    (endpoint,) = monitor["spec"]["endpoints"]
    selector = monitor["spec"]["selector"]["matchLabels"].items()
    found = [
        item["metadata"]["name"]
        for item in find(objects, "Service")
        if selector <= item["metadata"]["labels"].items()
        and endpoint["port"] in {port["name"] for port in item["spec"]["ports"]}
    ]

    assert found == ["eu-platestream"], "the Service of the interface has no port of that name"
    assert endpoint["path"] == "/metrics"
    assert endpoint["interval"] == "15s"
    assert endpoint["relabelings"] == variant("gateway")["serviceMonitor"]["relabelings"]
    assert monitor["metadata"]["namespace"] == "monitoring"
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["plates-ns"]}
    assert monitor["spec"]["sampleLimit"] == 5000


def test_both_monitors_give_the_labels_that_the_alerts_select_by() -> None:
    pods = one(render(merged(BASE, {"podMonitor": {"enabled": True}})), "PodMonitor")["spec"]
    services = one(render(merged(BASE, MONITOR)), "ServiceMonitor")["spec"]
    (service,) = find(render(BASE), "Service")

    assert services["targetLabels"] == pods["podTargetLabels"]
    assert set(services["targetLabels"]) <= service["metadata"]["labels"].keys()
    assert services["endpoints"] == pods["podMetricsEndpoints"]
    assert services["jobLabel"] == pods["jobLabel"]


def test_no_monitor_by_default() -> None:
    assert find(render(BASE), "ServiceMonitor") == []


@pytest.mark.parametrize(
    ("monitor", "noted"), [({}, True), (MONITOR, False), ({"podMonitor": {"enabled": True}}, False)]
)
def test_notes_say_when_nothing_is_scraped(monitor: Values, noted: bool) -> None:
    values = merged(BASE, {"prometheusRule": {"enabled": True}}, monitor)

    assert ("prometheusRule.selector" in render_texts(values)["NOTES.txt"]) is noted
