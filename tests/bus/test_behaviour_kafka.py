"""The behaviour suite on a real Apache Kafka: an existing one, or one that the tests start."""

import os

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.configuration.properties import consumer_configuration
from platestream.bus.service import ExitReason
from platestream.telemetry.metrics import Metrics
from tests.bus.behaviour.suite import StreamBehaviour
from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.clusters.kafka import EXISTING_CLUSTER_VARIABLE
from tests.clusters.requirement import REQUIRE_VARIABLE
from tests.stream.fakes import FakeReader

_ASKED_FOR = any(os.environ.get(name) for name in (EXISTING_CLUSTER_VARIABLE, REQUIRE_VARIABLE))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not _ASKED_FOR,
        reason=f"set {EXISTING_CLUSTER_VARIABLE} (bootstrap servers) or {REQUIRE_VARIABLE}=1 to "
        "run the behaviour suite on a real Kafka",
    ),
]


@pytest.fixture(scope="module", params=["exactly_once", "at_least_once"])
def shared_cluster(kafka_servers: str, request: pytest.FixtureRequest) -> RealCluster:
    return RealCluster(kafka_servers, request.param)


class TestKafka(StreamBehaviour):
    @pytest.fixture
    def cluster(self, shared_cluster: RealCluster) -> RealCluster:
        return shared_cluster

    def test_missing_topics_are_created_when_allowed(self, bench: Bench) -> None:
        fresh = bench.topics.model_copy(update={"frames": f"{bench.topics.frames}.new"})
        settings = bench.settings(topics=fresh, create_topics=True, new_topic_partitions=3)
        ensure_topics(settings)
        ensure_topics(settings)
        admin = AdminClient({"bootstrap.servers": settings.bootstrap_servers})
        assert len(admin.list_topics(timeout=30).topics[fresh.frames].partitions) == 3

    def test_a_group_without_offsets_may_refuse_to_guess(self, bench: Bench) -> None:
        bench.produce([bare(1)])
        with bench.service(FakeReader(), auto_offset_reset="error") as running:
            result = running.wait_ended()
        assert result.reason is ExitReason.FAILED
        assert bench.committed() == {}


def test_offsets_of_a_member_without_a_name_are_never_sent(kafka_servers: str) -> None:
    """Kafka takes offsets from nobody in a transaction, also while the group has members."""
    cluster = RealCluster(kafka_servers, "exactly_once")
    bench = Bench(cluster)
    frames = bench.topics.frames
    nobody = FrameConsumer(
        consumer_configuration(bench.settings()),
        topic=frames,
        ledgers={},
        metrics=Metrics(),
    )
    producer = Producer(
        {"bootstrap.servers": kafka_servers, "transactional.id": f"{frames}-nobody"}
    )
    with bench.service(FakeReader()) as running:
        running.wait_assigned(4)
        producer.init_transactions(30)
        producer.begin_transaction()
        metadata = nobody._consumer.consumer_group_metadata()
        producer.send_offsets_to_transaction([TopicPartition(frames, 0, 7)], metadata, 30)
        producer.commit_transaction(30)
        assert bench.committed() == {0: 7}  # this is why:
        assert nobody.group_metadata() is None
    nobody.close(10)
    bench.close()
