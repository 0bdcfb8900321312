"""The templates refuse what a schema cannot say: what is wrong only together."""

import helm_python
import pytest

from tests.deploy.chart import BASE, Values, merged, render

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
        "leave it out, and set kafka.staticMembership",
    ),
    "static membership of no group": (
        {**OPEN, "kafka": {"enabled": False, "staticMembership": True}},
        "kafka.staticMembership needs kafka.enabled",
    ),
    "a strategy of Deployments": (
        {"kafka": {"staticMembership": True}, "updateStrategy": {"type": "Recreate"}},
        "updateStrategy.type is Recreate, which a StatefulSet",
    ),
    "spare pods of a StatefulSet": (
        {
            "kafka": {"staticMembership": True},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        },
        "updateStrategy.rollingUpdate.maxSurge is of a Deployment",
    ),
    "a strategy of StatefulSets": (
        {"updateStrategy": {"type": "OnDelete"}},
        "updateStrategy.type is OnDelete, which a Deployment does not know",
    ),
    "replicas on many nodes share one claim": (
        {"replicaCount": 2, "persistence": {"models": {"enabled": True}}},
        "persistence.models: 2 replicas of a Deployment share one claim",
    ),
    "replicas by lag share one claim": (
        {"autoscaling": {"keda": {"enabled": True}}, "persistence": {"engines": {"enabled": True}}},
        "persistence.engines: 8 replicas of a Deployment share one claim",
    ),
    "pseudonyms without keys": (
        {"privacy": {"plateNumber": "hmac"}},
        "privacy.existingSecret is required with privacy.plateNumber hmac",
    ),
    "keys that nothing uses": (
        {"privacy": {"existingSecret": "x"}},
        "privacy.existingSecret is for privacy.plateNumber hmac, and it is clear",
    ),
    "misspelt variable": (
        {"extraEnv": [{"name": "PLATESTREAM_KAFKA__GRUOP_ID", "value": "x"}]},
        "extraEnv: PLATESTREAM_KAFKA__GRUOP_ID names no setting of the service",
    ),
    "a mapping without a key": (
        {"extraEnv": [{"name": "PLATESTREAM_KAFKA__CONSUMER__", "value": "x"}]},
        "extraEnv: PLATESTREAM_KAFKA__CONSUMER__ names no setting",
    ),
    "probes cannot reach loopback": (
        {"config": {"telemetry": {"host": "127.0.0.1"}}},
        "the probes come from outside the pod",
    ),
    "scheme of a broker": (
        {"kafka": {"bootstrapServers": "kafka-a:9092,SASL_SSL://kafka-b:9093"}},
        "kafka.bootstrapServers: leave out the scheme of SASL_SSL://kafka-b:9093",
    ),
    "scheme of a broker by the file": (
        {"config": {"kafka": {"bootstrap_servers": "http://kafka:9093"}}},
        "leave out the scheme of http://kafka:9093",
    ),
    "more than most by lag": (
        {"autoscaling": {"keda": {"enabled": True, "minReplicaCount": 9, "maxReplicaCount": 2}}},
        "autoscaling.keda.minReplicaCount (9) exceeds autoscaling.keda.maxReplicaCount (2)",
    ),
    "more than most by CPU": (
        {"autoscaling": {"hpa": {"enabled": True, "minReplicas": 9}}},
        "autoscaling.hpa.minReplicas (9) exceeds autoscaling.hpa.maxReplicas (4)",
    ),
    "only replica stays": (
        {"podDisruptionBudget": {"minAvailable": 1}},
        "podDisruptionBudget.minAvailable (1) lets none of 1 replicas go",
    ),
    "all replicas stay": (
        {"replicaCount": 4, "podDisruptionBudget": {"minAvailable": "76%"}},
        "podDisruptionBudget.minAvailable (76%) lets none of 4 replicas go",
    ),
    "the fewest replicas by CPU stay": (
        {
            "autoscaling": {"hpa": {"enabled": True, "minReplicas": 2}},
            "podDisruptionBudget": {"minAvailable": 2},
        },
        "podDisruptionBudget.minAvailable (2) lets none of 2 replicas go",
    ),
    "the fewest replicas by lag stay": (
        {"autoscaling": {"keda": {"enabled": True}}, "podDisruptionBudget": {"minAvailable": 1}},
        "podDisruptionBudget.minAvailable (1) lets none of 1 replicas go",
    ),
    "no replica may go": (
        {"podDisruptionBudget": {"maxUnavailable": 0}},
        "podDisruptionBudget.maxUnavailable is 0",
    ),
    "no share of the replicas may go": (
        {"podDisruptionBudget": {"maxUnavailable": "0%"}},
        "podDisruptionBudget.maxUnavailable is 0",
    ),
    "update fails before its pods may": (
        {"progressDeadlineSeconds": 300},
        "startupProbe allows a pod 300 s to start, and progressDeadlineSeconds is 300",
    ),
    "update fails before a slow pod may": (
        {"startupProbe": {"initialDelaySeconds": 400}},
        "startupProbe allows a pod 700 s to start, and progressDeadlineSeconds is 600",
    ),
    "update fails before its pods count as ready": (
        {"startupProbe": None, "progressDeadlineSeconds": 60, "minReadySeconds": 60},
        "minReadySeconds (60) must be below progressDeadlineSeconds (60)",
    ),
    "trigger metadata twice": (
        {"autoscaling": {"keda": {"enabled": True, "extraMetadata": {"topic": "frames"}}}},
        "autoscaling.keda.extraMetadata.topic is set by the chart already",
    ),
    "trigger authentication twice": (
        {
            "kafka": {"sasl": {"enabled": True, "existingSecret": "x"}},
            "autoscaling": {"keda": {"enabled": True, "extraMetadata": {"sasl": "plaintext"}}},
        },
        "autoscaling.keda.extraMetadata.sasl is set by the chart already",
    ),
    "kind of an authentication that the chart makes": (
        {
            "autoscaling": {
                "keda": {"existingTriggerAuthenticationKind": "ClusterTriggerAuthentication"}
            }
        },
        "needs autoscaling.keda.existingTriggerAuthentication:",
    ),
    "HTTPRoute to nothing": (
        {"web": {"httpRoute": {"enabled": True, "parentRefs": [{"name": "a"}]}}},
        "web.httpRoute.enabled needs web.enabled",
    ),
    "HTTPRoute from nowhere": (
        {"web": {"enabled": True, "noAuth": True, "httpRoute": {"enabled": True}}},
        "web.httpRoute.parentRefs is required",
    ),
    "callers' addresses inside the cluster": (
        {"web": {"enabled": True, "noAuth": True, "service": {"externalTrafficPolicy": "Local"}}},
        "web.service.externalTrafficPolicy needs",
    ),
    "scraped twice": (
        {"podMonitor": {"enabled": True}, "serviceMonitor": {"enabled": True}},
        "podMonitor and serviceMonitor exclude each other",
    ),
    "scraped by a Service that is not there": (
        {"service": {"enabled": False}, "serviceMonitor": {"enabled": True}},
        "serviceMonitor.enabled needs service.enabled",
    ),
}

