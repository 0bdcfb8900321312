"""Transactions, against a publisher that keeps what a broker would and fails as it is told."""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.bus.delivery import transactional
from platestream.bus.delivery.protocol import FinishedFrame
from platestream.bus.delivery.publisher import Acknowledge, Record
from platestream.bus.delivery.transactional import TransactionalDelivery
from platestream.bus.delivery.transactions import TransactionalPublisher
from platestream.bus.errors import DeliveryError, FencedError, StartError
from platestream.bus.partitions import Ledgers, Partition
from platestream.contract.errors import ErrorCode, FrameError
from platestream.stream.ledger import PartitionLedger
from platestream.stream.outcome import FrameOutcome
from platestream.telemetry.metrics import Metrics
from tests.stream.fakes import MODEL, frame, reading
from tests.stream.waiting import wait_until

HERE = Partition("frames", 0)
THERE = Partition("frames", 1)


def error(code: int, **flags: bool) -> KafkaException:
    return KafkaException(KafkaError(code, "told to", **flags))


def abortable(code: int = KafkaError.ILLEGAL_GENERATION) -> KafkaException:
    return error(code, txn_requires_abort=True)


def retriable(code: int = KafkaError._TIMED_OUT) -> KafkaException:
    return error(code, retriable=True)


class FakeTransactions(TransactionalPublisher):
    """One producer and its brokers: records and offsets become visible together, or never."""

    def __init__(self) -> None:  # no producer, so no super().__init__()
        self._fatal: KafkaError | None = None
        self.committed: list[Record] = []
        self.offsets: dict[Partition, int] = {}
        self.metadata: list[Any] = []
        self.aborts = 0
        self.errors: dict[str, list[KafkaException]] = {}
        self.refuses: Callable[[Record], bool] = lambda _: False
        self.room = 1000
        self.gate = threading.Event()
        self.gate.set()
        self.hangs_in = "send_offsets"  # the call that waits at the gate
        self.entered = threading.Event()
        self._open = False
        self._records: list[tuple[Record, Acknowledge]] = []
        self._pending: dict[Partition, int] = {}

    def tell(self, call: str, *errors: KafkaException) -> None:
        self.errors.setdefault(call, []).extend(errors)

    def _obey(self, call: str) -> None:
        if call == self.hangs_in:
            self.entered.set()
            assert self.gate.wait(30)
        if waiting := self.errors.get(call):
            raise waiting.pop(0)

    def initialize(self, timeout: float) -> None:  # noqa: ARG002
        self._obey("initialize")

    def begin(self) -> None:
        assert not self._open
        self._obey("begin")
        self._open, self._records, self._pending = True, [], {}

    def produce(self, record: Record, acknowledge: Acknowledge) -> bool:
        assert self._open
        if self.room == 0:
            self.room = 1000
            return False
        self.room -= 1
        self._records.append((record, acknowledge))
        return True

    def poll(self, timeout: float = 0.0) -> None:
        pass

    def send_offsets(
        self,
        offsets: Mapping[Partition, int],
        group_metadata: Any,
        timeout: float,  # noqa: ARG002
    ) -> None:
        assert self._open
        self._obey("send_offsets")
        self.metadata.append(group_metadata)
        self._pending = dict(offsets)

    def commit(self, timeout: float) -> None:  # noqa: ARG002
        assert self._open
        self._obey("commit")
        if any(self.refuses(record) for record, _ in self._records):
            for _, acknowledge in self._records:  # a broker refuses the whole batch
                acknowledge(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
            raise abortable(KafkaError.MSG_SIZE_TOO_LARGE)
        self._open = False
        self.committed.extend(record for record, _ in self._records)
        self.offsets.update(self._pending)

    def abort(self, timeout: float) -> None:  # noqa: ARG002
        assert self._open
        self._obey("abort")
        self._open = False
        self.aborts += 1


class Desk:
    """A delivery with its ledgers and brokers."""

    def __init__(self, linger: float = 0.0, max_frames: int = 100, timeout: float = 0.5) -> None:
        self.broker = FakeTransactions()
        self.metrics = Metrics()
        self.ledgers: Ledgers = {HERE: PartitionLedger(), THERE: PartitionLedger()}
        self.delivered: list[FinishedFrame] = []
        self.generation: int | None = 1
        self.delivery = TransactionalDelivery(
            publisher=self.broker,
            member=self,
            ledgers=self.ledgers,
            on_delivered=self.delivered.append,
            metrics=self.metrics,
            transactional_id="us",
            timeout=timeout,
            linger=linger,
            max_frames=max_frames,
            start_seconds=0.5,
        )

    def group_metadata(self) -> int | None:
        return self.generation

    def finished(self, partition: Partition, offset: int, records: int = 1) -> FinishedFrame:
        outcome = FrameOutcome.read(frame(offset), (reading(offset),) * records, MODEL)
        entry = self.ledgers[partition].add(offset)
        entry.finish(outcome)
        self.ledgers[partition].release()
        made = [
            Record("plates", b"%d" % partition.number, b"%d.%d" % (offset, n))
            for n in range(records)
        ]

        def fallback() -> tuple[FrameOutcome, list[Record]]:
            failure = FrameError(ErrorCode.RECOGNITION_FAILED)
            record = Record("frames.failed", b"%d" % partition.number, b"%d" % offset)
            return FrameOutcome.failed(frame(offset), failure, MODEL), [record]

        return FinishedFrame(partition, entry, outcome, made, fallback)

    def drop(self, partition: Partition) -> None:
        self.ledgers.pop(partition).drop()
        self.delivery.drop([partition])

    def settle(self) -> None:
        def settled() -> bool:
            self.delivery.step()
            return self.delivery.waiting == 0

        wait_until(settled, "the delivery of all frames")

    def values(self) -> list[bytes]:
        return [record.value for record in self.broker.committed]

    def count(self, outcome: str) -> float:
        name = "platestream_transactions_total"
        return self.metrics.registry.get_sample_value(name, {"outcome": outcome}) or 0.0


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.delivery.start()
    yield desk
    desk.broker.gate.set()
    desk.delivery.abort()


def test_records_and_offsets_of_all_partitions_go_together(desk: Desk) -> None:
    frames = [desk.finished(HERE, 4, 2), desk.finished(THERE, 7, 0), desk.finished(HERE, 9)]
    desk.delivery.submit(frames)
    desk.settle()
    assert desk.values() == [b"4.0", b"4.1", b"9.0"]
    assert desk.broker.offsets == {HERE: 10, THERE: 8}
    assert desk.delivered == frames
    assert not any(ledger.uncommitted for ledger in desk.ledgers.values())
    assert desk.count("committed") == 1


def test_a_transaction_gathers_until_it_is_full() -> None:
    desk = Desk(linger=60.0, max_frames=2)
    desk.delivery.start()
    desk.delivery.submit([desk.finished(HERE, n) for n in range(5)])

    def two_done() -> bool:
        desk.delivery.step()
        return len(desk.delivered) == 4

    wait_until(two_done, "two transactions")
    assert desk.broker.offsets == {HERE: 4}
    assert desk.delivery.waiting == 1
    desk.delivery.abort()
    assert desk.broker.aborts == 1
    assert desk.count("committed") == 2


def test_after_an_abort_the_same_frames_go_again_with_fresh_metadata(desk: Desk) -> None:
    desk.broker.tell("send_offsets", abortable())
    desk.delivery.submit([desk.finished(HERE, n, 2) for n in range(3)])
    desk.delivery.step()
    desk.generation = 2
    desk.settle()
    assert desk.values() == [b"0.0", b"0.1", b"1.0", b"1.1", b"2.0", b"2.1"]
    assert desk.broker.metadata == [2]
    assert (desk.count("aborted"), desk.count("committed")) == (1, 1)
    assert len(desk.delivered) == 3


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


def test_without_a_place_in_the_group_nothing_is_handed_over(desk: Desk) -> None:
    desk.generation = None
    desk.delivery.submit([desk.finished(HERE, 0)])
    for _ in range(5):
        desk.delivery.step()
    assert not desk.broker.entered.is_set()
    desk.generation = 3
    desk.settle()
    assert desk.broker.metadata == [3]


def test_a_drop_before_the_hand_over_aborts_and_the_others_go_again(desk: Desk) -> None:
    desk.generation = None  # so that the transaction stays open
    desk.delivery.submit([desk.finished(HERE, 0), desk.finished(THERE, 5), desk.finished(HERE, 1)])
    desk.delivery.step()
    desk.drop(HERE)
    desk.generation = 2
    desk.settle()
    assert desk.broker.aborts == 1
    assert desk.values() == [b"5.0"]
    assert desk.broker.offsets == {THERE: 6}


def test_a_drop_while_offsets_are_sent_aborts(desk: Desk) -> None:
    desk.broker.gate.clear()
    desk.delivery.submit([desk.finished(HERE, 0), desk.finished(THERE, 5)])
    desk.delivery.step()
    assert desk.broker.entered.wait(30)
    desk.drop(HERE)
    desk.broker.gate.set()
    desk.settle()
    assert desk.broker.aborts == 1
    assert desk.values() == [b"5.0"]
    assert desk.broker.offsets == {THERE: 6}


def test_a_refused_frame_costs_its_neighbours_nothing(desk: Desk) -> None:
    desk.broker.refuses = lambda record: record.value == b"1.1"
    desk.delivery.submit([desk.finished(HERE, n, 2) for n in range(3)])
    desk.settle()
    assert desk.values() == [b"0.0", b"0.1", b"1", b"2.0", b"2.1"]
    assert [f.outcome.kind for f in desk.delivered] == ["plates", "failed", "plates"]
    assert desk.broker.offsets == {HERE: 3}


def test_a_refused_failure_ends_the_service(desk: Desk) -> None:
    desk.broker.refuses = lambda _: True
    desk.delivery.submit([desk.finished(HERE, 0)])
    with pytest.raises(DeliveryError, match="shortest failure record"):
        desk.settle()
    assert desk.delivered == []


def test_a_full_producer_is_tried_again_and_nothing_is_sent_twice(desk: Desk) -> None:
    desk.broker.room = 3
    desk.delivery.submit([desk.finished(HERE, n, 2) for n in range(3)])
    desk.settle()
    assert desk.values() == [b"0.0", b"0.1", b"1.0", b"1.1", b"2.0", b"2.1"]


def test_brokers_that_refuse_at_start_are_quoted() -> None:
    desk = Desk()
    desk.broker.tell("initialize", error(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED))
    with pytest.raises(StartError, match="no transactions as us: TRANSACTIONAL_ID_AUTH"):
        desk.delivery.start()


def test_close_finishes_what_was_submitted(desk: Desk) -> None:
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert desk.delivery.close(10.0)
    assert desk.values() == [b"0.0"]


def test_close_aborts_what_it_cannot_finish(desk: Desk) -> None:
    desk.generation = None
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert not desk.delivery.close(0.2)
    assert desk.broker.aborts == 1
    assert desk.values() == []


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), frames=st.integers(1, 25), limit=st.integers(1, 6))
def test_under_any_faults_events_and_offsets_agree(seed: int, frames: int, limit: int) -> None:
    chance = random.Random(seed)
    monkey = pytest.MonkeyPatch()
    monkey.setattr(transactional, "_LONGEST_WAIT", 0.0)
    desk = Desk(max_frames=limit)
    desk.delivery.start()
    sizes = {(p, n): chance.randrange(3) for p in (HERE, THERE) for n in range(frames)}
    refused = {b"%d.0" % n for n in range(frames) if chance.random() < 0.1}
    desk.broker.refuses = lambda record: record.value in refused
    waiting = [desk.finished(p, n, sizes[p, n]) for n in range(frames) for p in (HERE, THERE)]
    dropped = False

    def done() -> bool:
        nonlocal dropped
        if waiting and chance.random() < 0.5:
            desk.delivery.submit([waiting.pop(0)])
        if chance.random() < 0.1:
            desk.broker.tell(chance.choice(["send_offsets", "commit"]), abortable())
        if not dropped and chance.random() < 0.03:
            dropped = True
            desk.drop(THERE)
            waiting[:] = [f for f in waiting if f.partition != THERE]
        if chance.random() < 0.1:
            desk.broker.room = chance.randrange(3)
        desk.delivery.step()
        return not waiting and desk.delivery.waiting == 0

    try:
        wait_until(done, "the delivery of all frames")
    finally:
        monkey.undo()
        desk.delivery.abort()
    assert desk.broker.offsets[HERE] == frames
    for partition in (HERE, THERE):
        expected: list[bytes] = []
        for n in range(desk.broker.offsets.get(partition, 0)):
            values = [b"%d.%d" % (n, i) for i in range(sizes[partition, n])]
            expected += [b"%d" % n] if refused.intersection(values) else values
        key = b"%d" % partition.number
        assert [r.value for r in desk.broker.committed if r.key == key] == expected


