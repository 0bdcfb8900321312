"""The schema refuses what the chart does not mean; the templates, what a schema cannot say."""

from typing import Any

import helm_python
import pytest

from tests.deploy.chart import BASE, VARIANTS, Values, merged, render, validate_values, variant

# What is wrong, and a word of the message that says so.
REFUSED_BY_SCHEMA: dict[str, tuple[Values, str]] = {
    "unknown key": ({"replicas": 2}, "replicas"),
    "unknown key below": ({"image": {"name": "x"}}, "name"),
    "unknown key deep below": ({"autoscaling": {"keda": {"minReplicas": 1}}}, "minReplicas"),
    "unknown topic": ({"kafka": {"topics": {"dead": "x"}}}, "dead"),
    "text for a number": ({"replicaCount": "2"}, "replicaCount"),
    "negative number": ({"replicaCount": -1}, "replicaCount"),
    "text for a switch": ({"gpu": {"enabled": "yes"}}, "enabled"),
    "no GPU": ({"gpu": {"count": 0}}, "count"),
    "no provider": ({"gpu": {"providers": []}}, "providers"),
    "broker without a port": ({"kafka": {"bootstrapServers": "kafka"}}, "bootstrapServers"),
    "brokers with a space": ({"kafka": {"bootstrapServers": "a:1, b:2"}}, "bootstrapServers"),
    "topic with a slash": ({"kafka": {"topics": {"frames": "a/b"}}}, "frames"),
    "empty topic": ({"kafka": {"topics": {"plates": ""}}}, "plates"),
    "empty group": ({"kafka": {"groupId": ""}}, "groupId"),
    "unknown mechanism": ({"kafka": {"sasl": {"mechanism": "SCRAM"}}}, "mechanism"),
    "password as a value": ({"kafka": {"sasl": {"password": "hunter2"}}}, "password"),
    "port too large": ({"telemetry": {"port": 70000}}, "port"),
    "port for root only": ({"telemetry": {"port": 80}}, "port"),
    "unknown log level": ({"telemetry": {"logLevel": "loud"}}, "logLevel"),
    "tag with a colon": ({"image": {"tag": "a:b"}}, "tag"),
    "short digest": ({"image": {"digest": "sha256:12"}}, "digest"),
    "pull policy in small letters": ({"image": {"pullPolicy": "always"}}, "pullPolicy"),
    "both autoscalers": (
        {"autoscaling": {"keda": {"enabled": True}, "hpa": {"enabled": True}}},
        "autoscaling",
    ),
    "share above one": ({"prometheusRule": {"thresholds": {"failedRatio": 5}}}, "failedRatio"),
    "interval without a unit": ({"podMonitor": {"interval": "15"}}, "interval"),
    "label of the selector": (
        {"podLabels": {"app.kubernetes.io/name": "x"}},
        "app.kubernetes.io/name",
    ),
    "strategy of a StatefulSet": ({"updateStrategy": {"type": "OnDelete"}}, "updateStrategy"),
    "environment without a name": ({"extraEnv": [{"value": "x"}]}, "extraEnv"),
    "unknown guarantee": ({"kafka": {"guarantee": "exactly-once"}}, "guarantee"),
    "more than all": ({"kafka": {"deadLetters": {"maxOwnRatio": 1.5}}}, "maxOwnRatio"),
    "registry without a scheme": ({"registry": {"url": "registry:8081"}}, "url"),
    "password in an address": ({"registry": {"url": "http://user:pw@registry"}}, "url"),
    "unknown mode": ({"registry": {"mode": "on"}}, "mode"),
    "rate without a unit": ({"web": {"rateLimit": "20"}}, "rateLimit"),
    "token as a value": ({"web": {"token": "hunter2"}}, "token"),
    "host with a path": ({"web": {"ingress": {"hosts": ["a.example.com/v2"]}}}, "hosts"),
    "source without a mask": ({"web": {"service": {"loadBalancerSourceRanges": ["1.2.3.4"]}}}, "s"),
    "endless grace": ({"terminationGracePeriodSeconds": 100000}, "terminationGracePeriodSeconds"),
}

OPEN: Values = {"web": {"enabled": True, "noAuth": True}}

