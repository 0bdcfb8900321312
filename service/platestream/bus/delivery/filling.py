"""The transaction that is being filled, its frames, and those that wait for the next one.

Frames are taken from the outbox in order, their records produced in order. After an abort those
that are still ours go back to the head of the outbox, so the next transaction has them again.
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException

from platestream.bus.delivery.protocol import FinishedFrame
from platestream.bus.delivery.publisher import TransactionalPublisher
from platestream.bus.delivery.retries import HOPELESS, Backoff, StuckTimer
from platestream.bus.errors import RECORD_ERRORS, DeliveryError, error_of
from platestream.bus.partitions import Partition

_log = structlog.get_logger(__name__)


class TransactionFrames:
    """Gathers frames, sends their records, and takes them back.

    Attributes:
        spoilt: Why the open transaction must not be committed; None while it may.
        failure: Why no transaction will do; None while one may.

    Args:
        publisher: Where records go.
        max_frames: Most frames of a transaction.
    """

    def __init__(self, publisher: TransactionalPublisher, max_frames: int) -> None:
        self._publisher = publisher
        self._max_frames = max_frames
        self._outbox: deque[FinishedFrame] = deque()
        self._group: list[FinishedFrame] = []  # the frames of the transaction, in order
        self._half: FinishedFrame | None = None  # the last of them, while not all of it is sent
        self.spoilt: str | None = None
        self.failure: DeliveryError | None = None

    def __len__(self) -> int:
        """Frames of the open transaction."""
        return len(self._group)

    @property
    def waiting(self) -> int:
        """Frames that were submitted and are not delivered."""
        return len(self._outbox) + len(self._group)

    @property
    def sent(self) -> bool:
        """Whether there are frames in the transaction, and all their records are produced."""
        return bool(self._group) and self._half is None

    @property
    def full(self) -> bool:
        """Whether no other frame may join the transaction."""
        return len(self._group) >= self._max_frames or (bool(self._group) and self._group[-1].alone)

    @property
    def offsets(self) -> dict[Partition, int]:
        """The next offset to read, for each partition of the transaction's frames."""
        return {frame.partition: frame.entry.offset + 1 for frame in self._group}

    @property
    def topics(self) -> tuple[str, ...]:
        """Where the records of the transaction go."""
        return tuple(sorted({record.topic for frame in self._group for record in frame.records}))

    def submit(self, frames: Iterable[FinishedFrame]) -> None:
        """Take frames; those of one partition in source order."""
        self._outbox.extend(frames)

    # -- filling ----------------------------------------------------------------------------------

    @property
    def next_may_join(self) -> bool:
        """Whether there is a frame that the transaction may take."""
        if not self._outbox or self.full:
            return False
        return not (self._group and self._outbox[0].alone)

    def produce(self) -> bool:
        """Produce what is left of the frame that was last taken. Whether all of it is sent."""
        frame = self._half
        while frame is not None and frame.sent < len(frame.records):
            record = frame.records[frame.sent]
            acknowledge = partial(self._acknowledge, frame, record.topic)
            if not self._publisher.produce(record, acknowledge):
                return False  # the producer is full; it is served before the next try
            frame.sent += 1
        self._half = None
        return True

    def take_next(self) -> None:
        """Move the next frame into the transaction."""
        self._half = self._outbox.popleft()
        self._group.append(self._half)

    def _acknowledge(self, frame: FinishedFrame, topic: str, error: KafkaError | None) -> None:
        """Note a refusal. Runs in whichever thread serves the producer, so it only notes."""
        if error is None:
            return
        code = error.code()
        if code in RECORD_ERRORS:
            frame.refused = True
        elif code in HOPELESS:
            reason = f"a record for {topic} was not delivered: {error.name()}: {error.str()}"
            self.failure = self.failure or DeliveryError(reason)
        elif code in (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT):  # noqa: SLF001
            return
        # Behind one topic that does not answer, records for others time out as well, and first.
        topics = self.topics if code == KafkaError._MSG_TIMED_OUT else (topic,)  # noqa: SLF001
        to = " or ".join(topics)
        self.spoilt = self.spoilt or f"a record for {to} was not delivered: {error.name()}"

    # -- letting go -------------------------------------------------------------------------------

    def drop(self, partitions: Collection[Partition]) -> bool:
        """Forget the waiting frames of ``partitions``. Whether the transaction holds some, too."""
        gone = set(partitions)
        self._outbox = deque(frame for frame in self._outbox if frame.partition not in gone)
        return any(frame.partition in gone for frame in self._group)

    def committed(self) -> list[FinishedFrame]:
        """The frames of a transaction that was committed, for the last time."""
        group, self._group, self.spoilt = self._group, [], None
        return group

    def aborted(self) -> None:
        """Put the frames that are still ours back, in order, refused ones as their fallback.

        A broker refuses a batch of records, not the one that is to blame. So a refused frame is
        tried again in a transaction of its own before it is replaced.
        """
        again: list[FinishedFrame] = []
        for frame in self._group:
            if frame.entry.dropped:
                continue
            if frame.refused and frame.alone:
                self._replace(frame)
            frame.alone = frame.refused
            frame.sent, frame.refused = 0, False
            again.append(frame)
        self._group, self._half, self.spoilt = [], None, None
        self._outbox.extendleft(reversed(again))

    def clear(self) -> None:
        """Forget them all."""
        self._outbox.clear()
        self._group.clear()

    def _replace(self, frame: FinishedFrame) -> None:
        frame.refused = False
        if frame.fallback is None:
            self.failure = DeliveryError("a broker refuses even the shortest failure record")
            return
        _log.warning("record_refused", topic=frame.records[0].topic)
        frame.outcome, frame.records = frame.fallback()
        frame.fallback = None


