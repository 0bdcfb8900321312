"""Starts that fail on a real Kafka, and what a replica says of itself without one."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import Consumer
from structlog.testing import capture_logs

from platestream.bus.clients import consumer
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.configuration.security import SecuritySettings
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError
from platestream.bus.replay.run import Replay
from platestream.bus.replay.selection import Selection
from tests.bus.clusters import OwnCluster
from tests.bus.harness import Bench
from tests.bus.messages import STORE
from tests.bus.running import RunningService
from tests.cli.replay.acts import dead_letter, frames_on
from tests.clusters.kafka import KafkaCluster, own_cluster_only
from tests.clusters.requirement import real
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until

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


@pytest.mark.parametrize("group", [None, "nightly"])
def test_a_replay_gets_in_as_the_service_does(
    cluster: KafkaCluster, tmp_path: Path, group: str | None
) -> None:
    """Also where only the consumer's pass-through settings say how."""
    bench = Bench(OwnCluster(cluster), partitions=2)
    dead_letter(bench, 1, payload=b"x")
    given = as_reader(cluster, "right", tmp_path)
    settings = given.model_copy(
        update={
            "topics": bench.topics,
            "security": given.security.model_copy(
                update={"protocol": "PLAINTEXT", "sasl_mechanism": None}
            ),
            "consumer": {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanisms": "PLAIN"},
            "start_seconds": 10.0,
        }
    )
    replay = Replay(settings, STORE, Selection(), group=group and f"{bench.group}-{group}")
    try:
        replay.open()
        assert replay.look() == 1
        assert replay.publish().replayed == 1
    finally:
        replay.close()
        bench.close()
    assert [message.value() for message in frames_on(bench)] == [b"x"]


def test_missing_topics_are_named(cluster: KafkaCluster) -> None:
    settings = KafkaSettings(bootstrap_servers=cluster.bootstrap_servers)
    other = settings.topics.model_copy(update={"frames": "nowhere"})
    with pytest.raises(StartError, match="nowhere"):
        ensure_topics(settings.model_copy(update={"topics": other}))


def test_a_port_that_asks_for_more_names_the_setting(cluster: KafkaCluster) -> None:
    settings = KafkaSettings(bootstrap_servers=cluster.sasl_servers, start_seconds=1.5)
    with pytest.raises(StartError, match=r"kafka\.security\.protocol is PLAINTEXT"):
        ensure_topics(settings)


def test_a_group_of_another_kind_names_the_setting(cluster: KafkaCluster) -> None:
    bench = Bench(OwnCluster(cluster))
    other = Consumer(
        {
            "bootstrap.servers": cluster.bootstrap_servers,
            "group.id": bench.group,
            "partition.assignment.strategy": "range",
        }
    )
    other.subscribe([bench.topics.frames])
    wait_until(lambda: other.poll(0.1) is None and bool(other.assignment()), "the other member")
    with bench.service(FakeReader()) as running:
        error = running.wait_ended().error
    assert "give kafka.group_id a name of its own" in str(error)
    other.close()
    bench.close()


@pytest.fixture
def short_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the brokers' for members by the new protocol, which clients are not told."""
    monkeypatch.setattr(consumer, "_SESSION_MS", 1000)


def _unready(replica: RunningService) -> Callable[[], bool]:
    return lambda: not replica.service.ready().ok


# The last one: there is no broker after it.
@pytest.mark.usefixtures("short_sessions")
def test_without_brokers_a_replica_is_unready_in_time_and_lives(cluster: KafkaCluster) -> None:
    """By both protocols: its session time-out of 1 s, 1 s of kafka.revoke_seconds."""
    benches = {protocol: Bench(OwnCluster(cluster)) for protocol in ("classic", "consumer")}
    with ExitStack() as stack, capture_logs() as said:
        replicas = {
            protocol: stack.enter_context(
                bench.service(
                    FakeReader(),
                    group_protocol=protocol,
                    revoke_seconds=1.0,
                    consumer={"statistics.interval.ms": 200},
                )
            )
            for protocol, bench in benches.items()
        }
        for replica in replicas.values():
            replica.wait_assigned(4)
            replica.wait_ready()
        cluster.kill(cluster.brokers[0])
        killed = time.monotonic()
        for protocol, replica in replicas.items():
            wait_until(_unready(replica), f"{protocol} to be unready")
            assert time.monotonic() - killed > 1.0
            assert replica.service.healthy().ok
        assert time.monotonic() - killed < 10
        until = time.monotonic() + 3
        while time.monotonic() < until:
            for protocol, replica in replicas.items():
                assert not replica.service.ready().ok, f"{protocol} is ready without a broker"
            time.sleep(0.05)
    assert "lag_known" not in {line["event"] for line in said}
    for bench in benches.values():
        bench.close()
