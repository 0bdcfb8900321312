"""The HTTP interface: its command, credentials, TLS, Service, Ingress and its way of stopping."""

from pathlib import Path

import pytest
from typer.main import get_group

from platestream.cli.app import app
from tests.deploy.chart import (
    BASE,
    Manifest,
    Values,
    container,
    find,
    merged,
    one,
    pod_spec,
    render,
    service_config,
    variant,
    workload_of,
)

OPEN: Values = {"web": {"enabled": True, "noAuth": True}}
ALONE: Values = {"kafka": {"enabled": False}}


def _service(objects: list[Manifest]) -> Manifest:
    (found,) = (
        item for item in find(objects, "Service") if item["metadata"]["name"].endswith("-http")
    )
    return found


def _ports(values: Values) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in container(values)["ports"]}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (BASE, ["run", "--config", "/etc/platestream/config.yaml"]),
        (merged(BASE, OPEN), ["run", "--config", "/etc/platestream/config.yaml", "--http"]),
        (merged(OPEN, ALONE), ["serve", "--config", "/etc/platestream/config.yaml"]),
        (merged(BASE, OPEN, {"args": ["run", "--http"]}), ["run", "--http"]),
    ],
    ids=["stream", "both", "interface", "own"],
)
def test_command(values: Values, expected: list[str]) -> None:
    assert container(values)["args"] == expected


def test_off_means_nothing_of_it() -> None:
    objects = render(BASE)

    assert set(_ports(BASE)) == {"metrics"}
    assert "web" not in service_config(objects)
    assert "lifecycle" not in container(BASE)
    assert len(find(objects, "Service")) == 1
    assert find(objects, "Ingress") == []


def test_interface_listens_where_the_service_leads() -> None:
    objects = render(merged(BASE, OPEN, {"config": {"web": {"port": 8181}}}))
    ports = {
        port["name"]: port["containerPort"]
        for port in workload_of(objects)["spec"]["template"]["spec"]["containers"][0]["ports"]
    }

    assert service_config(objects)["web"]["host"] == "0.0.0.0"
    assert ports["http"] == 8181
    (port,) = _service(objects)["spec"]["ports"]
    assert (port["name"], port["port"], port["targetPort"]) == ("http", 8080, "http")


def test_metrics_are_not_published_with_the_interface() -> None:
    objects = render(variant("webonly"))
    interface = _service(objects)

    assert interface["spec"]["type"] == "LoadBalancer"
    assert [port["targetPort"] for port in interface["spec"]["ports"]] == ["http"]
    assert interface["spec"]["loadBalancerSourceRanges"] == ["192.0.2.0/24"]
    (other,) = (item for item in find(objects, "Service") if item is not interface)
    assert other["spec"]["type"] == "ClusterIP"


def test_probes_do_not_ask_the_interface() -> None:
    """An interface that is full is not dead."""
    for name in ("web", "webonly"):
        found = container(variant(name))
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert found[probe]["httpGet"]["port"] == "metrics"


@pytest.mark.parametrize(
    ("setting", "secret", "key"),
    [
        ("credentials", "platestream-callers", "callers"),
        ("tls_certificate", "plates-tls", "tls.crt"),
        ("tls_key_file", "plates-tls", "tls.key"),
    ],
)
def test_files_come_from_the_secrets(setting: str, secret: str, key: str) -> None:
    values = variant("webonly")
    path = Path(service_config(render(values))["web"][setting])
    (mount,) = (
        item for item in container(values)["volumeMounts"] if item["mountPath"] == str(path.parent)
    )
    (volume,) = (item for item in pod_spec(values)["volumes"] if item["name"] == mount["name"])

    assert volume["secret"]["secretName"] == secret
    assert volume["secret"]["defaultMode"] == 0o440
    assert {"key": key, "path": path.name} in volume["secret"]["items"]
    assert "subPath" not in mount, "the kubelet would never bring a changed Secret"


def test_nobody_is_let_in_by_default() -> None:
    assert "no_auth" not in service_config(render(variant("web")))["web"]
    assert service_config(render(merged(BASE, OPEN)))["web"]["no_auth"] is True


def test_without_credentials_the_names_that_lead_here_are_answered() -> None:
    ingress = {"ingress": {"enabled": True, "hosts": ["plates.example"]}}
    web = service_config(render(merged(BASE, OPEN, {"web": ingress})))["web"]

    names = web["allowed_hosts"]
    assert "plates.example" in names
    assert _service(render(merged(BASE, OPEN)))["metadata"]["name"] in names
    assert any(name.endswith("-http.plates-ns.svc.cluster.local") for name in names), names
    assert "allowed_hosts" not in service_config(render(variant("web")))["web"]
    own = {"config": {"web": {"allowed_hosts": ["*"]}}}
    assert service_config(render(merged(BASE, OPEN, own)))["web"]["allowed_hosts"] == ["*"]


def test_credentials_may_come_another_way() -> None:
    own = {"web": {"enabled": True}, "config": {"web": {"credentials": "/vault/callers.yaml"}}}
    values = merged(BASE, own)

    assert service_config(render(values))["web"]["credentials"] == "/vault/callers.yaml"
    assert not any("secret" in volume for volume in pod_spec(values)["volumes"])


