"""Exactly once: a frame's records and its offset are committed in one transaction, or not at all.

One transaction per group of finished frames: begin, produce, hand over the offsets with the group's
metadata (KIP-447), commit. The ending runs in a thread of its own, so polling and reading go on
(:mod:`~platestream.bus.delivery.ending`); the frames that finish meanwhile make the next group.

Why no frame is doubled or lost:

- The events of a frame and its offset are in the same transaction, so readers of committed records
  see both or neither.
- The metadata are taken in the polling thread when the group is handed over, while every partition
  in it is ours. Should the group have moved on before the coordinator sees the offsets, it refuses
  them (a zombie's too) and the transaction is aborted. Should it move on after that, the next owner
  of a partition is not told an offset until the transaction has ended. So an ending that outlives a
  revocation is as safe as one that does not.
- A member that lost its place has no name, and offsets from nobody are *not* refused. So without a
  name, or with another than the assignment came with, nothing is handed over
  (:meth:`~platestream.bus.clients.consumer.FrameConsumer.group_metadata`).
- A partition that goes while its frames are in a transaction that is not handed over makes that
  transaction be aborted: their offsets must not go with metadata that are newer than the
  assignment, and their events must not go without their offsets.

After an abort nothing is read again: the finished frames of partitions that are still ours are
held, and go into the next transaction in the same order. That is the rewind. The consumer's own
position is not touched, since it is ahead of the transaction anyway.
"""

import time
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, Final

import structlog
from confluent_kafka import KafkaException

from platestream.bus.delivery import retries
from platestream.bus.delivery.ending import Ending, TransactionEnder, TransactionWorker
from platestream.bus.delivery.filling import OpenTransaction, TransactionFrames
from platestream.bus.delivery.protocol import FinishedFrame
from platestream.bus.delivery.publisher import TransactionalPublisher
from platestream.bus.delivery.retries import Backoff, FatalTransactionError, Outcome, StuckTimer
from platestream.bus.errors import DeliveryError, StartError, error_of
from platestream.bus.partitions import Ledgers, Partition, passed_offsets
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)

# Aborts in a row mean trouble at the brokers: each wait is twice the last, up to the longest.
_FIRST_WAIT: Final = 0.05
_LONGEST_WAIT: Final = 5.0
# As long as the producer of at-least-once lets a record wait (message.timeout.ms): long enough for
# an election or a broker's restart. Longer is an outage: the service ends and says so.
_GIVE_UP_SECONDS: Final = 120.0
# Before offsets get a transaction of their own, lest frames sent each in one need two.
_PASSING_SECONDS: Final = 1.0
# An abort on the way out spares readers and the successor transaction.timeout.ms. A live
# coordinator answers in milliseconds.
_LAST_ABORT_SECONDS: Final = 1.0


