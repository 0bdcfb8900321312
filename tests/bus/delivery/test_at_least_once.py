"""The seam, against a publisher that acknowledges when and how the test says."""

import random
from collections.abc import Mapping

import pytest
from confluent_kafka import KafkaError
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.bus.delivery.at_least_once import AtLeastOnceDelivery
from platestream.bus.delivery.protocol import FinishedFrame
from platestream.bus.delivery.publisher import Record
from platestream.bus.errors import DeliveryError
from platestream.bus.partitions import Ledgers, Partition
from platestream.contract.errors import ErrorCode, FrameError
from platestream.stream.ledger import PartitionLedger
from platestream.stream.outcome import FrameOutcome
from tests.bus.delivery.publisher import FakePublisher
from tests.stream.fakes import MODEL, frame, reading

HERE = Partition("frames", 0)
THERE = Partition("frames", 1)


class Desk:
    """A delivery with its ledgers, and the commits it asked for."""

    def __init__(self, publisher: FakePublisher, interval: float = 0.0) -> None:
        self.publisher = publisher
        self.ledgers: Ledgers = {HERE: PartitionLedger(), THERE: PartitionLedger()}
        self.commits: list[tuple[Partition, int]] = []
        self.delivered: list[FinishedFrame] = []
        self.delivery = AtLeastOnceDelivery(
            publisher=publisher,
            commit_offsets=lambda offsets, wait: self.commit(offsets, wait=wait),
            ledgers=self.ledgers,
            on_delivered=self.delivered.append,
            commit_interval=interval,
        )

    def commit(self, offsets: Mapping[Partition, int], *, wait: bool) -> None:  # noqa: ARG002
        for partition, offset in offsets.items():
            self.commits.append((partition, offset))
            self.ledgers[partition].note_committed(offset)

    def finished(self, partition: Partition, offset: int, records: int) -> FinishedFrame:
        outcome = FrameOutcome.read(frame(offset), (reading(offset),) * records, MODEL)
        entry = self.ledgers[partition].add(offset)
        entry.finish(outcome)
        self.ledgers[partition].release()
        made = [Record("plates", b"k", f"{offset}.{n}".encode()) for n in range(records)]
        return FinishedFrame(partition, entry, outcome, made, lambda: self.failed(offset))

    def failed(self, offset: int) -> tuple[FrameOutcome, list[Record]]:
        error = FrameError(ErrorCode.RECOGNITION_FAILED)
        outcome = FrameOutcome.failed(frame(offset), error, MODEL)
        return outcome, [Record("frames.failed", b"k", str(offset).encode())]


def test_an_offset_counts_when_all_records_are_acknowledged() -> None:
    desk = Desk(FakePublisher())
    desk.delivery.submit([desk.finished(HERE, 4, records=2)])
    desk.delivery.step()
    desk.publisher.acknowledge()
    desk.delivery.step()
    assert desk.commits == []
    assert desk.delivery.waiting == 1
    desk.publisher.acknowledge()
    desk.delivery.step()
    assert desk.commits == [(HERE, 5)]
    assert desk.delivery.waiting == 0


def test_a_frame_without_records_waits_for_those_before_it() -> None:
    desk = Desk(FakePublisher())
    desk.delivery.submit([desk.finished(HERE, 0, records=1), desk.finished(HERE, 1, records=0)])
    desk.delivery.step()
    assert desk.commits == []
    desk.publisher.acknowledge()
    desk.delivery.step()
    assert desk.commits == [(HERE, 2)]


def test_a_full_producer_is_tried_again_and_nothing_is_sent_twice() -> None:
    desk = Desk(FakePublisher(room=1))
    desk.delivery.submit([desk.finished(HERE, n, records=2) for n in range(3)])
    for _ in range(6):
        desk.delivery.step()
        desk.publisher.acknowledge()
    desk.delivery.step()
    assert [record.value for record in desk.publisher.sent] == [
        b"0.0", b"0.1", b"1.0", b"1.1", b"2.0", b"2.1",
    ]  # fmt: skip
    assert desk.commits[-1] == (HERE, 3)


