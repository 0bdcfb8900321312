"""What changes in a cluster under a running service: the only broker dies, a topic grows or goes.

On a real Kafka, since only that has leader epochs and lets topics grow and go.
"""

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from tests.bus.clusters import OwnCluster
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.bus.running import RunningService
from tests.clusters.kafka import KafkaCluster, own_cluster_only
from tests.clusters.requirement import real
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    own_cluster_only(
        "a broker is killed, so the test starts its own and touches no existing cluster"
    ),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[OwnCluster]:
    with real("Kafka"), KafkaCluster(1) as brokers:
        yield OwnCluster(brokers)


@pytest.fixture
def bench(cluster: OwnCluster) -> Iterator[Bench]:
    bench = Bench(cluster, partitions=1)
    yield bench
    bench.close()


@pytest.fixture
def admin(cluster: OwnCluster) -> AdminClient:
    return AdminClient({"bootstrap.servers": cluster.bootstrap_servers, "log_level": 2})


def lag(running: RunningService, bench: Bench, partition: int = 0) -> float | None:
    labels = {"topic": bench.topics.frames, "partition": str(partition)}
    return running.metrics.registry.get_sample_value("platestream_consumer_lag", labels)


def test_the_lag_survives_the_only_broker(cluster: OwnCluster, bench: Bench) -> None:
    reader = FakeReader()
    (broker,) = cluster.kafka.brokers
    # Longer than the broker is away: its partition stays ours.
    consumer = {"session.timeout.ms": 60_000, "heartbeat.interval.ms": 1_000}
    few = {"max_in_flight_frames": 8}
    with bench.service(reader, stream=few, consumer=consumer, guarantee="at_least_once") as running:
        running.wait_assigned(1)
        bench.produce(bare(n) for n in range(20))
        wait_until(lambda: lag(running, bench) == 0, "the lag", 60)
        cluster.kafka.kill(broker)
        wait_until(lambda: lag(running, bench) is None, "the end of the series", 60)
        wait_until(lambda: running.value("lag_unknown_partitions") == 1, "the count of unknown")
        cluster.kafka.start(broker)
        cluster.kafka.wait_ready()
        wait_until(lambda: lag(running, bench) == 0, "the lag after the restart", 120)
        reader.gate.clear()
        bench.produce(bare(n) for n in range(300))
        wait_until(lambda: (lag(running, bench) or 0) >= 290, "the true lag", 60)
        assert running.value("lag_unknown_partitions") == 0
        reader.gate.set()
        wait_until(lambda: lag(running, bench) == 0, "the end of the lag", 60)
        running.stop()


def test_partitions_that_are_added_are_read_and_have_a_lag(
    bench: Bench, admin: AdminClient
) -> None:
    consumer = {"topic.metadata.refresh.interval.ms": 1_000}
    with bench.service(FakeReader(), consumer=consumer) as running:
        running.wait_assigned(1)
        wait_until(lambda: running.service.ready().ok, "readiness")
        for future in admin.create_partitions([NewPartitions(bench.topics.frames, 3)]).values():
            future.result(30)
        wait_until(lambda: running.value("assigned_partitions") == 3, "the new partitions", 60)
        for partition in range(3):
            bench.produce([bare(1)], partition=partition)
        wait_until(lambda: [lag(running, bench, p) for p in range(3)] == [0, 0, 0], "the lags", 60)
        assert running.value("lag_unknown_partitions") == 0
        running.stop()


def test_a_topic_that_is_deleted_makes_the_service_unready_until_it_is_back(
    cluster: OwnCluster, bench: Bench, admin: AdminClient
) -> None:
    consumer = {"topic.metadata.refresh.interval.ms": 1_000}
    with bench.service(FakeReader(), consumer=consumer) as running:
        running.wait_assigned(1)
        wait_until(lambda: running.service.ready().ok, "readiness")
        for future in admin.delete_topics([bench.topics.frames]).values():
            future.result(30)
        wait_until(lambda: "is gone" in running.service.ready().detail, "the complaint", 60)
        assert not running.service.ready().ok
        assert running.result is None
        cluster.create_topic(bench.topics.frames, 1)
        wait_until(lambda: running.service.ready().ok, "readiness", 60)
        running.wait_assigned(1)
        bench.produce([bare(1)])
        bench.collect(lambda out: len(out.plates) == 1, watched=running, timeout=60)
        running.stop()