def test_ingress_leads_to_the_interface() -> None:
    objects = render(variant("web"))
    spec = one(objects, "Ingress")["spec"]
    (rule,) = spec["rules"]
    (path,) = rule["http"]["paths"]
    backend = path["backend"]["service"]

    assert spec["ingressClassName"] == "nginx"
    assert rule["host"] == "plates.example.com"
    assert (path["path"], path["pathType"]) == ("/v2/", "Prefix")
    assert backend["name"] == _service(objects)["metadata"]["name"]
    assert backend["port"]["number"] == _service(objects)["spec"]["ports"][0]["port"]
    assert spec["tls"] == variant("web")["web"]["ingress"]["tls"]


def test_every_host_has_a_rule() -> None:
    ingress = one(render(variant("everything")), "Ingress")

    assert [rule["host"] for rule in ingress["spec"]["rules"]] == [
        "a.example.com",
        "*.b.example.com",
    ]
    assert ingress["metadata"]["labels"]["edge"] == "yes"
    assert "tls" not in ingress["spec"]
    assert "ingressClassName" not in ingress["spec"]


def test_http_route_leads_to_the_interface() -> None:
    objects = render(variant("gateway"))
    route = one(objects, "HTTPRoute")
    (rule,) = route["spec"]["rules"]
    (backend,) = rule["backendRefs"]

    assert route["spec"]["parentRefs"] == variant("gateway")["web"]["httpRoute"]["parentRefs"]
    assert route["spec"]["hostnames"] == ["plates.example.com"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/v2/"}}]
    assert rule["timeouts"] == {"request": "40s"}
    assert [item["type"] for item in rule["filters"]] == ["RequestHeaderModifier"]
    assert backend["name"] == _service(objects)["metadata"]["name"]
    assert backend["port"] == _service(objects)["spec"]["ports"][0]["port"]
    assert route["metadata"]["labels"]["edge"] == "yes"
    assert route["metadata"]["annotations"] == {"example.com/owner": "edge"}
    assert find(objects, "Ingress") == []
    bare = {"web": {"httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]}}}
    spec = one(render(merged(BASE, OPEN, bare)), "HTTPRoute")["spec"]
    assert set(spec) == {"parentRefs", "rules"}
    assert set(spec["rules"][0]) == {"matches", "backendRefs"}


def test_pods_with_ipv6_addresses_only() -> None:
    objects = render(variant("gateway"))
    config = service_config(objects)
    families = {
        item["metadata"]["name"]: (item["spec"]["ipFamilyPolicy"], item["spec"]["ipFamilies"])
        for item in find(objects, "Service")
    }

    assert config["telemetry"]["host"] == config["web"]["host"] == "::"
    assert families == {
        "eu-platestream": ("SingleStack", ["IPv6"]),
        "eu-platestream-http": ("PreferDualStack", ["IPv6", "IPv4"]),
    }
    egress = one(objects, "NetworkPolicy")["spec"]["egress"]
    assert 9092 in {port["port"] for port in egress[1]["ports"]}
    for service in find(render(merged(BASE, OPEN)), "Service"):
        assert (
            not {"ipFamilyPolicy", "ipFamilies", "externalTrafficPolicy"} & service["spec"].keys()
        )


def test_the_callers_address_may_be_kept() -> None:
    spec = _service(render(variant("everything")))["spec"]

    assert spec["externalTrafficPolicy"] == "Local"


def test_load_balancers_get_time_to_forget_the_pod() -> None:
    assert container(variant("web"))["lifecycle"] == {
        "preStop": {"exec": {"command": ["sleep", "5"]}}
    }
    start = {"lifecycle": {"postStart": {"exec": {"command": ["true"]}}}}
    assert set(container(merged(variant("web"), start))["lifecycle"]) == {"postStart", "preStop"}
    own = {"lifecycle": {"preStop": {"exec": {"command": ["drain"]}}}}
    assert container(merged(variant("web"), own))["lifecycle"] == own["lifecycle"]
    none = {"web": {"preStopSeconds": 0}}
    assert "lifecycle" not in container(merged(variant("web"), none))


def test_helm_test_asks_the_interface() -> None:
    (asked,) = (
        item["spec"]["containers"][0]["args"] for item in find(render(variant("webonly")), "Pod")
    )

    assert asked[1:] == [
        "http://eu-platestream.plates-ns.svc:9108",
        "https://eu-platestream-http.plates-ns.svc:443",
    ]
    compile(asked[0], "helm test", "exec")


def test_the_interface_alone_needs_nothing_of_kafka() -> None:
    sasl = {"sasl": {"enabled": True, "existingSecret": "x"}, "tls": {"enabled": True}}
    values = merged(OPEN, {"kafka": {"enabled": False, **sasl}, "registry": {"url": "http://r"}})
    objects = render(values)

    assert set(service_config(objects)) == {"telemetry", "web"}
    assert {item["name"] for item in container(values)["env"]} == {
        "PLATESTREAM_CPU_REQUEST",
        "PLATESTREAM_MEMORY_LIMIT",
    }
    assert not any("secret" in volume for volume in pod_spec(values)["volumes"])


@pytest.mark.parametrize("name", ["default", "web", "webonly"])
def test_the_command_line_knows_the_arguments(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.touch()
    command, *arguments = [
        str(path) if item == "/etc/platestream/config.yaml" else item
        for item in container(variant(name))["args"]
    ]
    group = get_group(app)

    with group.make_context("platestream", [command]) as context:
        found = group.get_command(context, command)
        assert found is not None
        # Raises on an unknown option.
        with found.make_context(command, arguments, parent=context) as inner:
            assert inner.params["config"] == path