def test_a_lost_record_ends_the_delivery_and_commits_nothing() -> None:
    desk = Desk(FakePublisher())
    desk.delivery.submit([desk.finished(HERE, 0, records=2)])
    desk.delivery.step()
    desk.publisher.acknowledge(code=KafkaError._MSG_TIMED_OUT)
    desk.publisher.acknowledge()
    with pytest.raises(DeliveryError, match="MSG_TIMED_OUT"):
        desk.delivery.step()
    assert desk.commits == []
    assert desk.delivered == []


def test_a_failed_producer_ends_the_delivery() -> None:
    desk = Desk(FakePublisher())
    desk.publisher._fatal = KafkaError(KafkaError._FATAL, "gone")
    with pytest.raises(DeliveryError, match="gone"):
        desk.delivery.step()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_refused_record_becomes_a_failure_of_its_frame(at_once: bool) -> None:
    desk = Desk(FakePublisher())
    code = KafkaError.MSG_SIZE_TOO_LARGE
    if at_once:
        desk.publisher.refuse_at_once = lambda r: KafkaError(code) if r.value == b"0.1" else None
    desk.delivery.submit([desk.finished(HERE, 0, records=2), desk.finished(HERE, 1, records=1)])
    desk.delivery.step()
    if not at_once:
        desk.publisher.acknowledge(1, code)
    while desk.publisher.open:
        desk.publisher.acknowledge()
        desk.delivery.step()
    assert [record.topic for record in desk.publisher.sent] == [
        "plates", "plates", "plates", "frames.failed",
    ]  # fmt: skip
    assert sorted(f.outcome.kind for f in desk.delivered) == ["failed", "plates"]
    assert desk.commits[-1] == (HERE, 2)


def test_a_refused_failure_ends_the_delivery() -> None:
    desk = Desk(FakePublisher())
    desk.delivery.submit([desk.finished(HERE, 0, records=1)])
    desk.delivery.step()
    desk.publisher.acknowledge(code=KafkaError.MSG_SIZE_TOO_LARGE)
    desk.delivery.step()
    desk.publisher.acknowledge(code=KafkaError.MSG_SIZE_TOO_LARGE)
    with pytest.raises(DeliveryError):
        desk.delivery.step()


def test_dropped_partitions_are_neither_sent_nor_committed() -> None:
    desk = Desk(FakePublisher(room=1))
    desk.delivery.submit([desk.finished(HERE, 0, records=2), desk.finished(THERE, 0, records=1)])
    desk.delivery.step()  # the first record of the first frame is on the wire
    desk.ledgers.pop(HERE).drop()
    desk.delivery.drop([HERE])
    desk.publisher.acknowledge()
    desk.delivery.step()
    desk.publisher.acknowledge()
    desk.delivery.step()
    assert [record.value for record in desk.publisher.sent] == [b"0.0", b"0.0"]
    assert desk.commits == [(THERE, 1)]
    assert desk.delivery.waiting == 0
    assert desk.delivery.close(1.0)


def test_close_tells_when_something_is_left() -> None:
    desk = Desk(FakePublisher())
    desk.delivery.submit([desk.finished(HERE, 0, records=1)])
    desk.delivery.step()
    assert not desk.delivery.close(0.0)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), room=st.integers(1, 5), frames=st.integers(1, 25))
def test_no_commit_runs_ahead_of_an_acknowledgement(seed: int, room: int, frames: int) -> None:
    chance = random.Random(seed)
    desk = Desk(FakePublisher(room))
    sizes = [chance.randrange(4) for _ in range(frames)]
    acknowledged: dict[int, int] = dict.fromkeys(range(frames), 0)
    waiting = [desk.finished(HERE, n, size) for n, size in enumerate(sizes)]
    while waiting or desk.publisher.open or desk.delivery.waiting:
        if waiting and chance.random() < 0.4:
            desk.delivery.submit([waiting.pop(0)])
        if desk.publisher.open and chance.random() < 0.7:
            index = chance.randrange(len(desk.publisher.open))
            offset = int(desk.publisher.open[index][0].value.split(b".")[0])
            desk.publisher.acknowledge(index)
            acknowledged[offset] += 1
        desk.delivery.step()
        if desk.commits:
            _, committed = desk.commits[-1]
            assert all(acknowledged[n] == sizes[n] for n in range(committed))
    assert desk.commits[-1] == (HERE, frames)
    assert [int(r.value.split(b".")[0]) for r in desk.publisher.sent] == [
        n for n, size in enumerate(sizes) for _ in range(size)
    ]
