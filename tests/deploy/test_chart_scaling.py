"""Scaling: KEDA on consumer lag, or a HorizontalPodAutoscaler, never both."""

import pytest

from tests.deploy.chart import (
    BASE,
    VARIANTS,
    Manifest,
    Values,
    find,
    merged,
    one,
    render,
    service_config,
    variant,
    workload_of,
)

KEDA: Values = {"autoscaling": {"keda": {"enabled": True}}}
HPA: Values = {"autoscaling": {"hpa": {"enabled": True}}}


def _trigger(values: Values) -> Manifest:
    found: Manifest = one(render(values), "ScaledObject")["spec"]["triggers"][0]
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_one_hand_sets_the_number_of_replicas(name: str) -> None:
    objects = render(variant(name))
    scalers = find(objects, "ScaledObject") + find(objects, "HorizontalPodAutoscaler")
    workload = workload_of(objects)

    assert len(scalers) + ("replicas" in workload["spec"]) == 1
    for scaler in scalers:
        target = scaler["spec"]["scaleTargetRef"]
        assert target == {
            "apiVersion": "apps/v1",
            "kind": workload["kind"],
            "name": workload["metadata"]["name"],
        }


@pytest.mark.parametrize("name", [name for name in VARIANTS if name in {"keda", "everything"}])
def test_lag_is_that_of_the_service(name: str) -> None:
    kafka = service_config(render(variant(name)))["kafka"]
    metadata = _trigger(variant(name))["metadata"]

    assert metadata["bootstrapServers"] == kafka["bootstrap_servers"]
    assert metadata["consumerGroup"] == kafka["group_id"]
    assert metadata["topic"] == kafka["topics"]["frames"]


def test_lag_follows_the_free_settings() -> None:
    config = {"kafka": {"group_id": "g", "topics": {"frames": "f"}, "auto_offset_reset": "latest"}}
    metadata = _trigger(merged(BASE, KEDA, {"config": config}))["metadata"]

    assert metadata["consumerGroup"] == "g"
    assert metadata["topic"] == "f"
    assert metadata["offsetResetPolicy"] == "latest"
    assert _trigger(merged(BASE, KEDA))["metadata"]["offsetResetPolicy"] == "earliest"


@pytest.mark.parametrize("name", ["keda", "sasl", "mtls", "everything"])
def test_metadata_of_triggers_is_text(name: str) -> None:
    """The API takes nothing else, and a number in scientific notation is no number to KEDA."""
    for trigger in one(render(variant(name)), "ScaledObject")["spec"]["triggers"]:
        assert trigger["type"]
        assert all(isinstance(value, str) for value in trigger["metadata"].values())
    metadata = _trigger(variant(name))["metadata"]
    assert metadata["lagThreshold"].isdecimal()


def test_numbers_of_the_scaled_object() -> None:
    spec = one(render(variant("keda")), "ScaledObject")["spec"]

    assert spec["minReplicaCount"] == 0
    assert spec["maxReplicaCount"] == 12
    assert spec["fallback"] == {"failureThreshold": 3, "replicas": 2}
    assert spec["triggers"][0]["metadata"]["lagThreshold"] == "100000"
    assert spec["triggers"][0]["metadata"]["partitionLimitation"] == "0-11"
    behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behaviour["scaleDown"]["stabilizationWindowSeconds"] >= 300


def test_keda_authenticates_as_the_service_does() -> None:
    objects = render(variant("sasl"))
    trigger = one(objects, "ScaledObject")["spec"]["triggers"][0]
    authentication = one(objects, "TriggerAuthentication")

    assert trigger["metadata"]["sasl"] == "scram_sha512"
    assert trigger["metadata"]["tls"] == "enable"
    assert trigger["authenticationRef"]["name"] == authentication["metadata"]["name"]
    assert authentication["spec"]["secretTargetRef"] == [
        {"parameter": "username", "name": "platestream-kafka-user", "key": "user"},
        {"parameter": "password", "name": "platestream-kafka-user", "key": "pass"},
        {"parameter": "ca", "name": "kafka-cluster-ca-cert", "key": "ca.crt"},
    ]


