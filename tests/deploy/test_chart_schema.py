"""The schema refuses what the chart does not mean, and settings that the service would refuse."""

import helm_python
import pytest

from platestream.config import ConfigError, load_settings
from tests.deploy import config_schema
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
    "brokers with a semicolon": ({"kafka": {"bootstrapServers": "a:1;b:2"}}, "bootstrapServers"),
    "a broker's port": ({"kafka": {"bootstrapServers": "a:1,b:65536"}}, "bootstrapServers"),
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
    "strategy that is none": ({"updateStrategy": {"type": "Rolling"}}, "updateStrategy"),
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
    "misspelt setting": (
        {"config": {"kafka": {"topcs": {}}}},
        "/config/kafka': .*'topcs' not allowed",
    ),
    "misspelt section": ({"config": {"kafak": {}}}, "/config': .*'kafak' not allowed"),
    "setting of another name": (
        {"config": {"stream": {"max_in_flight": 3}}},
        "/config/stream': .*'max_in_flight' not allowed",
    ),
    "misspelt setting in a list": (
        {"config": {"fetch": {"stores": [{"scheme": "s3", "buckets": ["a"], "zone": "b"}]}}},
        "/config/fetch/stores/0': .*'zone' not allowed",
    ),
    "setting out of range": (
        {"config": {"vision": {"min_confidence": 2}}},
        "/config/vision/min_confidence': maximum",
    ),
    "setting of another type": (
        {"config": {"stream": {"batch_max_frames": "many"}}},
        "/config/stream/batch_max_frames': got string, want integer",
    ),
    "mapping in a pass-through": (
        {"config": {"kafka": {"consumer": {"fetch": {"max": 1}}}}},
        "/config/kafka/consumer/fetch'",
    ),
    "misspelt probe key": ({"startupProbe": {"periodSecond": 5}}, "'periodSecond' not allowed"),
    "probe key of another probe": (
        {"readinessProbe": {"failureTreshold": 5}},
        "'failureTreshold' not allowed",
    ),
    "probe by the millisecond": ({"livenessProbe": {"timeoutSeconds": 0.5}}, "timeoutSeconds"),
    "address of one interface": ({"listenAddress": "10.0.0.1"}, "listenAddress"),
    "family of addresses": ({"service": {"ipFamilies": ["ipv6"]}}, "ipFamilies"),
    "misspelt scale-up": (
        {"autoscaling": {"keda": {"scaleUp": {"stabilisationWindowSeconds": 5}}}},
        "'stabilisationWindowSeconds' not allowed",
    ),
    "kind of authentication": (
        {"autoscaling": {"keda": {"existingTriggerAuthenticationKind": "Secret"}}},
        "existingTriggerAuthenticationKind",
    ),
    "Gateway without a name": (
        {"web": {"httpRoute": {"parentRefs": [{"namespace": "x"}]}}},
        "parentRefs",
    ),
    "endless grace": ({"terminationGracePeriodSeconds": 100000}, "terminationGracePeriodSeconds"),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_accepted(name: str) -> None:
    validate_values(variant(name))


@pytest.mark.parametrize("name", REFUSED_BY_SCHEMA)
def test_schema_refuses(name: str) -> None:
    values, word = REFUSED_BY_SCHEMA[name]

    with pytest.raises(helm_python.HelmValuesError, match=word):
        validate_values(merged(BASE, values))


def test_nothing_is_rendered_that_the_schema_refuses() -> None:
    with pytest.raises(helm_python.HelmError, match="topcs"):
        render(merged(BASE, {"config": {"kafka": {"topcs": {}}}}))


@pytest.mark.parametrize(
    "name", [name for name, (values, _) in REFUSED_BY_SCHEMA.items() if "config" in values]
)
def test_the_service_would_refuse_it_too(name: str) -> None:
    """Or the schema would be stricter than the settings that it is made from."""
    values, _ = REFUSED_BY_SCHEMA[name]

    with pytest.raises(ConfigError):
        load_settings(None, {}, values["config"])


def test_schema_of_the_settings_is_of_now() -> None:
    assert config_schema.PATH.read_text("utf-8") == config_schema.schema(), "run make chart"


def test_schema_knows_every_setting() -> None:
    """All of them at once, with the service's own defaults, beside those left to the user."""
    settings = load_settings(None, {}).model_dump(mode="json", exclude_none=True)
    del settings["kafka"]["bootstrap_servers"]

    validate_values(merged(BASE, {"config": settings}))


@pytest.mark.parametrize(
    "free",
    [
        {
            "kafka": {
                "consumer": {"fetch.max.bytes": 1, "a.b": True},
                "producer": {"linger.ms": 0.5},
            }
        },
        {"vision": {"provider_options": {"cuda": {"gpu_mem_limit": "1"}}}},
    ],
    ids=["librdkafka", "onnxruntime"],
)
def test_what_passes_through_stays_free(free: Values) -> None:
    validate_values(merged(BASE, {"config": free}))
