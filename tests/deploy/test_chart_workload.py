"""The kind of workload, volumes that outlive pods, plate numbers, the frame of `helm test`."""

import os

import pytest
import yaml

from platestream.config import ConfigError, load_settings
from tests.deploy import environment, golden
from tests.deploy.chart import (
    BASE,
    Manifest,
    Values,
    container,
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

STATIC: Values = {"kafka": {"staticMembership": True}}
ENGINES: Values = {"persistence": {"engines": {"enabled": True}}}


def test_static_members_are_named_after_their_pods() -> None:
    stateful = deployment(merged(BASE, STATIC))
    (name,) = (
        item
        for item in container(merged(BASE, STATIC))["env"]
        if item["name"] == "PLATESTREAM_KAFKA__GROUP_INSTANCE_ID"
    )

    assert stateful["kind"] == "StatefulSet"
    assert stateful["spec"]["serviceName"] == one(render(BASE), "Service")["metadata"]["name"]
    assert name["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    env = {name["name"]: "eu-platestream-0", **environment_of_brokers()}
    assert load_settings(env=env).kafka.group_instance_id == "eu-platestream-0"


def environment_of_brokers() -> dict[str, str]:
    return {"PLATESTREAM_KAFKA__BOOTSTRAP_SERVERS": "kafka:9092"}


def test_pods_of_both_kinds_are_the_same() -> None:
    static, free = (pod_spec(merged(BASE, layer)) for layer in (STATIC, {}))
    static["containers"][0]["env"] = [
        item for item in static["containers"][0]["env"] if "fieldRef" not in item["valueFrom"]
    ]

    assert static == free


def test_each_static_member_has_a_claim_of_its_own() -> None:
    stateful = deployment(variant("static"))["spec"]
    (claim,) = stateful["volumeClaimTemplates"]

    assert claim["metadata"]["name"] == "engines"
    assert claim["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "4Gi"}},
    }
    assert find(render(variant("static")), "PersistentVolumeClaim") == []
    assert "updateStrategy" in stateful
    assert "progressDeadlineSeconds" not in stateful, "a StatefulSet has none"


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_claim_of_ones_own_is_mounted(kind: str) -> None:
    own = {"persistence": {"models": {"enabled": True, "existingClaim": "shared"}}}
    values = merged(BASE, own, STATIC if kind == "StatefulSet" else {"replicaCount": 3})
    volumes = {volume["name"]: volume for volume in pod_spec(values)["volumes"]}

    assert volumes["models"]["persistentVolumeClaim"] == {"claimName": "shared"}
    assert find(render(values), "PersistentVolumeClaim") == []
    assert "volumeClaimTemplates" not in deployment(values)["spec"]


def test_a_claim_stays_when_the_release_goes() -> None:
    claim = one(render(variant("storage")), "PersistentVolumeClaim")
    volumes = {volume["name"]: volume for volume in pod_spec(variant("storage"))["volumes"]}

    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert volumes["models"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_a_bundle_is_pulled_before_the_service_starts() -> None:
    source = "s3://models/plates.tar@sha256:" + "a" * 64
    values = merged(BASE, {"models": {"pull": {"source": source, "envFrom": [{"x": 1}]}}})
    pod = pod_spec(values)
    (init,) = pod["initContainers"]
    folder = "/var/lib/platestream/models"

    assert init["args"][:4] == ["models", "pull", source, f"--into={folder}"]
    assert (init["image"], init["envFrom"]) == (pod["containers"][0]["image"], [{"x": 1}])
    assert init["securityContext"] == pod["containers"][0]["securityContext"]
    assert service_config(render(values))["vision"]["bundle"] == f"{folder}/current"
    for one_of in (init, pod["containers"][0]):
        assert {"name": "models", "mountPath": folder} in one_of["volumeMounts"]
    assert next(v for v in pod["volumes"] if v["name"] == "models")["emptyDir"]
    kept = pod_spec(merged(values, {"persistence": {"models": {"enabled": True}}}))
    assert sum(volume["name"] == "models" for volume in kept["volumes"]) == 1


def test_a_volume_of_one_node_is_let_go_before_the_next_pod_starts() -> None:
    many = {"persistence": {"engines": {"accessModes": ["ReadWriteMany"]}}}
    surge = [
        deployment(merged(BASE, *layers))["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
        for layers in ([], [ENGINES], [ENGINES, many])
    ]

    assert surge == [1, 0, 1]


@pytest.mark.parametrize("name", ["tensorrt", "TensorrtExecutionProvider"])
def test_engines_are_kept_beside_options_of_ones_own(name: str) -> None:
    own = {"config": {"vision": {"provider_options": {name: {"trt_fp16_enable": "1"}}}}}
    config = service_config(render(merged(BASE, ENGINES, own)))
    (mount,) = (
        m for m in container(merged(BASE, ENGINES))["volumeMounts"] if "lib" in m["mountPath"]
    )

    assert config["vision"]["provider_options"] == {
        name: {
            "trt_engine_cache_path": mount["mountPath"],
            "trt_timing_cache_path": mount["mountPath"],
            "trt_fp16_enable": "1",
        }
    }


def test_keys_of_pseudonyms_come_as_a_folder_that_is_followed() -> None:
    config = service_config(render(variant("static")))
    (mount,) = (
        mount
        for mount in container(variant("static"))["volumeMounts"]
        if mount["name"] == "privacy-keys"
    )
    volumes = {volume["name"]: volume for volume in pod_spec(variant("static"))["volumes"]}

    assert config["privacy"] == {
        "plate_number": "hmac",
        "keys_file": f"{mount['mountPath']}/plate-keys.yaml",
    }
    assert "subPath" not in mount
    assert volumes["privacy-keys"]["secret"]["secretName"] == "plate-keys"
    assert "privacy" not in service_config(render(BASE))
    assert service_config(render(variant("storage")))["privacy"] == {"plate_number": "drop"}


def test_helm_test_sends_a_frame_with_the_settings_of_the_service() -> None:
    objects = render(variant("mtls"))
    pod, replica = hook_pod(objects, "test-frame"), workload_of(objects)
    (probe,) = pod["spec"]["containers"]
    (service, *_) = replica["spec"]["template"]["spec"]["containers"]

    assert probe["args"][0] == "probe"
    assert probe["image"] == service["image"]
    mounts = [mount for mount in service["volumeMounts"] if mount["name"] != "cameras"]
    assert probe["volumeMounts"] == mounts
    assert _secrets(pod["spec"]) == _secrets(replica["spec"]["template"]["spec"])
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"


def test_the_frame_of_helm_test_gets_in_as_the_service_does() -> None:
    probe = hook_pod(render(variant("sasl")), "test-frame")["spec"]["containers"][0]
    service = container(variant("sasl"))

    assert probe["env"] == [
        item for item in service["env"] if "resourceFieldRef" not in item["valueFrom"]
    ]


def test_the_frame_of_helm_test_needs_no_claim() -> None:
    pod = hook_pod(render(variant("storage")), "test-frame")["spec"]

    assert [volume["name"] for volume in pod["volumes"]] == ["config", "tmp", "kafka-ca"]
    assert {m["name"] for m in pod["containers"][0]["volumeMounts"]} == {
        "config",
        "tmp",
        "kafka-ca",
    }


@pytest.mark.parametrize(
    "values", [{"tests": {"sendFrame": False}}, {"tests": {"enabled": False}}, "webonly"]
)
def test_no_frame_is_sent(values: Values | str) -> None:
    objects = render(variant(values) if isinstance(values, str) else merged(BASE, values))

    assert not any("frame" in pod["metadata"]["name"] for pod in find(objects, "Pod"))


def test_the_time_of_helm_test_is_a_setting() -> None:
    values = merged(BASE, {"tests": {"timeoutSeconds": 300}})

    assert hook_pod(render(values), "test-frame")["spec"]["containers"][0]["args"][-1] == "300"


def test_the_names_of_variables_are_of_now() -> None:
    assert environment.PATH.read_text("utf-8") == environment.text(), "run make chart"


def test_the_service_knows_every_name_that_the_chart_lets_through() -> None:
    for name in environment.names():
        if "*" not in name and not name.endswith("_CONFIG"):
            assert "no such setting" not in _refused({name: "?"}), name
    assert "no such setting" in _refused({"PLATESTREAM_KAFKA__GRUOP_ID": "?"})


def _refused(env: dict[str, str]) -> str:
    try:
        load_settings(env=env)
    except ConfigError as error:
        return str(error)
    return ""


def test_renders_are_those_that_were_reviewed() -> None:
    assert golden.stale() == [], "run make chart and look at the difference"


def _secrets(spec: Manifest) -> list[str]:
    return [
        yaml.safe_dump(volume, line_break=os.linesep)
        for volume in spec["volumes"]
        if "secret" in volume
    ]