def end_of(desk: Desk) -> str:
    """Step until the delivery ends the service; why it does."""
    reasons: list[str] = []

    def ended() -> bool:
        try:
            desk.delivery.step()
        except DeliveryError as reason:
            reasons.append(str(reason))
        return bool(reasons)

    wait_until(ended, "the end of the service")
    return reasons[0]


@pytest.mark.parametrize("call", ["send_offsets", "commit", "abort"])
def test_a_client_that_does_not_come_back_from_a_call_ends_the_service(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(transactional, "_HANG_SECONDS", 0.0)
    desk.broker.hangs_in = call
    desk.broker.gate.clear()
    if call == "abort":
        desk.broker.tell("commit", abortable())
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert f"does not come back from {call}" in end_of(desk)
    desk.broker.gate.set()


def test_frames_that_can_neither_be_proven_ours_nor_are_dropped_end_the_service() -> None:
    desk = Desk(timeout=0.01)
    desk.generation = None
    desk.delivery.submit([desk.finished(HERE, 0)])
    assert "no place in the group" in end_of(desk)


def test_a_member_that_finds_its_place_again_goes_on(desk: Desk) -> None:
    desk.generation = None
    desk.delivery.submit([desk.finished(HERE, 0)])
    desk.delivery.step()
    desk.generation = 2
    desk.settle()
    assert (desk.broker.offsets, desk.broker.metadata) == ({HERE: 1}, [2])
