"""Starts that fail on a real Kafka: quickly where it is certain, in the brokers' own words."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from platestream.bus.clients.topics import ensure_topics
from platestream.bus.configuration.security import SecuritySettings
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError
from tests.clusters.kafka import KafkaCluster, own_cluster_only
from tests.clusters.requirement import real

pytestmark = [
    pytest.mark.slow,
    own_cluster_only("needs brokers with its own users"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[KafkaCluster]:
    with real("Kafka"), KafkaCluster(1, users={"reader": "right"}) as cluster:
        yield cluster


def as_reader(cluster: KafkaCluster, password: str, folder: Path) -> KafkaSettings:
    secret = folder / "password"
    secret.write_text(password)
    security = SecuritySettings(
        protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_username="reader",
        sasl_password_file=secret,
    )
    return KafkaSettings(
        bootstrap_servers=cluster.sasl_servers, security=security, create_topics=True
    )


def test_a_wrong_password_is_said_at_once(cluster: KafkaCluster, tmp_path: Path) -> None:
    assert ensure_topics(as_reader(cluster, "right", tmp_path))
    before = time.monotonic()
    with pytest.raises(StartError, match="Authentication failed") as refused:
        ensure_topics(as_reader(cluster, "wrong", tmp_path))
    assert time.monotonic() - before < 10, "kafka.start_seconds is 30"
    assert cluster.sasl_servers in str(refused.value)
    assert "wrong" not in str(refused.value)


def test_missing_topics_are_named(cluster: KafkaCluster) -> None:
    settings = KafkaSettings(bootstrap_servers=cluster.bootstrap_servers)
    other = settings.topics.model_copy(update={"frames": "nowhere"})
    with pytest.raises(StartError, match="nowhere"):
        ensure_topics(settings.model_copy(update={"topics": other}))
