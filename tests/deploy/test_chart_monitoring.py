"""Monitoring: what is scraped, and alerts on metrics that exist."""

import re

import promql_parser
import pytest
import yaml
from prometheus_client import CollectorRegistry

from platestream.contract.errors import ErrorCode
from platestream.telemetry.metrics import Metrics
from tests.deploy.chart import (
    BASE,
    NAMESPACE,
    RELEASE,
    Manifest,
    Values,
    container,
    find,
    merged,
    one,
    render,
    variant,
)
from tests.deploy.promql import series_of

RULES: Values = {"prometheusRule": {"enabled": True}, "podMonitor": {"enabled": True}}
GPU: Values = {"gpu": {"enabled": True}}
WEB: Values = {"web": {"enabled": True, "noAuth": True}}
REGISTRY: Values = {"registry": {"url": "http://registry:8081"}}
ALL: Values = merged(BASE, RULES, GPU, WEB, REGISTRY)
# Functions that look at a counter's change; a bare counter never falls, so it never resolves. Those
# of a replica that has ended do: a look back shows what it counted last.
CHANGES = {"rate", "increase", "max_over_time"}


def _alerts(values: Values) -> list[Manifest]:
    groups = one(render(values), "PrometheusRule")["spec"]["groups"]
    rules: list[Manifest] = groups[0]["rules"]
    return rules


def exposed_metrics() -> dict[str, set[str]]:
    """Every series of the service, with its labels."""
    metrics = Metrics(CollectorRegistry())
    metrics.describe_process(metrics.registry, version="1")
    # `up` is Prometheus' own, one for each target.
    found: dict[str, set[str]] = {"up": set()}
    found |= {
        sample.name: set(sample.labels)
        for family in metrics.registry.collect()
        for sample in family.samples
        if family.name.startswith("process_")
    }
    for metric in vars(metrics).values():
        if not hasattr(metric, "describe"):
            continue
        (family,) = metric.describe()
        labels = set(metric._labelnames)
        match family.type:
            case "counter":
                found[f"{family.name}_total"] = labels
            case "histogram":
                found[f"{family.name}_bucket"] = {*labels, "le"}
                found[f"{family.name}_sum"] = found[f"{family.name}_count"] = labels
            case _:
                found[family.name] = labels
    return found


@pytest.mark.parametrize(
    "values",
    [merged(BASE, RULES), ALL, merged(BASE, RULES, {"kafka": {"guarantee": "at_least_once"}})],
    ids=["cpu", "all", "at least once"],
)
def test_alerts_read_metrics_that_exist(values: Values) -> None:
    exposed = exposed_metrics()
    assert "platestream_frames_processed_total" in exposed
    from_target = {"namespace", "pod", "app_kubernetes_io_name", "app_kubernetes_io_instance"}

    for rule in _alerts(values):
        series = list(series_of(promql_parser.parse(rule["expr"])))
        assert series, rule["alert"]
        for selector in series:
            assert selector.name in exposed, f"{rule['alert']} reads {selector.name}"
            matchers = {item.name: item.value for item in selector.matchers.matchers}
            assert matchers.keys() <= exposed[selector.name] | from_target, rule["alert"]
            assert matchers["namespace"] == NAMESPACE
            assert matchers["app_kubernetes_io_instance"] == RELEASE


def test_walk_finds_every_series() -> None:
    expression = "(sum(rate(a_b[5m])) or vector(0)) / c_d > 3 and histogram_quantile(0.9, e_f) > 1"

    found = {item.name for item in series_of(promql_parser.parse(expression))}

    assert found == {"a_b", "c_d", "e_f"}


def test_a_misspelt_metric_would_be_seen() -> None:
    assert "platestream_frames_procesed_total" not in exposed_metrics()


def test_alerts_match_values_that_the_service_sets() -> None:
    """Label values in the rules, beside those that the metrics document."""
    text = " ".join(rule["expr"] for rule in _alerts(ALL))
    documented = " ".join(
        metric._documentation
        for metric in vars(Metrics(CollectorRegistry())).values()
        if hasattr(metric, "_documentation")
    )

    for label in ("outcome", "status", "event"):
        values = re.findall(rf'\b{label}=~?"([\w|]+)"', text)
        assert values, label
        for value in "|".join(values).split("|"):
            assert value in documented
    documented_codes = {code.code for code in ErrorCode}
    (codes,) = re.findall(r'error_code=~"([^"]+)"', text)
    assert set(codes.replace("[.]", ".").split("|")) <= documented_codes