REFUSED_BY_TEMPLATES: dict[str, tuple[Values, str]] = {
    "no brokers": ({"kafka": {"bootstrapServers": ""}}, "kafka.bootstrapServers is required"),
    "SASL without a Secret": (
        {"kafka": {"sasl": {"enabled": True}}},
        "kafka.sasl.existingSecret is required",
    ),
    "client certificate without TLS": (
        {"kafka": {"tls": {"clientCertificate": True, "existingSecret": "x"}}},
        "kafka.tls.clientCertificate needs",
    ),
    "client certificate without a Secret": (
        {"kafka": {"tls": {"enabled": True, "clientCertificate": True}}},
        "kafka.tls.clientCertificate needs",
    ),
    "grace as short as the drain": (
        {"drainDeadlineSeconds": 60, "terminationGracePeriodSeconds": 60},
        "terminationGracePeriodSeconds (60) must exceed",
    ),
    "longer drain by the file": (
        {"config": {"kafka": {"drain_seconds": 300}}},
        "terminationGracePeriodSeconds (90) must exceed",
    ),
    "grace for the stream only": (
        {**OPEN, "terminationGracePeriodSeconds": 79},
        "terminationGracePeriodSeconds (79) must exceed",
    ),
    "longer requests by the file": (
        {**OPEN, "config": {"web": {"shutdown_timeout_s": 60}}},
        "(together 105 s)",
    ),
    "nothing to do": ({"kafka": {"enabled": False}}, "there would be nothing to do"),
    "lag without Kafka": (
        {**OPEN, "kafka": {"enabled": False}, "autoscaling": {"keda": {"enabled": True}}},
        "autoscaling.keda scales on consumer lag and needs kafka.enabled",
    ),
    "an interface for nobody in particular": ({"web": {"enabled": True}}, "who may call?"),
    "credentials that nobody asks for": (
        {"web": {"enabled": True, "noAuth": True, "existingSecret": "x"}},
        "web.existingSecret and web.noAuth exclude each other",
    ),
    "callers cannot reach loopback": (
        {**OPEN, "config": {"web": {"host": "127.0.0.1"}}},
        "callers come from outside the pod",
    ),
    "one port for two": (
        {"web": {"enabled": True, "noAuth": True, "port": 9108}},
        "web.port and telemetry.port are both 9108",
    ),
    "Ingress to nothing": (
        {"web": {"ingress": {"enabled": True, "hosts": ["a"]}}},
        "web.ingress.enabled needs web.enabled",
    ),
    "Ingress for every host": (
        {"web": {"enabled": True, "noAuth": True, "ingress": {"enabled": True}}},
        "web.ingress.hosts is required",
    ),
    "credentials without a registry": (
        {"registry": {"existingSecret": "x"}},
        "need registry.url",
    ),
    "registry's client certificate without a Secret": (
        {"registry": {"url": "https://r", "tls": {"clientCertificate": True}}},
        "registry.tls.clientCertificate needs",
    ),
    "one transactional id for all": (
        {"config": {"kafka": {"transactional_id": "x"}}},
        "config.kafka.transactional_id would be the same for every replica",
    ),
    "one member name for all": (
        {"config": {"kafka": {"group_instance_id": "x"}}},
        "config.kafka.group_instance_id would be the same for every replica",
    ),
    "probes cannot reach loopback": (
        {"config": {"telemetry": {"host": "127.0.0.1"}}},
        "the probes come from outside the pod",
    ),
}

SECRETS_IN_CONFIG: list[dict[str, Any]] = [
    {"kafka": {"security": {"sasl_password": "hunter2"}}},
    {"kafka": {"consumer": {"sasl.password": "hunter2"}}},
    {"kafka": {"producer": {"ssl.key.pem": "hunter2"}}},
    {"fetch": {"secret_access_key": "hunter2"}},
    {"fetch": {"azure": {"Token": "hunter2"}}},
]


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_accepted(name: str) -> None:
    validate_values(variant(name))


@pytest.mark.parametrize("name", REFUSED_BY_SCHEMA)
def test_schema_refuses(name: str) -> None:
    values, word = REFUSED_BY_SCHEMA[name]

    with pytest.raises(helm_python.HelmValuesError, match=word):
        validate_values(merged(BASE, values))
    with pytest.raises(helm_python.HelmError, match=word):
        render(merged(BASE, values))


@pytest.mark.parametrize("name", REFUSED_BY_TEMPLATES)
def test_templates_refuse(name: str) -> None:
    values, message = REFUSED_BY_TEMPLATES[name]

    with pytest.raises(helm_python.HelmRenderError) as caught:
        render(merged(BASE, values))
    assert message in str(caught.value)


@pytest.mark.parametrize("config", SECRETS_IN_CONFIG, ids=str)
def test_secrets_are_kept_out_of_the_configmap(config: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmRenderError, match="looks like a secret") as caught:
        render(merged(BASE, {"config": config}))
    assert "hunter2" not in str(caught.value)


def test_the_path_of_a_secret_is_no_secret() -> None:
    render(merged(BASE, {"config": {"kafka": {"security": {"sasl_password_file": "/run/x"}}}}))
