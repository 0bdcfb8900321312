"""Kafkas to test the service on, each as a :class:`~tests.bus.harness.Cluster`."""

import os

from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from platestream.bus.clients.embedded import EmbeddedBroker
from tests.bus.harness import Guarantee
from tests.clusters.kafka import EXISTING_CLUSTER_VARIABLE, KafkaCluster
from tests.clusters.topics import create_topics

# Brokers that the tests start allow 1 s; Kafka's own default is 6 s.
_OUR_SESSION_MS = 1000
_DEFAULT_SESSION_MS = 6000


class EmbeddedCluster:
    """The embedded broker."""

    min_session_ms = _OUR_SESSION_MS
    guarantee: Guarantee = "at_least_once"

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.broker = broker
        self.bootstrap_servers = broker.bootstrap_servers

    def create_topic(self, name: str, partitions: int) -> None:
        self.broker.create_topic(name, partitions)


class RealCluster:
    """A real Kafka: an existing one, or one that the tests start."""

    def __init__(self, servers: str, guarantee: Guarantee) -> None:
        self.bootstrap_servers = servers
        self.guarantee = guarantee
        existing = bool(os.environ.get(EXISTING_CLUSTER_VARIABLE))
        self.min_session_ms = _DEFAULT_SESSION_MS if existing else _OUR_SESSION_MS
        self._admin = AdminClient({"bootstrap.servers": servers})

    def create_topic(self, name: str, partitions: int) -> None:
        create_topics(self._admin, [name], partitions)

    def limit_records(self, topic: str, size: int) -> None:
        """Let the brokers refuse batches of more than ``size`` bytes."""
        entry = ConfigEntry(
            "max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET
        )
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
        self._admin.incremental_alter_configs([resource])[resource].result(30)


class OwnCluster(RealCluster):
    """Brokers of the tests' own, to be killed, with session time-outs that can be waited for."""

    def __init__(self, cluster: KafkaCluster) -> None:
        super().__init__(cluster.bootstrap_servers, "exactly_once")
        self.kafka = cluster
        self.min_session_ms = _OUR_SESSION_MS