@pytest.mark.parametrize(
    "values", [merged(BASE, RULES), variant("everything")], ids=["default", "all"]
)
def test_alerts_are_complete(values: Values) -> None:
    alerts = _alerts(values)

    assert len({rule["alert"] for rule in alerts}) == len(alerts) >= 8
    for rule in alerts:
        assert rule["alert"].startswith("Platestream")
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert re.fullmatch(r"\d+m", rule["for"])
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]


def test_counters_are_read_by_their_change() -> None:
    for rule in _alerts(ALL):
        for name in re.findall(r"(\w+)\(platestream_\w+_total", rule["expr"]):
            assert name in CHANGES
        bare = re.sub(r"\w+\(platestream_\w+_total", "", rule["expr"])
        assert "_total" not in bare


def test_what_may_be_added_to_the_rules() -> None:
    values = variant("everything")
    rule = one(render(values), "PrometheusRule")
    alerts = _alerts(values)

    assert rule["metadata"]["namespace"] == "monitoring"
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert "PlatestreamNoPlates" not in {item["alert"] for item in alerts}
    assert {item["labels"]["team"] for item in alerts} == {"vision"}
    assert alerts[0]["annotations"]["runbook_url"] == (
        "https://runbooks.example.com/platestream/PlatestreamNoneReady.md"
    )
    assert rule["spec"]["groups"][2:] == values["prometheusRule"]["extraGroups"]


def test_thresholds_and_selector_reach_the_expressions() -> None:
    own = {"prometheusRule": {"selector": 'job="x"', "thresholds": {"timeBehindSeconds": 1234567}}}
    alerts = {rule["alert"]: rule["expr"] for rule in _alerts(merged(BASE, RULES, own))}

    assert alerts["PlatestreamBehind"].endswith("> 1234567")
    assert all('job="x"' in expression for expression in alerts.values())
    assert not any("namespace=" in expression for expression in alerts.values())


def test_which_alerts_depend_on_the_release() -> None:
    plain = {rule["alert"] for rule in _alerts(merged(BASE, RULES))}
    gpu = {rule["alert"] for rule in _alerts(merged(BASE, RULES, GPU))}
    sleeping = {rule["alert"] for rule in _alerts(variant("keda"))}
    web = {rule["alert"] for rule in _alerts(merged(BASE, RULES, WEB))}
    alone = {rule["alert"] for rule in _alerts(variant("webonly"))}
    weaker = merged(BASE, RULES, {"kafka": {"guarantee": "at_least_once"}})

    assert gpu - plain == {"PlatestreamNotOnGpu"}
    registry = {rule["alert"] for rule in _alerts(merged(BASE, RULES, REGISTRY))}
    # No replica is right with minReplicaCount 0, so it asks whether those that are there get ready.
    assert plain == sleeping
    assert "vector(0)" not in _alerts(variant("keda"))[0]["expr"]
    assert web - plain == {"PlatestreamHttpErrors", "PlatestreamHttpSlow"}
    assert registry - plain == {"PlatestreamRegistryFailing"}
    replicas = {"NoneReady", "NotReady", "Restarting", "GaveUp"}
    assert alone == (web - plain) | {f"Platestream{name}" for name in replicas}
    assert plain - {rule["alert"] for rule in _alerts(weaker)} == {
        "PlatestreamTransactionsAborted",
        "PlatestreamTransactionsFenced",
    }


def test_the_dead_letter_alert_comes_before_the_limit() -> None:
    rules = merged(BASE, RULES, {"kafka": {"deadLetters": {"maxOwnRatio": 0.2}}})
    over = merged(rules, {"config": {"kafka": {"dead_letters": {"max_own_ratio": 0.6}}}})

    for values, limit in ((rules, "> 0.1"), (over, "> 0.3")):
        (rule,) = (
            item for item in _alerts(values) if item["alert"] == "PlatestreamDeadLetterLimit"
        )
        assert rule["expr"].endswith(limit)


def test_a_lag_that_is_not_known_is_an_alert_of_its_own() -> None:
    """Its series is left out, so the alert on frames that wait cannot see it."""
    alerts = {rule["alert"]: rule["expr"] for rule in _alerts(merged(BASE, RULES))}
    read = {
        name: {item.name for item in series_of(promql_parser.parse(expression))}
        for name, expression in alerts.items()
    }

    assert read["PlatestreamBehind"] == {"platestream_time_behind_seconds"}
    assert read["PlatestreamLagUnknown"] == {"platestream_lag_unknown_partitions"}
    # Without its brokers a replica loses its partitions, and then none of them is unknown.
    assert read["PlatestreamNothingAssigned"] == {"platestream_assigned_partitions"}


