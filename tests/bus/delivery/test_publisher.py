"""The producer's interface, with no broker behind it."""

import pytest
from confluent_kafka import KafkaError
from structlog.testing import capture_logs

from platestream.bus.delivery import publisher as module
from platestream.bus.delivery.publisher import Publisher, Record
from platestream.telemetry.metrics import Metrics
from tests.stream.waiting import wait_until

NOWHERE = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0, "message.max.bytes": 2000}


def test_a_full_queue_is_no_error() -> None:
    publisher = Publisher({**NOWHERE, "queue.buffering.max.messages": 2}, Metrics())
    answers: list[KafkaError | None] = []
    taken = [publisher.produce(Record("t", b"k", b"v"), answers.append) for _ in range(3)]
    assert taken == [True, True, False]
    assert publisher.flush(0.01) > 0
    publisher.discard()
    publisher.poll(1.0)
    assert [answer.name() for answer in answers if answer] == ["_PURGE_QUEUE"] * 2


def test_a_record_that_is_too_large_is_refused_at_once_and_counted() -> None:
    metrics = Metrics()
    publisher = Publisher(NOWHERE, metrics)
    answers: list[KafkaError | None] = []
    assert publisher.produce(Record("t", b"k", bytes(3000)), answers.append)
    assert [answer.code() for answer in answers if answer] == [KafkaError.MSG_SIZE_TOO_LARGE]
    labels = {"topic": "t", "status": "failed"}
    name = "platestream_records_published_total"
    assert metrics.registry.get_sample_value(name, labels) == 1


def test_a_record_that_no_broker_takes_in_time_is_not_refused() -> None:
    metrics = Metrics()
    publisher = Publisher({**NOWHERE, "message.timeout.ms": 10}, metrics)
    answers: list[KafkaError | None] = []
    publisher.produce(Record("t", b"k", b"v"), answers.append)
    publisher.flush(30)
    name = "platestream_records_published_total"

    assert [answer.name() for answer in answers if answer] == ["_MSG_TIMED_OUT"]
    value = metrics.registry.get_sample_value
    assert value(name, {"topic": "t", "status": "unanswered"}) == 1
    assert not value(name, {"topic": "t", "status": "failed"})


def test_a_topic_that_acknowledges_nothing_is_named_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_OVERDUE_SECONDS", 0.05)
    publisher = Publisher(NOWHERE, Metrics())
    publisher.produce(Record("gone", b"", b""), lambda _: None)
    with capture_logs() as said:

        def told() -> bool:
            publisher.poll(0.01)
            return any(line["event"] == "records_unanswered" for line in said)

        wait_until(told, "the warning")
    assert [line["topic"] for line in said if line["event"] == "records_unanswered"] == ["gone"]
    publisher.discard()