class OpenTransaction:
    """Begins a transaction, moves frames into it, and tells when it may be handed over.

    Args:
        publisher: Where records go.
        frames: Those that wait, and those of the transaction.
        backoff: How long to wait after an abort.
        group_metadata: What proves who we are in the group; None while nothing does.
        linger: Seconds for which it gathers frames.
        timeout: ``transaction.timeout.ms`` in seconds.

    Attributes:
        begun: Whether there is one; it stays so until :meth:`close`.
        begun_at: When the latest was begun, by the monotonic clock.
    """

    def __init__(
        self,
        publisher: TransactionalPublisher,
        frames: TransactionFrames,
        backoff: Backoff,
        group_metadata: Callable[[], Any | None],
        *,
        linger: float,
        timeout: float,
    ) -> None:
        self._publisher = publisher
        self._frames = frames
        self._group_metadata = group_metadata
        self._backoff = backoff
        self._linger = linger
        self._timeout = timeout
        self._nameless = StuckTimer(timeout)
        self.begun = False
        self.begun_at = 0.0

    @property
    def due(self) -> bool:
        """Whether it is to be committed now."""
        if not self._frames.sent:
            return False
        return self._frames.full or time.monotonic() >= self.begun_at + self._linger

    def fill(self) -> None:
        """Move frames in, and produce their records, as far as it goes."""
        frames = self._frames
        while frames.spoilt is None and frames.produce():
            if not frames.next_may_join or not self.begin():
                return
            frames.take_next()

    def proof(self) -> Any | None:
        """What proves that the partitions of its frames are ours; None while nothing does.

        Between two memberships there is nothing: the frames will be dropped, or proven ours.

        Raises:
            DeliveryError: Nothing did, for so long that the coordinator has given it up.
        """
        metadata = self._group_metadata()
        if self._nameless.expired(stuck=metadata is None):
            raise DeliveryError("no place in the group to commit from, for too long")
        return metadata

    def close(self) -> None:
        """Note that it has ended; the next one may begin."""
        self.begun = False

    def begin(self) -> bool:
        """Whether a transaction is open; begins one where it may."""
        if self.begun:
            return True
        if self._backoff.pausing:
            return False
        try:
            self._publisher.begin()
        except KafkaException as exception:
            error = error_of(exception)
            reason = f"no transaction begins: {error.name()}: {error.str()}"
            self._frames.failure = self._frames.failure or DeliveryError(reason)
            return False
        self.begun = True
        self.begun_at = time.monotonic()
        # When it is over the coordinator has given the transaction up: nothing left to prove.
        self._nameless = StuckTimer(self._timeout)
        return True
