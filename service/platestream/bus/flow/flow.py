"""The way of a frame between consumer and delivery: ledgers, budget, pipeline.

Single-threaded but for one thing: the pipeline's threads append to ``_finished``.
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from functools import partial

import structlog
from confluent_kafka import Message

from platestream.bus.delivery.protocol import Delivery, FinishedFrame
from platestream.bus.delivery.records import RecordBuilder
from platestream.bus.flow.dead_letters import DeadLetterLimit
from platestream.bus.flow.message import host_of, identify, open_message, schema_of, source_of
from platestream.bus.flow.outages import OutageBook
from platestream.bus.partitions import Ledgers, Partition
from platestream.bus.registry import RegistryUnavailableError
from platestream.bus.settings import DeadLetterSettings, RetrySettings
from platestream.contract.avro import SchemaStore
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.messages import MessageLimits, RejectedFrameError
from platestream.contract.readings import ModelRef
from platestream.stream.budget import InFlightBudget
from platestream.stream.ledger import Entry, PartitionLedger
from platestream.stream.outcome import FrameOutcome, now_ms
from platestream.stream.pipeline import Pipeline
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)

_NO_REGISTRY = "The schema of the message could not be looked up."


class UnreadableYetError(FrameError):
    """A message that cannot be opened while the schema registry is away."""

    @property
    def transient(self) -> bool:
        """Always: the registry is at fault."""
        return True


class _Travelling:
    """A frame between consumption and delivery."""

    __slots__ = ("entry", "future", "needs", "partition", "payload", "size", "through")

    def __init__(
        self,
        partition: Partition,
        entry: Entry[FrameOutcome],
        size: int,
        payload: bytes | None,
    ) -> None:
        self.partition = partition
        self.entry = entry
        self.size = size
        self.payload = payload
        self.future: Future[FrameOutcome] | None = None
        self.needs: str | None = None  # what it needs from elsewhere, that could be away
        self.through = False  # whether the pipeline is done with it


class FrameFlow:
    """Takes messages in, hands finished frames out in source order, keeps account of both.

    Args:
        pipeline: Reads the frames.
        ledgers: The ledgers of the partitions that are ours; kept here, seen by others.
        budget: What may be in flight.
        records: Makes records of outcomes.
        store: Where Avro schemas are looked up.
        limits: Bounds of a message.
        model: Named by failures of frames that never reached the reader.
        keep_payload: Whether a failure carries its message's value.
        metrics: Where frames are counted.
        watch: Told of each outcome as it is known.
        dead_letters: When failing frames end the service.
        retries: How long frames may wait for a host or registry that is away.
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
        model: ModelRef,
        keep_payload: bool,
        metrics: Metrics,
        watch: Callable[[FrameOutcome], None] | None = None,
        dead_letters: DeadLetterSettings | None = None,
        retries: RetrySettings | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._ledgers = ledgers
        self._budget = budget
        self._records = records
        self._store = store
        self._limits = limits
        self._model = model
        self._keep_payload = keep_payload
        self._metrics = metrics
        self._watch = watch
        self._limit = DeadLetterLimit(dead_letters or DeadLetterSettings())
        self._outages = OutageBook(retries or RetrySettings())
        self._stuck: dict[Partition, _Travelling] = {}  # the oldest frame of each that must wait
        self._travelling: dict[Entry[FrameOutcome], _Travelling] = {}
        self._finished: deque[_Travelling] = deque()
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
            len(self._ledgers[p]) and not self._at_stuck(p)
            for p in partitions
            if p in self._ledgers
        )

    def _at_stuck(self, partition: Partition) -> bool:
        """Whether all before the frame that must wait is delivered."""
        stuck = self._stuck.get(partition)
        return stuck is not None and self._ledgers[partition].head is stuck.entry

    # -- in ---------------------------------------------------------------------------------------

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Open ledgers for partitions that are ours now."""
        for partition in partitions:
            self._ledgers[partition] = PartitionLedger()

    def take(self, message: Message) -> None:
        """Take a message in. Whatever is in it, it gets an outcome, or its partition is dropped.

        Raises:
            PipelineFullError: If the pipeline takes no more; nothing was taken in.
            ReaderBrokenError: If the reader is broken.
        """
        source = source_of(message)
        partition = Partition(source.topic, source.partition)
        ledger = self._ledgers.get(partition)
        if ledger is None:  # of a partition that was taken away between fetch and poll
            return
        if ledger.last_added is not None and source.offset <= ledger.last_added:
            # The topic was made anew, or the log was cut: what is in flight belongs to the past.
            _log.warning("source_went_back", topic=source.topic, partition=source.partition)
            self.drop([partition], "went_back")
            self.assign([partition])
            ledger = self._ledgers[partition]
        value = message.value() if self._keep_payload else None
        size = len(message) + len(value or b"")
        needs: str | None = None
        try:
            frame = open_message(message, self._store, self._limits)
            if self._outages:
                self._outages.worked(schema_of(message))
            needs = host_of(frame)
            future = self._pipeline.submit(frame)
        except RejectedFrameError as rejected:
            future = Future()
            future.set_result(FrameOutcome.failed(rejected.frame, rejected.error, self._model))
        except RegistryUnavailableError:
            needs = schema_of(message)
            error = UnreadableYetError(ErrorCode.RECOGNITION_FAILED, _NO_REGISTRY)
            future = Future()
            future.set_result(
                FrameOutcome.failed(identify(message, self._limits), error, self._model)
            )
        self._count_in(size)
        travelling = self._travel(partition, ledger.add(source.offset), size, value)
        travelling.needs = needs
        travelling.future = future
        future.add_done_callback(partial(self._note_finished, travelling))

    def _travel(
        self, partition: Partition, entry: Entry[FrameOutcome], size: int, payload: bytes | None
    ) -> _Travelling:
        travelling = _Travelling(partition, entry, size, payload)
        self._travelling[entry] = travelling
        self._budget.take(size)
        return travelling

    def _count_in(self, size: int) -> None:
        self._metrics.frames_consumed.inc()
        self._metrics.frame_bytes.inc(size)

    def _note_finished(self, travelling: _Travelling, future: Future[FrameOutcome]) -> None:
        self._finished.append(travelling)
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
            travelling = self._finished.popleft()
            travelling.through = True
            if travelling.entry.dropped or travelling.future is None:
                self._forget(travelling)
                continue
            outcome = travelling.future.result()
            if self._must_wait(travelling, outcome):
                continue
            travelling.entry.finish(outcome)
            touched.add(travelling.partition)
        for partition in touched:
            if (ledger := self._ledgers.get(partition)) is not None:
                released = [self._finish(partition, entry) for entry in ledger.release()]
                for frame in released:
                    self._limit.note(frame.outcome)
                self._delivery.submit(released)
        self._delivery.step()
        self._metrics.in_flight_frames.set(self._budget.frames)
        self._metrics.in_flight_bytes.set(self._budget.bytes)

    # -- frames that must wait ------------------------------------------------------------------

    def _must_wait(self, travelling: _Travelling, outcome: FrameOutcome) -> bool:
        """Whether a frame failed for want of something that is away, and may be tried again."""
        if travelling.needs is None:
            return False
        if not outcome.transient:
            self._outages.worked(travelling.needs)
            return False
        if not self._outages.failed(travelling.needs, time.monotonic()):
            return False
        oldest = self._stuck.get(travelling.partition)
        if oldest is None or travelling.entry.offset < oldest.entry.offset:
            self._stuck[travelling.partition] = travelling
        return True

    @property
    def stuck(self) -> Collection[Partition]:
        """Partitions with a frame that must wait: nothing more of them should be taken in."""
        return self._stuck.keys()

    def to_park(self) -> list[tuple[Partition, int, float]]:
        """Partitions in which only what must wait is left; its offset, and for how many seconds."""
        return [
            (
                partition,
                frame.entry.offset,
                self._outages.pause(frame.needs or "", time.monotonic()),
            )
            for partition, frame in self._stuck.items()
            if self._at_stuck(partition) and not self._ledgers[partition].uncommitted
        ]

    def park(self, partition: Partition, offset: int) -> None:
        """Let go of what must wait, which will be read again from ``offset``."""
        self.drop([partition], "waiting")
        self._ledgers[partition] = PartitionLedger(offset)

    # -- out, continued ---------------------------------------------------------------------------

    def _finish(self, partition: Partition, entry: Entry[FrameOutcome]) -> FinishedFrame:
        if entry.item is None:
            raise RuntimeError("a released entry has an outcome")
        payload = self._travelling[entry].payload
        outcome, records = self._records.build(entry.item, payload)
        return FinishedFrame(
            partition, entry, outcome, records, partial(self._records.last_resort, outcome)
        )

    def delivered(self, frame: FinishedFrame) -> None:
        """Account for a frame whose records are all acknowledged; the delivery calls it."""
        outcome, metrics = frame.outcome, self._metrics
        metrics.frames_processed.labels(outcome.kind).inc()
        metrics.stage_seconds.labels("publish").observe(time.monotonic() - frame.released_at)
        captured = outcome.frame.captured_at
        # A camera whose clock is ahead would give negative times.
        metrics.end_to_end_seconds.observe(max(0.0, (now_ms() - captured) / 1000))
        if outcome.error is not None:
            metrics.frame_failures.labels(outcome.error.code.code).inc()
        for reading in outcome.readings or ():
            color = reading.plate_color.value
            metrics.plates.labels(color, str(reading.rows)).inc()
            metrics.plate_confidence.labels(color).observe(reading.confidence)
        self._forget(self._travelling[frame.entry])

    def drop(self, partitions: Iterable[Partition], reason: str) -> None:
        """Give partitions up: cancel their frames, forget what is not sent, commit nothing."""
        gone: Sequence[Partition] = [p for p in partitions if p in self._ledgers]
        dropped = sum(self._ledgers.pop(partition).drop() for partition in gone)
        for partition in gone:
            self._stuck.pop(partition, None)
        self._delivery.drop(gone)
        names = set(gone)
        for travelling in list(self._travelling.values()):
            if travelling.partition not in names:
                continue
            if travelling.through:
                self._forget(travelling)
            elif travelling.future is not None:
                # Its memory counts until the pipeline lets go of it, which the next steps see.
                travelling.future.cancel()
        if dropped:
            self._metrics.frames_dropped.labels(reason).inc(dropped)
            _log.info("frames_dropped", reason=reason, frames=dropped)

    def _forget(self, travelling: _Travelling) -> None:
        if self._travelling.pop(travelling.entry, None) is not None:
            self._budget.give_back(travelling.size)
        # The future's callback knows the frame, which knows the future: in a ring, the message
        # would stay in memory until the cycle collector comes by.
        travelling.future = None