# Allowed, though close to what is refused.
ACCEPTED: dict[str, Values] = {
    "one of two may go": {"replicaCount": 2, "podDisruptionBudget": {"minAvailable": 1}},
    "a quarter of four may go": {"replicaCount": 4, "podDisruptionBudget": {"minAvailable": "75%"}},
    "nothing runs": {"replicaCount": 0, "podDisruptionBudget": {"minAvailable": 1}},
    "no budget": {"podDisruptionBudget": {"enabled": False, "minAvailable": 1}},
    "as many as most": {
        "autoscaling": {"keda": {"enabled": True, "minReplicaCount": 8, "maxReplicaCount": 8}}
    },
    "unused numbers": {"autoscaling": {"hpa": {"minReplicas": 9, "maxReplicas": 2}}},
    "start in time": {"progressDeadlineSeconds": 301},
    "authentication of ones own": {
        "autoscaling": {"keda": {"enabled": True, "extraMetadata": {"sasl": "oauthbearer"}}}
    },
}


@pytest.mark.parametrize("name", REFUSED_BY_TEMPLATES)
def test_templates_refuse(name: str) -> None:
    values, message = REFUSED_BY_TEMPLATES[name]

    with pytest.raises(helm_python.HelmRenderError) as caught:
        render(merged(BASE, values))
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ACCEPTED)
def test_templates_accept(name: str) -> None:
    render(merged(BASE, ACCEPTED[name]))
