"""The coordinator of the group dies while a transaction is open: its offsets reach the next one.

Left to itself librdkafka 2.16 waits for ever here (its issues 5456 and 5511), whatever time-out it
was given; see ``connections.max.idle.ms`` in ``platestream.bus.configuration.properties``.
"""

import threading
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError
from confluent_kafka.admin import AdminClient

from platestream.bus.configuration.properties import transactional_configuration
from platestream.bus.configuration.settings import KafkaSettings, TopicSettings
from platestream.bus.delivery.publisher import Record, TransactionalPublisher
from platestream.bus.partitions import Partition
from platestream.telemetry.metrics import Metrics
from tests.clusters.kafka import KafkaCluster, own_cluster_only
from tests.clusters.requirement import real
from tests.stream.waiting import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    own_cluster_only(
        "a broker is killed, so the test starts its own and touches no existing cluster"
    ),
]

GROUP = "readers"
HERE = Partition("frames", 0)


@pytest.fixture
def cluster() -> Iterator[KafkaCluster]:
    with real("Kafka"), KafkaCluster(3) as cluster:
        yield cluster


class Publisher(TransactionalPublisher):
    """One that can be asked which brokers it knows."""

    def knows(self, node: int) -> bool:
        """Whether broker ``node`` is still part of the cluster, by the answer to a new question."""
        return node in self._producer.list_topics(timeout=30).brokers


def publish(publisher: Publisher) -> None:
    """A transaction with a record for every output partition, all of them acknowledged."""
    refused: list[KafkaError] = []

    def acknowledge(error: KafkaError | None) -> None:
        if error is not None:
            refused.append(error)

    publisher.begin()
    for number in range(16):
        assert publisher.produce(Record("plates", b"%d" % number, b"event"), acknowledge)
    assert publisher.flush(60) == 0
    assert not refused


def test_offsets_of_an_open_transaction_reach_the_next_coordinator(cluster: KafkaCluster) -> None:
    servers = cluster.bootstrap_servers
    topics = TopicSettings()
    cluster.create_topics((topics.frames, *topics.outputs), 8)
    member = Consumer({"bootstrap.servers": servers, "group.id": GROUP, "log_level": 2})
    member.subscribe([HERE.topic])

    def assigned() -> bool:
        member.poll(0.1)
        return bool(member.assignment())

    wait_until(assigned, "a place in the group", timeout=60)
    metadata = member.consumer_group_metadata()
    kafka = KafkaSettings(bootstrap_servers=servers, group_id=GROUP, transactional_id="us")
    publisher = Publisher(transactional_configuration(kafka), Metrics(), {})
    publisher.initialize(30)
    publish(publisher)
    publisher.send_offsets({HERE: 1}, metadata, 30)  # now it knows the coordinator
    publisher.commit(30)

    admin = AdminClient({"bootstrap.servers": servers, "log_level": 2})
    group = admin.describe_consumer_groups([GROUP], request_timeout=30)[GROUP].result(30)
    dead = group.coordinator.id
    cluster.kill(next(broker for broker in cluster.brokers if broker.node_id == dead))
    wait_until(lambda: not publisher.knows(dead), "the cluster to miss the broker", timeout=60)
    publish(publisher)

    answers: list[Exception | None] = []

    def send() -> None:
        try:
            publisher.send_offsets({HERE: 2}, metadata, 30)
        except Exception as error:  # noqa: BLE001 - it is the answer
            answers.append(error)
        else:
            answers.append(None)

    threading.Thread(target=send, daemon=True).start()
    # Twice its time-out: a call that is still away then is one that never returns.
    wait_until(lambda: bool(answers), "the call that sends offsets", timeout=60)
    assert answers == [None]
    publisher.commit(30)
    # The member has found the new coordinator, too.
    committed = member.committed([HERE.bare()], timeout=60)
    assert [position.offset for position in committed] == [2]
    member.close()
