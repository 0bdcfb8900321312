"""At least once: publish, wait for every acknowledgement, then commit."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

import structlog
from confluent_kafka import KafkaError

from platestream.bus.delivery.protocol import FinishedFrame
from platestream.bus.delivery.publisher import Publisher
from platestream.bus.errors import RECORD_ERRORS, DeliveryError
from platestream.bus.partitions import Ledgers, Partition

_log = structlog.get_logger(__name__)


class AtLeastOnceDelivery:
    """Publishes, waits for every acknowledgement, then commits.

    Args:
        publisher: Where records go.
        commit_offsets: Commits offsets for the group, and waits for the answer or not.
        ledgers: The ledgers of the partitions that are ours.
        on_delivered: Called for each frame that is delivered.
        commit_interval: Seconds between two commits.
    """

    def __init__(
        self,
        *,
        publisher: Publisher,
        commit_offsets: Callable[[Mapping[Partition, int], bool], None],
        ledgers: Ledgers,
        on_delivered: Callable[[FinishedFrame], None],
        commit_interval: float,
    ) -> None:
        self._publisher = publisher
        self._commit_offsets = commit_offsets
        self._ledgers = ledgers
        self._on_delivered = on_delivered
        self._commit_interval = commit_interval
        self._next_commit = 0.0
        self._outbox: deque[FinishedFrame] = deque()
        self._on_the_wire = 0
        self._failure: DeliveryError | None = None
        self._aborted = False

    @property
    def waiting(self) -> int:
        """Frames that were submitted and are not delivered."""
        return len(self._outbox) + self._on_the_wire

    def start(self) -> None:
        """Nothing to do: the producer connects by itself."""

    def submit(self, frames: Iterable[FinishedFrame]) -> None:
        """Take frames; those of one partition in source order."""
        for frame in frames:
            if frame.records:
                self._outbox.append(frame)
            else:  # a frame without a plate: nothing to wait for
                self._deliver(frame)

    def step(self) -> None:
        """Send what the producer takes, serve acknowledgements, commit when it is time.

        Raises:
            DeliveryError: If a record was lost for good or the producer is beyond repair.
        """
        self._publisher.poll()
        self._send()
        if self._failure is None and self._publisher.fatal is not None:
            self._failure = DeliveryError(f"the producer failed: {self._publisher.fatal.str()}")
        if self._failure is not None:
            raise self._failure
        now = time.monotonic()
        if now >= self._next_commit:
            self._next_commit = now + self._commit_interval
            self.commit(tuple(self._ledgers), wait=False)

    def commit(self, partitions: Collection[Partition], *, wait: bool) -> None:
        """Commit what is delivered of ``partitions``, now; ``wait`` for the answer or not."""
        offsets: dict[Partition, int] = {}
        for partition in partitions:
            ledger = self._ledgers.get(partition)
            if ledger is None:
                continue
            if (passed := ledger.passed) is not None:
                offsets[partition] = passed
            elif ledger.uncommitted and ledger.committable is not None:
                offsets[partition] = ledger.committable
        if offsets:
            self._commit_offsets(offsets, wait)

    def drop(self, partitions: Collection[Partition]) -> None:
        """Forget the unsent frames of ``partitions``; what is on the wire may still arrive."""
        gone = set(partitions)
        kept: deque[FinishedFrame] = deque()
        for frame in self._outbox:
            if frame.partition not in gone:
                kept.append(frame)
            elif frame.unacknowledged:  # half-way: it leaves the count with its last answer
                self._put_on_the_wire(frame)
        self._outbox = kept

    def close(self, timeout: float) -> bool:
        """Flush and close. Returns whether everything submitted was delivered."""
        deadline = time.monotonic() + timeout
        while self._outbox and self._failure is None and time.monotonic() < deadline:
            self._send()
            self._publisher.poll(0.05)
        left = self._publisher.flush(max(0.0, deadline - time.monotonic()))
        if left or self._outbox:
            _log.warning("records_not_flushed", records=left, frames=self.waiting)
            self.abort()
            return False
        return self._failure is None

    def abort(self) -> None:
        """Close at once and throw away what is not delivered."""
        self._aborted = True
        self._outbox.clear()
        self._publisher.discard()

    def _send(self) -> None:
        while self._outbox and self._failure is None:
            frame = self._outbox[0]
            while frame.sent < len(frame.records):
                # Counted before it is handed over: a refusal is acknowledged inside produce().
                frame.sent += 1
                frame.unacknowledged += 1
                record = frame.records[frame.sent - 1]
                acknowledge = partial(self._acknowledge, frame, record.topic)
                if not self._publisher.produce(record, acknowledge):
                    frame.sent -= 1
                    frame.unacknowledged -= 1
                    return
            self._outbox.popleft()
            self._put_on_the_wire(frame)
            self._settle(frame)

    def _put_on_the_wire(self, frame: FinishedFrame) -> None:
        frame.on_the_wire = True
        self._on_the_wire += 1

    def _acknowledge(self, frame: FinishedFrame, topic: str, error: KafkaError | None) -> None:
        frame.unacknowledged -= 1
        if self._aborted:
            return
        if error is not None and not frame.entry.dropped:
            if error.code() in RECORD_ERRORS and frame.fallback is not None:
                frame.refused = True
            else:
                self._failure = self._failure or DeliveryError(
                    f"a record for {topic} was not delivered: {error.name()}: {error.str()}"
                )
        if frame.on_the_wire:  # else some of its records are still to be sent
            self._settle(frame)

    def _settle(self, frame: FinishedFrame) -> None:
        """Finish a frame that is sent as a whole, once its last acknowledgement is here."""
        if frame.unacknowledged or self._failure is not None:
            return
        self._on_the_wire -= 1
        frame.on_the_wire = False
        if frame.refused and frame.fallback is not None and not frame.entry.dropped:
            _log.warning("record_refused", topic=frame.records[0].topic)
            frame.outcome, frame.records = frame.fallback()
            frame.fallback, frame.refused, frame.sent = None, False, 0
            self._outbox.appendleft(frame)
        else:
            self._deliver(frame)

    def _deliver(self, frame: FinishedFrame) -> None:
        if frame.entry.dropped:
            return
        frame.entry.deliver()
        self._on_delivered(frame)