class TransactionalDelivery:
    """Publishes and commits groups of frames, each in one transaction.

    Args:
        publisher: Where records go.
        group_metadata: What proves who we are in the group; None while nothing does.
        ledgers: The ledgers of the partitions that are ours.
        on_delivered: Called for each frame that is delivered.
        metrics: Where transactions are counted.
        transactional_id: Our name towards the brokers, for messages.
        timeout: ``transaction.timeout.ms`` in seconds.
        linger: Seconds for which a transaction gathers frames.
        max_frames: Frames at which it stops gathering.
        start_seconds: How long the brokers may take to end what a predecessor left open.
    """

    def __init__(
        self,
        *,
        publisher: TransactionalPublisher,
        group_metadata: Callable[[], Any | None],
        ledgers: Ledgers,
        on_delivered: Callable[[FinishedFrame], None],
        metrics: Metrics,
        transactional_id: str,
        timeout: float,
        linger: float,
        max_frames: int,
        start_seconds: float,
    ) -> None:
        self._publisher = publisher
        self._ledgers = ledgers
        self._on_delivered = on_delivered
        self._metrics = metrics
        self._transactional_id = transactional_id
        self._start_seconds = start_seconds
        timed = partial(metrics.stage, "commit")
        self._worker = TransactionWorker(
            TransactionEnder(publisher, timeout, give_up_seconds=_GIVE_UP_SECONDS, timed=timed)
        )
        self._frames = TransactionFrames(publisher, max_frames)
        self._backoff = Backoff(_FIRST_WAIT, _LONGEST_WAIT)
        self._open = OpenTransaction(
            publisher, self._frames, self._backoff, group_metadata, linger=linger, timeout=timeout
        )
        self._group_metadata = group_metadata
        self._passing = StuckTimer(_PASSING_SECONDS)
        self._ending: Ending | None = None
        self._failure: DeliveryError | None = None

    @property
    def waiting(self) -> int:
        """Frames that were submitted and are not delivered."""
        return self._frames.waiting

    def start(self) -> None:
        """End what a predecessor of our name left open, and fence it.

        Raises:
            StartError: If the brokers do not answer in time or refuse.
        """
        try:
            retries.repeat(self._publisher.initialize, time.monotonic() + self._start_seconds)
        except (TimeoutError, FatalTransactionError, KafkaException) as error:
            reason = error_of(error).str() if isinstance(error, KafkaException) else error
            raise StartError(f"no transactions as {self._transactional_id}: {reason}") from error
        self._worker.start()

    def submit(self, frames: Iterable[FinishedFrame]) -> None:
        """Take frames; those of one partition in source order."""
        self._frames.submit(frames)

    def step(self) -> None:
        """Learn how a transaction ended, fill the next one, hand it over when it is due.

        Raises:
            FencedError: If another producer has our transactional id.
            DeliveryError: If frames cannot be delivered.
        """
        if self._ending is not None:
            if not self._ending.done.is_set():
                if self._ending.hangs():
                    raise DeliveryError(f"the client does not come back from {self._ending.call}")
                self._publisher.warn_of_unacknowledged()
                return
            self._settle(self._ending)
        self._raise_failure()
        self._publisher.poll()
        if (fatal := self._publisher.fatal) is not None:
            broken = FatalTransactionError(fatal, f"{fatal.name()}: {fatal.str()}")
            self._metrics.transactions.labels(broken.outcome.value).inc()
            self._fail(broken.outcome, str(broken))
            self._raise_failure()
        self._open.fill()
        self._raise_failure()
        if self._frames.spoilt is not None:
            self._end_open(Ending(offsets=None))
        elif self._open.due and (metadata := self._open.proof()) is not None:
            offsets, topics = self._frames.offsets, self._frames.topics
            self._end_open(Ending(offsets=offsets, group_metadata=metadata, topics=topics))
        elif not self.waiting:
            self._commit_passed()

    def commit(self, partitions: Collection[Partition], *, wait: bool) -> None:
        """Nothing to do: what is delivered is committed."""

    def drop(self, partitions: Collection[Partition]) -> None:
        """Let frames go: none of their events may be committed, but what is asked for already."""
        if not self._frames.drop(partitions):
            return
        if self._ending is not None:
            self._ending.cancel()
        else:
            self._frames.spoilt = self._frames.spoilt or "a partition of it was taken away"

    def close(self, timeout: float) -> bool:
        """Finish what was submitted and close. Returns whether everything was delivered."""
        deadline = time.monotonic() + timeout
        while self.waiting and time.monotonic() < deadline:
            try:
                self.step()
            except DeliveryError as error:
                _log.warning("transaction_not_finished", reason=str(error))
                break
            if self._ending is not None:
                self._ending.done.wait(0.05)
        if self.waiting:
            self.abort()
            return False
        self._worker.close()
        return True

    def abort(self) -> None:
        """Abort what is open and close; waits a moment for it, as readers do for its end."""
        if self._ending is not None:
            self._ending.cancel()
        elif self._open.begun and self._failure is None and self._frames.failure is None:
            self._end_open(Ending(offsets=None))
        if self._ending is not None and self._ending.done.wait(_LAST_ABORT_SECONDS):
            self._count(self._ending)
        self._frames.clear()
        self._worker.close()

    def _commit_passed(self) -> None:
        """Commit offsets alone, where only what is no message lies behind the last frame."""
        passed = passed_offsets(self._ledgers)
        due = self._passing.expired(stuck=bool(passed))
        if due and (metadata := self._group_metadata()) is not None and self._open.begin():
            self._end_open(Ending(offsets=passed, group_metadata=metadata))

    def _end_open(self, ending: Ending) -> None:
        self._ending = ending
        self._worker.end(ending)

    def _settle(self, ending: Ending) -> None:
        self._count(ending)
        self._ending = None
        self._open.close()
        match ending.outcome:
            case Outcome.COMMITTED:
                self._note_committed(ending)
            case Outcome.ABORTED:
                self._note_aborted(ending, self._frames.spoilt or ending.reason)
            case outcome:  # what spoilt it came first, and the rest may only follow from it
                reason = "; ".join(filter(None, (self._frames.spoilt, ending.reason)))
                self._fail(outcome or Outcome.FATAL, reason)

    def _raise_failure(self) -> None:
        if (failure := self._frames.failure or self._failure) is not None:
            raise failure

    def _fail(self, outcome: Outcome, reason: str) -> None:
        self._failure = self._failure or retries.failure_of(outcome, self._transactional_id, reason)

    def _count(self, ending: Ending) -> None:
        if ending.outcome is not None:
            self._metrics.transactions.labels(ending.outcome.value).inc()
            self._metrics.transaction_seconds.observe(time.monotonic() - self._open.begun_at)

    def _note_committed(self, ending: Ending) -> None:
        self._backoff.succeeded()
        for frame in self._frames.committed():
            if not frame.entry.dropped:
                frame.entry.deliver()
                self._on_delivered(frame)
        self._metrics.commits.labels("ok").inc()
        for partition, offset in (ending.offsets or {}).items():
            if (ledger := self._ledgers.get(partition)) is not None:
                ledger.note_committed(offset)

    def _note_aborted(self, ending: Ending, reason: str) -> None:
        if ending.offsets is not None:
            self._metrics.commits.labels("failed").inc()
        _log.warning("transaction_aborted", reason=reason, frames=len(self._frames))
        self._frames.aborted()
        lasting = self._backoff.failed()
        if lasting > _GIVE_UP_SECONDS:
            told = f"no transaction was committed for {lasting:.0f} s: {reason}"
            self._failure = DeliveryError(told)
