"""The behaviour suite on the embedded broker, and what only that broker can be made to do."""

from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.errors import DeliveryError, StartError
from platestream.bus.service import ExitReason
from tests.bus.behaviour.suite import StreamBehaviour
from tests.bus.clusters import EmbeddedCluster
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until

# Kafka's numbers of the requests.
PRODUCE, OFFSET_COMMIT = 0, 8


@pytest.fixture(scope="module")
def shared_cluster() -> Iterator[EmbeddedCluster]:
    with EmbeddedBroker(brokers=3) as broker:
        yield EmbeddedCluster(broker)


class TestEmbedded(StreamBehaviour):
    @pytest.fixture
    def cluster(self, shared_cluster: EmbeddedCluster) -> EmbeddedCluster:
        return shared_cluster


@pytest.fixture
def cluster() -> Iterator[EmbeddedCluster]:
    """A broker of the test's own, since it is told to fail."""
    with EmbeddedBroker() as broker:
        yield EmbeddedCluster(broker)


@pytest.fixture
def bench(cluster: EmbeddedCluster) -> Iterator[Bench]:
    bench = Bench(cluster)
    yield bench
    bench.close()


def test_a_record_that_cannot_be_delivered_ends_the_service(
    bench: Bench, cluster: EmbeddedCluster
) -> None:
    bench.produce((bare(1 + 5 * n) for n in range(5)), partition=0)
    cluster.broker.fail_requests(PRODUCE, [KafkaError.TOPIC_AUTHORIZATION_FAILED] * 5)
    with bench.service(FakeReader()) as running:
        result = running.wait_ended()
    assert result.reason is ExitReason.FAILED
    assert isinstance(result.error, DeliveryError)
    assert bench.committed() == {}


def test_a_record_that_times_out_ends_the_service_and_is_read_again(
    bench: Bench, cluster: EmbeddedCluster
) -> None:
    bench.produce((bare(1 + 5 * n) for n in range(5)), partition=0)
    cluster.broker.fail_requests(PRODUCE, [KafkaError.NOT_ENOUGH_REPLICAS] * 200)
    short = {"message.timeout.ms": 300, "request.timeout.ms": 100}
    with bench.service(FakeReader(), producer=short) as running:
        assert running.wait_ended().reason is ExitReason.FAILED
    assert bench.committed() == {}
    cluster.broker.fail_requests(PRODUCE, [])


def test_errors_that_pass_cost_neither_frames_nor_repeats(
    bench: Bench, cluster: EmbeddedCluster
) -> None:
    bench.produce((bare(1 + 5 * n) for n in range(30)), partition=0)
    cluster.broker.fail_requests(
        PRODUCE, [KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.REQUEST_TIMED_OUT] * 2
    )
    # One request at a time: see the embedded broker's limits.
    one = {"max.in.flight.requests.per.connection": 1}
    with bench.service(FakeReader(), producer=one) as running:
        bench.collect(lambda out: len(out.plates) >= 30, watched=running)
        assert running.stop().reason is ExitReason.DRAINED
    plates = bench.collect_rest().plates
    assert [plate["source"]["offset"] for plate in plates] == list(range(30))


def test_a_record_that_the_broker_refuses_becomes_a_small_failure(
    bench: Bench, cluster: EmbeddedCluster
) -> None:
    bench.produce([bare(1)], partition=0)
    cluster.broker.fail_requests(PRODUCE, [KafkaError.MSG_SIZE_TOO_LARGE])
    with bench.service(FakeReader()) as running:
        out = bench.collect(lambda out: len(out.failures) == 1, watched=running)
        wait_until(lambda: bench.committed() == {0: 1}, "the commit")
    assert out.plates == []
    assert running.value("frames_processed_total", outcome="failed") == 1


def test_a_commit_that_fails_is_made_up_for(bench: Bench, cluster: EmbeddedCluster) -> None:
    bench.produce([bare(1)], partition=0)
    cluster.broker.fail_requests(OFFSET_COMMIT, [KafkaError.UNKNOWN_MEMBER_ID])
    with bench.service(FakeReader()) as running:
        wait_until(lambda: bench.committed() == {0: 1}, "the commit")
        assert running.value("commits_total", status="failed") >= 1
        assert running.result is None


def test_a_missing_topic_ends_the_service_before_it_joins(cluster: EmbeddedCluster) -> None:
    bench = Bench(cluster)
    nowhere = bench.topics.model_copy(update={"frames": "nowhere"})
    with bench.service(FakeReader(), topics=nowhere) as running:
        result = running.wait_ended()
    assert isinstance(result.error, StartError)
    assert "nowhere" in str(result.error)
    bench.close()


def test_no_cluster_ends_the_service_with_its_address(bench: Bench) -> None:
    with bench.service(FakeReader(), bootstrap_servers="127.0.0.1:1", start_seconds=0.3) as running:
        result = running.wait_ended()
    assert isinstance(result.error, StartError)
    assert "127.0.0.1:1" in str(result.error)
