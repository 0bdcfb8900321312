"""What errors do to a transaction: the same call again, an abort, or the end of the service."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from platestream.bus.delivery import transactional
from platestream.bus.delivery.publisher import Record
from platestream.bus.errors import DeliveryError, FencedError, StartError
from tests.bus.delivery.desk import (
    HERE,
    Desk,
    abortable,
    end_of,
    error,
    retriable,
)


@pytest.mark.parametrize("call", ["send_offsets", "commit", "abort", "initialize"])
def test_a_call_whose_error_passes_is_made_again(call: str) -> None:
    desk = Desk()
    desk.broker.tell(call, retriable(), retriable())
    if call == "abort":
        desk.broker.tell("commit", abortable())
    desk.delivery.start()
    desk.delivery.submit([desk.finished(HERE, 0)])
    desk.settle()
    assert desk.values() == [b"0.0"]
    assert desk.broker.aborts == (call == "abort")


def test_offsets_that_cannot_be_sent_in_time_abort(desk: Desk) -> None:
    desk.broker.tell("send_offsets", *[retriable()] * 6)
    desk.delivery.submit([desk.finished(HERE, 0)])
    desk.settle()
    assert desk.broker.aborts >= 1
    assert desk.values() == [b"0.0"]


@pytest.mark.parametrize(
    "problem",
    [error(KafkaError.INVALID_TXN_STATE), error(KafkaError._FATAL, fatal=True)],
    ids=["unknown", "fatal"],
)
def test_an_error_of_no_documented_kind_ends_the_service(
    desk: Desk, problem: KafkaException
) -> None:
    desk.broker.tell("commit", problem)
    desk.delivery.submit([desk.finished(HERE, 0)])
    with pytest.raises(DeliveryError, match="no transaction succeeds"):
        desk.settle()
    assert desk.broker.aborts == 0
    assert desk.delivered == []
    assert desk.count("fatal") == 1


def test_a_commit_without_an_answer_is_not_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactional, "_GIVE_UP_SECONDS", 0.3)
    desk = Desk()
    desk.delivery.start()
    desk.broker.tell("commit", *[retriable()] * 100)
    desk.delivery.submit([desk.finished(HERE, 0)])
    with pytest.raises(DeliveryError, match="a commit without an answer"):
        desk.settle()
    assert desk.broker.aborts == 0
    assert desk.delivered == []


def test_aborts_without_end_end_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactional, "_GIVE_UP_SECONDS", 0.3)
    desk = Desk()
    desk.delivery.start()
    desk.broker.tell("send_offsets", *[abortable()] * 100)
    desk.delivery.submit([desk.finished(HERE, 0)])
    with pytest.raises(DeliveryError, match="no transaction was committed"):
        desk.settle()
    assert desk.values() == []


@pytest.mark.parametrize("call", ["send_offsets", "commit"])
def test_a_fenced_producer_says_who_is_to_blame(desk: Desk, call: str) -> None:
    desk.broker.tell(call, error(KafkaError._FENCED, fatal=True))
    desk.delivery.submit([desk.finished(HERE, 0)])
    with pytest.raises(FencedError, match=r"fenced as us: another replica"):
        desk.settle()
    assert desk.count("fenced") == 1


def test_a_producer_that_is_fenced_while_idle_ends_the_service(desk: Desk) -> None:
    desk.broker._fatal = KafkaError(KafkaError._FENCED, "gone", fatal=True)
    with pytest.raises(FencedError):
        desk.delivery.step()


def test_brokers_that_refuse_at_start_are_quoted() -> None:
    desk = Desk()
    desk.broker.tell("initialize", error(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED))
    with pytest.raises(StartError, match="no transactions as us: TRANSACTIONAL_ID_AUTH"):
        desk.delivery.start()


# A topic that may not be written to, as Kafka 4.1 and librdkafka 2.16 behave: the first that asks
# for its partitions is refused, and the abort may fail, since the brokers never began anything.


def test_a_topic_that_may_not_be_written_to_is_named_though_the_abort_fails(desk: Desk) -> None:
    desk.broker.tell("send_offsets", abortable(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    desk.broker.tell("abort", error(KafkaError.INVALID_TXN_STATE))
    desk.delivery.submit([desk.finished(HERE, 0)])
    reason = end_of(desk)
    assert reason.startswith("no transaction succeeds: TOPIC_AUTHORIZATION_FAILED: ")
    assert "records for plates" in reason
    assert "not aborted: INVALID_TXN_STATE" in reason


def test_what_no_new_transaction_mends_is_not_tried_again(desk: Desk) -> None:
    desk.broker.tell("commit", abortable(KafkaError.TOPIC_AUTHORIZATION_FAILED))
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert "TOPIC_AUTHORIZATION_FAILED" in end_of(desk)
    assert desk.broker.aborts == 1
    assert desk.delivered == []


@pytest.mark.parametrize(
    "code", [KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError._MSG_TIMED_OUT], ids=str
)
def test_what_spoilt_a_transaction_is_told_though_its_end_fails(desk: Desk, code: int) -> None:
    desk.broker.refuses = lambda _: True
    desk.broker.refusal = code
    desk.broker.tell("abort", error(KafkaError.INVALID_TXN_STATE))
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert f"a record for plates was not delivered: {KafkaError(code).name()}" in end_of(desk)


def test_records_that_time_out_name_every_topic_that_may_be_to_blame(desk: Desk) -> None:
    """After a topic was deleted, the records for the others are the first that time out."""
    frame = desk.finished(HERE, 0)
    results = Record("frames.results", b"1", b"0")
    desk.broker.refuses = lambda _: True
    desk.broker.refusal = KafkaError._MSG_TIMED_OUT
    desk.broker.tell("abort", error(KafkaError.INVALID_TXN_STATE))
    frame.records = [results, *frame.records]
    desk.delivery.submit([frame])
    assert "a record for frames.results or plates was not delivered" in end_of(desk)


def test_a_fence_that_is_found_by_the_abort_is_still_one(desk: Desk) -> None:
    desk.broker.tell("commit", abortable())
    desk.broker.tell("abort", error(KafkaError._FENCED, fatal=True))
    desk.delivery.submit([desk.finished(HERE, 0)])
    with pytest.raises(FencedError, match="fenced as us"):
        desk.settle()
