"""A transactional delivery on brokers that keep what they are given and fail as they are told."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from platestream.bus.delivery.protocol import FinishedFrame
from platestream.bus.delivery.publisher import Acknowledge, Record, TransactionalPublisher
from platestream.bus.delivery.transactional import TransactionalDelivery
from platestream.bus.errors import DeliveryError
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
        self.refusal = KafkaError.MSG_SIZE_TOO_LARGE
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

    def warn_of_unacknowledged(self) -> None:
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
                acknowledge(KafkaError(self.refusal))
            raise abortable(self.refusal)
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
            group_metadata=self.group_metadata,
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
