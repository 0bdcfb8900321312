"""The embedded broker: what it can, and the limits that its documentation states."""

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from platestream.bus.clients.embedded import PARTITION_LOG_BYTES, EmbeddedBroker
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import StartError
from platestream.bus.service import open_cluster


def watermarks(servers: str, topic: str) -> tuple[int, int]:
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "any"})
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    finally:
        consumer.close()
    return low, high


def test_topics_have_the_partitions_they_were_given() -> None:
    with EmbeddedBroker(brokers=2, topics={"a": 3}) as broker:
        broker.create_topic("b", 1)
        topics = Producer({"bootstrap.servers": broker.bootstrap_servers}).list_topics(timeout=10)
        assert {name: len(t.partitions) for name, t in topics.topics.items()} == {"a": 3, "b": 1}
        assert len(topics.brokers) == 2
        with pytest.raises(StartError, match="a"):
            broker.create_topic("a", 1)


def test_two_brokers_know_nothing_of_each_other() -> None:
    with EmbeddedBroker(topics={"a": 1}) as one, EmbeddedBroker(topics={"a": 1}) as two:
        producer = Producer({"bootstrap.servers": one.bootstrap_servers})
        producer.produce("a", b"x")
        assert producer.flush(10) == 0
        assert watermarks(one.bootstrap_servers, "a") == (0, 1)
        assert watermarks(two.bootstrap_servers, "a") == (0, 0)


def test_a_partition_forgets_its_oldest_records_as_documented() -> None:
    with EmbeddedBroker(topics={"a": 1}) as broker:
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 0})
        half = PARTITION_LOG_BYTES // 8
        for _ in range(6):
            producer.produce("a", bytes(half))
            assert producer.flush(10) == 0
        assert watermarks(broker.bootstrap_servers, "a") == (0, 6)
        for _ in range(6):
            producer.produce("a", bytes(half))
            assert producer.flush(10) == 0
        low, high = watermarks(broker.bootstrap_servers, "a")
        assert low > 0
        assert high == 12


def test_a_stopped_broker_says_so() -> None:
    broker = EmbeddedBroker()
    with pytest.raises(StartError, match="not running"):
        _ = broker.bootstrap_servers
    with broker:
        assert broker.bootstrap_servers.startswith("127.0.0.1:")
    broker.close()
    with pytest.raises(StartError, match="not running"):
        _ = broker.bootstrap_servers


def test_the_setting_gives_a_broker_with_the_topics() -> None:
    with open_cluster(KafkaSettings(embedded=True, new_topic_partitions=2)) as settings:
        ensure_topics(settings)
    plain = KafkaSettings(bootstrap_servers="elsewhere:9092")
    with open_cluster(plain) as settings:
        assert settings is plain
