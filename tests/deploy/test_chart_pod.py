"""The pod: probes, security, shutdown, GPU, and everything that may be passed through."""

import pytest

from platestream.cli import opening
from tests.deploy.chart import (
    BASE,
    VARIANTS,
    Manifest,
    Values,
    container,
    default_values,
    deployment,
    find,
    hook_pod,
    merged,
    one,
    pod_spec,
    render,
    service_config,
    variant,
    workload_of,
)

PROBES = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}


@pytest.mark.parametrize("name", VARIANTS)
def test_selectors_match_the_pods_and_nothing_else(name: str) -> None:
    objects = render(variant(name))
    template = workload_of(objects)["spec"]["template"]
    labels = template["metadata"]["labels"]
    selectors = list(_selectors(objects))

    assert len(selectors) >= 1
    for selector in selectors:
        assert selector.items() <= labels.items()
        for other in find(objects, "Pod"):
            assert not selector.items() <= other["metadata"]["labels"].items()


def _selectors(objects: list[Manifest]) -> list[dict[str, str]]:
    found = []
    for item in objects:
        spec = item.get("spec", {})
        match item["kind"]:
            case "Deployment" | "StatefulSet" | "PodDisruptionBudget" | "PodMonitor":
                found.append(spec["selector"]["matchLabels"])
            case "Service":
                found.append(spec["selector"])
            case "NetworkPolicy":
                found.append(spec["podSelector"]["matchLabels"])
            case _:
                pass
    return found


def test_selector_does_not_depend_on_values_or_versions() -> None:
    """It is immutable in the cluster, so an upgrade that changes it fails."""
    assert deployment(BASE)["spec"]["selector"]["matchLabels"] == {
        "app.kubernetes.io/name": "platestream",
        "app.kubernetes.io/instance": "eu",
        "app.kubernetes.io/component": "reader",
    }
    labelled = merged(BASE, {"commonLabels": {"a": "b"}, "podLabels": {"c": "d"}})
    assert deployment(labelled)["spec"]["selector"] == deployment(BASE)["spec"]["selector"]


@pytest.mark.parametrize("name", sorted({*VARIANTS} - {"minimal"}))
def test_probes_ask_a_port_that_exists(name: str) -> None:
    found = container(variant(name))
    ports = {port["name"]: port["containerPort"] for port in found["ports"]}

    for probe, path in PROBES.items():
        assert found[probe]["httpGet"]["path"] == path
        assert found[probe]["httpGet"]["port"] in ports
    config = service_config(render(variant(name)))
    assert ports["metrics"] == config["telemetry"]["port"]
    for service in find(render(variant(name)), "Service"):
        (port,) = service["spec"]["ports"]
        assert port["targetPort"] in ports


def test_a_cold_start_is_given_time() -> None:
    found = container(BASE)
    startup = found["startupProbe"]["periodSeconds"] * found["startupProbe"]["failureThreshold"]
    progress = deployment(BASE)["spec"]["progressDeadlineSeconds"]

    assert startup >= 300, "a GPU loads libraries and warms every batch size"
    assert progress > startup, "or the update fails before the pod may"


@pytest.mark.parametrize("name", VARIANTS)
def test_drain_ends_before_the_kill(name: str) -> None:
    """One after the other: preStop, the stream, the requests, the pipeline that they share."""
    config = service_config(render(variant(name)))
    grace = pod_spec(variant(name))["terminationGracePeriodSeconds"]
    hook = container(variant(name)).get("lifecycle", {}).get("preStop")
    stop = float(hook["exec"]["command"][-1]) if hook else 0.0
    if "kafka" in config:
        stop += config["kafka"]["drain_seconds"] + config["kafka"]["close_seconds"]
        assert config["kafka"]["termination_grace_seconds"] == grace, "the service checks it, too"
    if "web" in config:
        stop += config["web"]["shutdown_timeout_s"] + opening.PIPELINE_CLOSE_S

    assert stop > 0
    assert grace >= stop + 5


def test_pod_is_confined() -> None:
    pod = pod_spec(BASE)
    found = container(BASE)

    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert found["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"name": "tmp", "mountPath": "/tmp"} in found["volumeMounts"]  # noqa: S108
    assert {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}} in pod["volumes"]


@pytest.mark.parametrize("name", VARIANTS)
def test_every_mount_has_a_volume(name: str) -> None:
    pod = pod_spec(variant(name))
    claims = deployment(variant(name))["spec"].get("volumeClaimTemplates", [])
    volumes = [volume["name"] for volume in pod["volumes"]]
    volumes += [claim["metadata"]["name"] for claim in claims]
    mounts = container(variant(name))["volumeMounts"]

    assert len(volumes) == len(set(volumes))
    first = [m for c in pod.get("initContainers", []) for m in c.get("volumeMounts", [])]
    assert {mount["name"] for mount in [*mounts, *first]} == set(volumes)
    assert len({mount["mountPath"] for mount in mounts}) == len(mounts)


