"""The way of a frame between consumer and delivery: ledgers, budget, pipeline.

Single-threaded but for one thing: the pipeline's threads append to ``_finished``.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from functools import partial

import structlog
from confluent_kafka import Message

from platestream.bus.configuration.failures import (
    DeadLetterSettings,
    RetrySettings,
    StaleFrameSettings,
)
from platestream.bus.delivery.protocol import Delivery, FinishedFrame
from platestream.bus.delivery.publisher import Record
from platestream.bus.flow.dead_letters import DeadLetterLimit
from platestream.bus.flow.holding import BlockedFrames
from platestream.bus.flow.in_flight import (
    InFlightFrame,
    InFlightFrames,
    count_consumed,
    count_delivered,
)
from platestream.bus.flow.messages import RecordBuilder, place_of
from platestream.bus.flow.submission import Submission
from platestream.bus.flow.traces import begin_trace
from platestream.bus.partitions import Ledgers, Partition
from platestream.contract.avro import SchemaStore
from platestream.contract.messages import MessageLimits
from platestream.stream.budget import InFlightBudget
from platestream.stream.ledger import Entry, PartitionLedger
from platestream.stream.outcome import FrameOutcome
from platestream.stream.pipeline import Pipeline
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


class FrameFlow:
    """Takes messages in, hands finished frames out in source order, keeps account of both.

    Args:
        pipeline: Reads the frames.
        ledgers: The ledgers of the partitions that are ours; kept here, seen by others.
        budget: What may be in flight.
        records: Makes records of outcomes.
        store: Where Avro schemas are looked up.
        limits: Bounds of a message.
        keep_payload: Whether a failure carries its message's value.
        metrics: Where frames are counted.
        watch: Told of each outcome as it is known.
        dead_letters: When failing frames end the service.
        retries: How long frames may wait for a host or registry that is away.
        stale: Which frames are too old to be read.

    Attributes:
        blocked: Frames that must wait for a host or registry that is away.
    """

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        ledgers: Ledgers,
        budget: InFlightBudget,
        records: RecordBuilder,
        store: SchemaStore,
        limits: MessageLimits,
        keep_payload: bool,
        metrics: Metrics,
        watch: Callable[[FrameOutcome], None] | None = None,
        dead_letters: DeadLetterSettings | None = None,
        retries: RetrySettings | None = None,
        stale: StaleFrameSettings | None = None,
    ) -> None:
        self._ledgers = ledgers
        self._budget = budget
        self._records = records
        self._keep_payload = keep_payload
        self._metrics = metrics
        self._watch = watch
        self._limit = DeadLetterLimit(dead_letters or DeadLetterSettings())
        self.blocked = BlockedFrames(retries or RetrySettings(), ledgers)
        self._submission = Submission(
            pipeline,
            store=store,
            limits=limits,
            outages=self.blocked.outages,
            stale=stale or StaleFrameSettings(),
        )
        self._frames = InFlightFrames(budget)
        self._finished: deque[InFlightFrame] = deque()
        self._delivery: Delivery

    def connect(self, delivery: Delivery) -> None:
        """Hand finished frames to ``delivery`` from now on."""
        self._delivery = delivery

    @property
    def in_flight(self) -> int:
        """Frames that were taken in and are neither delivered nor dropped."""
        return self._budget.frames

    @property
    def finished_waiting(self) -> bool:
        """Whether :meth:`step` has something to do at once."""
        return bool(self._finished)

    def busy(self, partitions: Collection[Partition]) -> bool:
        """Whether a frame of ``partitions`` is not delivered yet, and is not to be tried again."""
        return any(
            len(self._ledgers[p]) and not self.blocked.at_head(p)
            for p in partitions
            if p in self._ledgers
        )

    def next_offset(self, partition: Partition) -> int | None:
        """The offset that ``partition`` is read from next, as far as it is known."""
        return self._ledgers[partition].next_offset if partition in self._ledgers else None

    # -- in ---------------------------------------------------------------------------------------

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Open ledgers for partitions that are ours now."""
        for partition in partitions:
            self._ledgers[partition] = PartitionLedger()
            self.blocked.assign(partition)

    def take(self, message: Message) -> None:
        """Take a message in. Whatever is in it, it gets an outcome, or its partition is dropped.

        Raises:
            PipelineFullError: If the pipeline takes no more; nothing was taken in.
            ReaderBrokenError: If the reader is broken.
        """
        partition, offset = place_of(message)
        ledger = self._ledgers.get(partition)
        if ledger is None:  # of a partition that was taken away between fetch and poll
            return
        if ledger.last_added is not None and offset <= ledger.last_added:
            # The topic was made anew, or the log was cut: what is in flight belongs to the past.
            _log.warning("source_went_back", topic=partition.topic, partition=partition.number)
            self.drop([partition], "went_back")
            self.assign([partition])
            ledger = self._ledgers[partition]
        value = message.value() if self._keep_payload else None
        size = len(message) + len(value or b"")
        trace = begin_trace(message)
        future, needs = self._submission.submit(message, trace)
        count_consumed(self._metrics, size)
        entry = ledger.add(offset)
        frame = InFlightFrame(partition, entry, size, payload=value, needs=needs, future=future)
        frame.trace = trace
        self._frames.add(frame)
        future.add_done_callback(partial(self._note_finished, frame))

    def _note_finished(self, frame: InFlightFrame, future: Future[FrameOutcome]) -> None:
        self._finished.append(frame)
        if self._watch is not None and not future.cancelled() and future.exception() is None:
            self._watch(future.result())

    # -- out --------------------------------------------------------------------------------------

    def step(self) -> None:
        """Hand on what finished, let the delivery get on.

        Raises:
            ReaderBrokenError: If the reader is broken.
            DeliveryError: If frames cannot be delivered.
            DeadLetterLimitError: If so much fails that it cannot be the frames.
        """
        touched: set[Partition] = set()
        while self._finished:
            frame = self._finished.popleft()
            frame.through = True
            if frame.entry.dropped or frame.future is None:
                self._frames.forget(frame)
                continue
            outcome = frame.future.result()
            if self.blocked.must_wait(frame, outcome):
                continue
            frame.entry.finish(outcome)
            touched.add(frame.partition)
        for partition in touched:
            if (ledger := self._ledgers.get(partition)) is not None:
                released = [self._finish(partition, entry) for entry in ledger.release()]
                for finished in released:
                    self.blocked.passed(partition, finished.entry.offset)
                    self._limit.note(finished.outcome)
                self._delivery.submit(released)
        self._delivery.step()
        self._metrics.in_flight_frames.set(self._budget.frames)
        self._metrics.in_flight_bytes.set(self._budget.bytes)

    def _finish(self, partition: Partition, entry: Entry[FrameOutcome]) -> FinishedFrame:
        if entry.item is None:
            raise RuntimeError("a released entry has an outcome")
        payload = self._frames[entry].payload
        outcome, records = self._records.build(entry.item, payload)
        return FinishedFrame(partition, entry, outcome, records, partial(self._refused, outcome))

    def _refused(self, outcome: FrameOutcome) -> tuple[FrameOutcome, Sequence[Record]]:
        """What a frame ends in whose records a broker refused."""
        outcome, records = self._records.last_resort(outcome)
        self._limit.refused(outcome)
        return outcome, records

    def delivered(self, frame: FinishedFrame) -> None:
        """Account for a frame whose records are all acknowledged; the delivery calls it."""
        self._limit.delivered(frame.outcome)
        count_delivered(self._metrics, frame)
        self._frames.forget(self._frames[frame.entry])

    # -- letting go -------------------------------------------------------------------------------

    def park(self, partition: Partition, offset: int, reason: str = "waiting") -> None:
        """Let go of what is in flight of a partition, which will be read from ``offset``."""
        self.drop([partition], reason)
        self._ledgers[partition] = PartitionLedger(offset)

    def drop(self, partitions: Iterable[Partition], reason: str) -> None:
        """Give partitions up: cancel their frames, forget what is not sent, commit nothing."""
        gone: Sequence[Partition] = [p for p in partitions if p in self._ledgers]
        dropped = sum(self._ledgers.pop(partition).drop() for partition in gone)
        self.blocked.forget(gone)
        self._limit.forget(gone)
        self._metrics.presence.forget(gone)
        self._delivery.drop(gone)
        self._frames.cancel(gone)
        if dropped:
            self._metrics.frames_dropped.labels(reason).inc(dropped)
            _log.info("frames_dropped", reason=reason, frames=dropped)
