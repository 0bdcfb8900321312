"""Asking where partitions end, on the embedded broker; what restarts do is in test_restarts."""

import threading
import time
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.clients.end_offsets import EndOffsets, Ends
from platestream.bus.configuration.properties import ends_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.partitions import Partition
from tests.stream.waiting import wait_until

HERE = Partition("frames", 0)


def asking(servers: str, interval: float = 0.05, **more: Any) -> EndOffsets:
    settings = KafkaSettings(bootstrap_servers=servers, group_instance_id="one")
    return EndOffsets(ends_configuration(settings), "frames", interval, **more)


def answer_after(ends: EndOffsets, moment: float) -> Ends:
    def answered() -> bool:
        return ends.answer is not None and ends.answer.asked_at > moment

    wait_until(answered, "an answer")
    assert ends.answer is not None
    return ends.answer


def test_ends_follow_what_is_sent() -> None:
    with EmbeddedBroker(topics={"frames": 2}) as broker:
        ends = asking(broker.bootstrap_servers)
        ends.want([HERE])
        assert answer_after(ends, 0.0).offsets == {HERE: 0}
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers})
        for _ in range(3):
            producer.produce("frames", b"x", partition=0)
        assert producer.flush(10) == 0
        assert answer_after(ends, time.monotonic()).offsets == {HERE: 3}
        ends.close()


def test_a_partition_that_is_not_there_has_a_reason_and_no_offset() -> None:
    with EmbeddedBroker(topics={"frames": 1}) as broker:
        ends = asking(broker.bootstrap_servers)
        ends.want([Partition("frames", 7)])
        answer = answer_after(ends, 0.0)
        assert not answer.offsets
        assert answer.reasons.keys() == {Partition("frames", 7)}
        assert answer.partitions == 1
        assert not answer.topic_missing
        ends.close()


def test_a_stand_by_asks_for_the_topic_all_the_same() -> None:
    with EmbeddedBroker(topics={"frames": 1}) as broker:
        ends = asking(broker.bootstrap_servers)
        ends.want([])
        assert answer_after(ends, 0.0).offsets == {}
        ends.close()


def test_nobody_waits_for_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platestream.bus.clients.end_offsets.CALL_SECONDS", 0.5)
    with EmbeddedBroker(topics={"frames": 1}) as broker:
        servers = broker.bootstrap_servers
    ends = asking(servers)
    before = time.monotonic()
    ends.want([HERE])
    ends.want([HERE])
    assert time.monotonic() - before < 0.3
    assert answer_after(ends, 0.0).reasons == {HERE: "_TRANSPORT"}
    before = time.monotonic()
    ends.close()
    assert time.monotonic() - before < 0.3


def test_the_thread_closes_its_client_and_ends() -> None:
    closed = threading.Event()

    class Watched(Consumer):
        def close(self) -> None:
            super().close()
            closed.set()

    with EmbeddedBroker(topics={"frames": 1}) as broker:
        ends = asking(broker.bootstrap_servers, interval=600, open_client=Watched)
        ends.want([HERE])
        answer_after(ends, 0.0)
        ends.close()
        assert closed.wait(10)