@pytest.mark.parametrize(
    ("image", "gpu", "expected"),
    [
        ({}, False, "platestream:0.1.0"),
        ({}, True, "platestream:0.1.0-gpu"),
        ({"tag": "main"}, True, "platestream:main-gpu"),
        ({"registry": "r.example:5000", "repository": "a/b"}, False, "r.example:5000/a/b:0.1.0"),
        (
            {"tag": "main", "digest": "sha256:" + "0" * 64},
            True,
            "platestream@sha256:" + "0" * 64,
        ),
    ],
)
def test_image(image: Values, gpu: bool, expected: str) -> None:
    values = merged(BASE, {"image": image, "gpu": {"enabled": gpu}})

    assert container(values)["image"] == expected


def test_gpu_changes_what_it_must() -> None:
    values = merged(BASE, {"gpu": {"enabled": True, "runtimeClassName": "nvidia"}})
    pod, found = pod_spec(values), container(values)

    assert found["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert found["resources"]["requests"]["nvidia.com/gpu"] == 1
    assert found["resources"]["limits"]["memory"] == "2Gi", "the other resources stay"
    assert pod["runtimeClassName"] == "nvidia"
    assert pod["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]
    vision = service_config(render(values))["vision"]
    assert vision == {"providers": ["CUDAExecutionProvider"], "allow_cpu_fallback": False}


def test_without_a_gpu_nothing_asks_for_one() -> None:
    pod, found = pod_spec(BASE), container(BASE)

    assert set(found["resources"]["limits"]) == {"memory"}
    assert "runtimeClassName" not in pod
    assert "tolerations" not in pod
    assert "vision" not in service_config(render(BASE))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"maxSurge": 1, "maxUnavailable": 0}),
        ({"gpu": {"enabled": True}}, {"maxSurge": 0, "maxUnavailable": 1}),
        ({"updateStrategy": {"type": "Recreate"}}, None),
    ],
)
def test_update_strategy(values: Values, expected: Values | None) -> None:
    strategy = deployment(merged(BASE, values))["spec"]["strategy"]

    assert strategy.get("rollingUpdate") == expected
    assert strategy["type"] == ("Recreate" if expected is None else "RollingUpdate")


def test_defaults_may_be_taken_away() -> None:
    """Some platforms assign users themselves, and some users bring probes of their own."""
    pod, found = pod_spec(variant("minimal")), container(variant("minimal"))

    assert "securityContext" not in pod
    assert not {"securityContext", "resources", *PROBES} & found.keys()


def test_an_empty_default_may_be_null() -> None:
    empty = {key: None for key, value in default_values().items() if value in ({}, [])}

    assert len(empty) > 20
    assert render(merged(BASE, empty)) == render(BASE)


def test_everything_is_passed_through() -> None:
    values = variant("everything")
    pod, found = pod_spec(values), container(values)

    assert found["args"][-1] == "--check-config"
    assert {"name": "OMP_NUM_THREADS", "value": "2"} in found["env"]
    for key in ("envFrom", "lifecycle"):
        assert found[key] == values[key]
    for key in ("affinity", "dnsConfig", "hostAliases", "initContainers", "nodeSelector"):
        assert pod[key] == values[key]
    for key in ("dnsPolicy", "imagePullSecrets", "priorityClassName", "schedulerName"):
        assert pod[key] == values[key]
    assert pod["containers"][1:] == values["extraContainers"]
    assert values["tolerations"][0] in pod["tolerations"]
    assert pod["serviceAccountName"] == "reader"
    template = deployment(values)["spec"]["template"]["metadata"]
    assert template["labels"].items() >= {**values["podLabels"], "team": "vision"}.items()
    assert template["annotations"].items() >= values["podAnnotations"].items()


def test_spread_gets_the_selector_of_the_release() -> None:
    (constraint,) = pod_spec(variant("everything"))["topologySpreadConstraints"]
    own = {"matchLabels": {"only": "these"}}
    spread = [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]
    kept = pod_spec(
        merged(BASE, {"topologySpreadConstraints": [{**spread[0], "labelSelector": own}]})
    )

    assert constraint["labelSelector"] == (deployment(variant("everything"))["spec"]["selector"])
    assert kept["topologySpreadConstraints"][0]["labelSelector"] == own


def test_service_account_may_be_another() -> None:
    values = merged(BASE, {"serviceAccount": {"create": False, "name": "theirs"}})

    assert find(render(values), "ServiceAccount") == []
    assert pod_spec(values)["serviceAccountName"] == "theirs"


def test_helm_test_asks_the_service() -> None:
    objects = render(BASE)
    pod, service = hook_pod(objects), one(objects, "Service")
    url = pod["spec"]["containers"][0]["args"][-1]
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]

    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert url == f"http://{name}.{namespace}.svc:{service['spec']['ports'][0]['port']}"
    script = pod["spec"]["containers"][0]["args"][0]
    compile(script, "helm test", "exec")
    assert pod["spec"]["securityContext"] == default_values()["podSecurityContext"]
