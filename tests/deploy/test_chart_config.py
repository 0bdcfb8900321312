"""The configuration file that the chart writes is one that the service accepts."""

import re
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml

from platestream.bus.configuration.preflight import check_timeouts
from platestream.bus.configuration.properties import transactional_id
from platestream.config import Settings, load_settings
from platestream.config.cameras import parse_cameras
from tests.deploy.chart import (
    BASE,
    VARIANTS,
    Values,
    container,
    deployment,
    find,
    handed_down,
    merged,
    pod_spec,
    render,
    service_config,
    validate_values,
    variant,
    workload_of,
)

SASL: Values = {"kafka": {"sasl": {"enabled": True, "existingSecret": "kafka-user"}}}


def _settings(values: Values, folder: Path) -> Settings:
    """The settings of a replica: its configuration file, and its environment as it stands."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(service_config(render(values))), "utf-8")
    environment = {
        item["name"]: item.get("value", "from-a-secret")
        for item in container(values).get("env", [])
        if "resourceFieldRef" not in item.get("valueFrom", {})
    }
    environment |= handed_down(values)
    return load_settings(path, environment)


@pytest.mark.parametrize("name", VARIANTS)
def test_service_accepts_the_file(name: str, tmp_path: Path) -> None:
    values = variant(name)

    settings = _settings(values, tmp_path)

    if values["kafka"].get("enabled", True):
        assert settings.kafka.bootstrap_servers == values["kafka"]["bootstrapServers"]
    assert settings.telemetry.host == values.get("listenAddress", "0.0.0.0")
    check_timeouts(settings.kafka.model_copy(update={"security": _no_files()}), settings.stream)


def test_first_class_values_arrive(tmp_path: Path) -> None:
    values = merged(
        BASE,
        {
            "kafka": {"groupId": "g", "topics": {"frames": "a", "plates": "b", "failures": "c"}},
            "telemetry": {"port": 9999, "logLevel": "warning", "logFormat": "console"},
            "drainDeadlineSeconds": 12.5,
            "closeDeadlineSeconds": 3,
            "terminationGracePeriodSeconds": 33,
        },
    )

    settings = _settings(values, tmp_path)

    assert settings.kafka.group_id == "g"
    topics = settings.kafka.topics
    assert (topics.frames, topics.plates, topics.failures, topics.results) == ("a", "b", "c", None)
    assert settings.telemetry.port == 9999
    assert settings.telemetry.log_level == "warning"
    assert settings.telemetry.log_format == "console"
    assert settings.kafka.drain_seconds == 12.5
    assert settings.kafka.close_seconds == 3
    assert settings.kafka.termination_grace_seconds == 33


def test_defaults_say_what_the_service_says(tmp_path: Path) -> None:
    """Values that repeat a default of the service repeat it rightly."""
    ours, theirs = _settings(BASE, tmp_path), load_settings(None, {})

    assert ours.kafka.topics == theirs.kafka.topics
    assert ours.kafka.group_id == theirs.kafka.group_id
    assert ours.kafka.guarantee == theirs.kafka.guarantee
    assert ours.kafka.dead_letters == theirs.kafka.dead_letters
    assert ours.registry == theirs.registry
    assert ours.web == theirs.web, "no interface, no settings"
    assert ours.telemetry == theirs.telemetry
    assert ours.vision == theirs.vision


def test_free_settings_win(tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "kafka": {"group_id": "mine", "consumer": {"session.timeout.ms": 30000}},
        "pictures": {"max_bytes": 104857600},
        "vision": {"min_confidence": 0.25, "regions": ["cn", "tw"], "tiling": False},
    }

    settings = _settings(merged(BASE, {"config": config}), tmp_path)

    assert settings.kafka.group_id == "mine"
    assert settings.kafka.topics.frames == "frames", "what is not overridden stays"
    assert settings.kafka.consumer == {"session.timeout.ms": 30000}
    assert settings.pictures.max_bytes == 104857600, "not in scientific notation"
    assert settings.vision.min_confidence == 0.25
    assert settings.vision.regions == ("cn", "tw")
    assert not settings.vision.tiling


def test_free_settings_reach_the_other_objects() -> None:
    objects = render(variant("everything"))

    assert service_config(objects)["telemetry"]["port"] == 9300
    found = workload_of(objects)["spec"]["template"]["spec"]["containers"][0]
    assert [port["containerPort"] for port in found["ports"]] == [9300, 8443]
    policy = find(objects, "NetworkPolicy")[0]["spec"]
    assert policy["ingress"][0]["ports"][0]["port"] == 9300


def test_sasl_comes_from_the_secret(tmp_path: Path) -> None:
    values = merged(BASE, SASL)
    settings = _settings(values, tmp_path)
    security = settings.kafka.security

    assert security.protocol == "SASL_PLAINTEXT"
    assert security.sasl_mechanism == "SCRAM-SHA-512"
    assert security.sasl_username == "from-a-secret"
    assert security.sasl_password_file is not None
    assert _mounted(values, security.sasl_password_file) == ("kafka-user", "password")


def test_certificates_come_from_the_secret(tmp_path: Path) -> None:
    values = variant("mtls")
    security = _settings(values, tmp_path).kafka.security
    secret = "platestream-kafka-cert"

    assert security.protocol == "SSL"
    for path, key in (
        (security.ssl_ca_file, "ca.crt"),
        (security.ssl_certificate_file, "tls.crt"),
        (security.ssl_key_file, "tls.key"),
        (security.ssl_key_password_file, "password"),
    ):
        assert path is not None
        assert _mounted(values, path) == (secret, key)


def test_registry_with_a_password(tmp_path: Path) -> None:
    values = variant("registry")
    registry = _settings(values, tmp_path).registry

    assert registry.urls == ("https://registry-a:8081", "https://registry-b/apis/ccompat/v7")
    assert registry.mode == "require"
    assert registry.subject_strategy == "topic_record_name"
    assert registry.username == "from-a-secret"
    assert registry.token_file is None
    for path, expected in (
        (registry.password_file, ("registry-user", "password")),
        (registry.ca_file, ("registry-ca", "ca.crt")),
    ):
        assert path is not None
        assert _mounted(values, path) == expected


def test_registry_with_a_token_and_a_client_certificate(tmp_path: Path) -> None:
    values = variant("everything")
    registry = _settings(values, tmp_path).registry

    assert (registry.username, registry.password_file) == (None, None)
    for path, expected in (
        (registry.token_file, ("registry-token", "token")),
        (registry.ca_file, ("registry-cert", "ca.crt")),
        (registry.certificate_file, ("registry-cert", "tls.crt")),
        (registry.key_file, ("registry-cert", "tls.key")),
        (registry.key_password_file, ("registry-cert", "password")),
    ):
        assert path is not None
        assert _mounted(values, path) == expected


def test_registry_mode_off_is_a_word(tmp_path: Path) -> None:
    """Unquoted, YAML takes it for false."""
    values = merged(BASE, {"registry": {"url": "http://registry:8081", "mode": "off"}})

    assert _settings(values, tmp_path).registry.mode == "off"


def test_http_settings_arrive(tmp_path: Path) -> None:
    interface = {"shutdownDeadlineSeconds": 12, "port": 8088, "rateLimit": "5/second"}
    web = _settings(merged(variant("webonly"), {"web": interface}), tmp_path).web

    assert (web.host, web.port, web.no_auth) == ("0.0.0.0", 8088, False)
    assert (web.live_page, web.rate_limit, web.shutdown_timeout_s) == (False, "5/second", 12)


def test_guarantee_and_limits_arrive(tmp_path: Path) -> None:
    values = merged(variant("registry"), {"kafka": {"guarantee": "at_least_once"}})
    kafka = _settings(values, tmp_path).kafka

    assert kafka.guarantee == "at_least_once"
    assert kafka.dead_letters.window_frames == 2000
    assert kafka.dead_letters.max_own_ratio == 0.25
    assert kafka.dead_letters.min_cameras == 10
    assert kafka.retries.budget_seconds == 600


@pytest.mark.parametrize("name", VARIANTS)
def test_every_replica_has_transactions_of_its_own(name: str, tmp_path: Path) -> None:
    """The service names them after its host: the pod, as long as nothing gives them one host."""
    settings, pod = _settings(variant(name), tmp_path), pod_spec(variant(name))

    assert settings.kafka.transactional_id is None
    assert not {"hostname", "hostNetwork"} & pod.keys()
    assert transactional_id(settings.kafka) == f"{settings.kafka.group_id}-{socket.gethostname()}"


def test_checksum_follows_the_configuration() -> None:
    def checksum(values: Values) -> str:
        annotations = deployment(values)["spec"]["template"]["metadata"]["annotations"]
        found: str = annotations["checksum/config"]
        return found

    same = checksum(BASE)

    assert re.fullmatch("[0-9a-f]{64}", same)
    assert checksum(merged(BASE, {"replicaCount": 3})) == same
    assert checksum(merged(BASE, {"config": {"kafka": {"client_id": "x"}}})) != same
    assert checksum(merged(BASE, {"kafka": {"groupId": "x"}})) != same


def test_file_is_where_the_service_looks() -> None:
    found = container(BASE)
    (mount,) = (item for item in found["volumeMounts"] if item["name"] == "config")
    (volume,) = (item for item in pod_spec(BASE)["volumes"] if item["name"] == "config")

    assert found["args"] == ["run", "--config", f"{mount['mountPath']}/config.yaml"]
    (config,) = find(render(BASE), "ConfigMap")
    assert volume["configMap"]["name"] == config["metadata"]["name"]


def _mounted(values: Values, path: Path) -> tuple[str, str]:
    """The Secret, and the key in it, that a file of the container comes from."""
    (mount,) = (
        item for item in container(values)["volumeMounts"] if item["mountPath"] == str(path.parent)
    )
    (volume,) = (item for item in pod_spec(values)["volumes"] if item["name"] == mount["name"])
    (item,) = (item for item in volume["secret"]["items"] if item["path"] == path.name)
    return volume["secret"]["secretName"], item["key"]


def _no_files() -> Any:
    """Security settings without files, which exist only in the pod."""
    return load_settings(None, {}).kafka.security


def test_settings_of_cameras_are_followed_and_start_no_pod_anew(tmp_path: Path) -> None:
    cameras = {"gate-3": {"turn": 90, "areas": [[[0, 0], [1, 0], [1, 1]]]}, "lot-*": {}}
    values = merged(BASE, {"cameras": cameras, "kafka": {"topics": {"cameras": "cameras"}}})
    changed = merged(values, {"cameras": {"gate-3": {"turn": 180}}})

    settings = _settings(values, tmp_path)
    assert settings.kafka.topics.cameras == "cameras"
    assert settings.camera_source.file == Path("/etc/platestream-cameras/cameras.yaml")
    (config_map,) = [m for m in find(render(values), "ConfigMap") if "cameras.yaml" in m["data"]]
    assert set(parse_cameras(config_map["data"]["cameras.yaml"])) == {"gate-3", "lot-*"}
    (volume,) = [v for v in pod_spec(values)["volumes"] if v["name"] == "cameras"]
    assert volume["configMap"] == {"name": config_map["metadata"]["name"]}
    (mount,) = [m for m in container(values)["volumeMounts"] if m["name"] == "cameras"]
    assert mount == {"name": "cameras", "mountPath": "/etc/platestream-cameras", "readOnly": True}
    assert deployment(values)["spec"] == deployment(changed)["spec"]


def test_settings_of_cameras_may_be_in_a_config_map_of_ones_own() -> None:
    values = merged(BASE, {"existingCamerasConfigMap": "fleet"})
    assert not [m for m in find(render(values), "ConfigMap") if "cameras.yaml" in m["data"]]
    assert {"name": "cameras", "configMap": {"name": "fleet"}} in pod_spec(values)["volumes"]
    assert all(v["name"] != "cameras" for v in pod_spec(BASE)["volumes"])


def test_settings_of_cameras_that_the_service_would_refuse_are_refused() -> None:
    for wrong in ({"trun": 90}, {"turn": 45}, {"min_confidence": 2}):
        with pytest.raises(Exception, match="gate"):
            validate_values(merged(BASE, {"cameras": {"gate": wrong}}))