def test_a_replica_that_gave_up_waits_for_a_scrape_where_somebody_scrapes() -> None:
    def waits(values: Values) -> object:
        data = one(render(values), "ConfigMap")["data"]
        (text,) = data.values()
        return yaml.safe_load(text)["telemetry"]["last_scrape_seconds"]

    scraped = merged(BASE, {"podMonitor": {"enabled": True}})
    assert waits(BASE) == 0
    assert waits(scraped) == 20
    assert waits(merged(BASE, {"serviceMonitor": {"enabled": True}})) == 20
    assert waits(merged(scraped, {"telemetry": {"lastScrapeSeconds": 35}})) == 35


def test_pod_monitor_scrapes_the_port_of_the_pods() -> None:
    (endpoint,) = one(render(merged(BASE, RULES)), "PodMonitor")["spec"]["podMetricsEndpoints"]

    assert endpoint["path"] == "/metrics"
    assert endpoint["port"] in {port["name"] for port in container(BASE)["ports"]}


def test_pod_monitor_finds_the_pods_from_another_namespace() -> None:
    monitor = one(render(variant("everything")), "PodMonitor")

    assert monitor["metadata"]["namespace"] == "monitoring"
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["vision"]}
    assert monitor["spec"]["sampleLimit"] == 20000
    # The default alerts select by these.
    assert set(monitor["spec"]["podTargetLabels"]) == {
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
    }


def test_monitoring_needs_an_operator_so_it_is_off_by_default() -> None:
    objects = render(BASE)

    assert find(objects, "PodMonitor") == find(objects, "PrometheusRule") == []


def test_network_policy_lets_in_scrapes_and_the_helm_test() -> None:
    objects = render(variant("everything"))
    policy = one(objects, "NetworkPolicy")["spec"]
    for ingress in policy["ingress"]:
        own = ingress["from"][-1]["podSelector"]["matchLabels"]
        for pod in find(objects, "Pod"):
            assert own.items() <= pod["metadata"]["labels"].items()

    assert [rule["ports"][0]["port"] for rule in policy["ingress"]] == [9300, 8443]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    dns, kafka, registry, extra = policy["egress"]
    assert {(port["port"], port["protocol"]) for port in dns["ports"]} == {(53, "UDP"), (53, "TCP")}
    assert kafka["to"] == [{"ipBlock": {"cidr": "192.0.2.0/24"}}]
    assert [port["port"] for port in kafka["ports"]] == [9093]
    assert registry["to"] == [{"ipBlock": {"cidr": "198.51.100.0/24"}}]
    assert [port["port"] for port in registry["ports"]] == [8443]
    assert extra["ports"][0]["port"] == 443


def test_network_policy_of_the_http_interface_alone() -> None:
    policy = one(render(variant("webonly")), "NetworkPolicy")["spec"]

    assert [rule["ports"][0]["port"] for rule in policy["ingress"]] == [9108, 8080]
    (dns,) = policy["egress"]
    assert {port["port"] for port in dns["ports"]} == {53}


@pytest.mark.parametrize(
    ("url", "ports"),
    [
        ("http://registry", [80]),
        ("https://registry/apis/ccompat/v7", [443]),
        ("http://a:8081,https://b:8082/x,http://c:8081", [8081, 8082]),
        ("http://[2001:db8::1]:8081,https://[2001:db8::2]", [8081, 443]),
    ],
)
def test_network_policy_lets_the_registry_be_reached(url: str, ports: list[int]) -> None:
    values = {"registry": {"url": url}, "networkPolicy": {"enabled": True}}
    _, _, registry = one(render(merged(BASE, values)), "NetworkPolicy")["spec"]["egress"]

    assert [port["port"] for port in registry["ports"]] == ports


def test_network_policy_always_lets_the_brokers_be_reached() -> None:
    values = {
        "kafka": {"bootstrapServers": "a:29092,b:29093,c:9092"},
        "networkPolicy": {"enabled": True},
    }
    _, kafka = one(render(merged(BASE, values)), "NetworkPolicy")["spec"]["egress"]
    ports = [port["port"] for port in kafka["ports"]]

    assert sorted(ports) == [9092, 9093, 9094, 29092, 29093]


def test_network_policy_may_leave_egress_alone() -> None:
    values = merged(BASE, {"networkPolicy": {"enabled": True, "egress": {"enabled": False}}})
    policy = one(render(values), "NetworkPolicy")["spec"]

    assert policy["policyTypes"] == ["Ingress"]
    assert "egress" not in policy
    assert "from" not in policy["ingress"][0]