@pytest.mark.parametrize(
    ("mechanism", "keda"),
    [("PLAIN", "plaintext"), ("SCRAM-SHA-256", "scram_sha256"), ("SCRAM-SHA-512", "scram_sha512")],
)
def test_mechanisms_under_kedas_names(mechanism: str, keda: str) -> None:
    sasl = {"kafka": {"sasl": {"enabled": True, "existingSecret": "x", "mechanism": mechanism}}}

    assert _trigger(merged(BASE, KEDA, sasl))["metadata"]["sasl"] == keda


def test_keda_with_a_client_certificate() -> None:
    references = one(render(variant("mtls")), "TriggerAuthentication")["spec"]["secretTargetRef"]

    assert [item["parameter"] for item in references] == ["ca", "cert", "key", "keyPassword"]


def test_no_authentication_without_secrets() -> None:
    objects = render(merged(BASE, KEDA, {"kafka": {"tls": {"enabled": True}}}))

    assert find(objects, "TriggerAuthentication") == []
    trigger = one(objects, "ScaledObject")["spec"]["triggers"][0]
    assert "authenticationRef" not in trigger
    assert trigger["metadata"]["tls"] == "enable"


def test_authentication_of_ones_own() -> None:
    own = {"autoscaling": {"keda": {"existingTriggerAuthentication": "theirs"}}}
    objects = render(merged(variant("sasl"), own))
    shared = _trigger(variant("keda"))["authenticationRef"]

    assert find(objects, "TriggerAuthentication") == []
    trigger = one(objects, "ScaledObject")["spec"]["triggers"][0]
    assert trigger["authenticationRef"] == {"name": "theirs", "kind": "TriggerAuthentication"}
    assert shared == {"name": "kafka-lag", "kind": "ClusterTriggerAuthentication"}


def test_metadata_of_ones_own_is_text_without_an_exponent() -> None:
    metadata = _trigger(variant("everything"))["metadata"]

    assert metadata["connectionPool"] == "1000000"
    assert metadata["saslTokenType"] == "none"
    half = {"autoscaling": {"keda": {"extraMetadata": {"share": 0.5, "on": True}}}}
    assert _trigger(merged(BASE, KEDA, half))["metadata"].items() >= {
        ("share", "0.5"),
        ("on", "true"),
    }


def test_pace_of_growing() -> None:
    def behaviour(values: Values) -> Manifest:
        spec = one(render(values), "ScaledObject")["spec"]
        found: Manifest = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        return found

    assert behaviour(variant("keda"))["scaleUp"] == {
        "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]
    }
    assert "scaleUp" not in behaviour(merged(BASE, KEDA)), "Kubernetes' own"


def test_hpa_on_cpu_or_on_other_metrics() -> None:
    spec = one(render(merged(BASE, HPA)), "HorizontalPodAutoscaler")["spec"]
    metrics = [{"type": "Pods", "pods": {"metric": {"name": "x"}, "target": {"type": "Value"}}}]
    own = {"autoscaling": {"hpa": {"metrics": metrics}}}

    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 80
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300
    assert one(render(merged(BASE, HPA, own)), "HorizontalPodAutoscaler")["spec"]["metrics"] == (
        metrics
    )


def test_a_single_replica_can_be_drained() -> None:
    spec = one(render(BASE), "PodDisruptionBudget")["spec"]

    assert spec["maxUnavailable"] == 1
    assert "minAvailable" not in spec


def test_budget_may_be_given_the_other_way() -> None:
    spec = one(render(variant("hpa")), "PodDisruptionBudget")["spec"]

    assert spec["minAvailable"] == "50%"
    assert "maxUnavailable" not in spec
