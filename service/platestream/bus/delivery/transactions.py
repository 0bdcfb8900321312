"""Kafka transactions of one producer: the calls that block run in a thread of their own.

``send_offsets_to_transaction``, ``commit_transaction`` and ``abort_transaction`` wait for brokers.
librdkafka lets commit and abort be resumed after a time-out, so they could be called in slices from
the polling thread; for ``send_offsets_to_transaction`` it promises no such thing, and a slice that
is long enough to be useful is long enough to delay a poll. So the two calls that end a transaction
are made one after the other by :class:`TransactionWorker`, each with all the time there is. While
it works nobody else calls the producer: between ``begin`` and the hand-over the polling thread has
it, between the hand-over and the ending the worker. librdkafka refuses overlapping calls anyway.

``send_offsets_to_transaction`` does not keep its time-out (librdkafka 2.16 and before, issue 5456):
while it looks for the group's coordinator it waits for a connection of any broker to come or go,
and the coordinator's own connection is no longer among them once that broker was reported dead
(issue 5511). So an ending says which call it is in and when that must be back, for the polling
thread to look at; and the producer closes idle connections, which wakes such a call up
(``connections.max.idle.ms`` in :mod:`~platestream.bus.clients.configuration`).

How the errors are told apart, as librdkafka documents it:

- *fatal*: another producer has our transactional id, or the state is beyond repair. The process
  must end; the broker aborts what was open.
- *abortable*: abort, and the same records may go into a new transaction.
- *retriable*: the same call again.
- anything else counts as fatal. So does a commit that has no answer by the deadline: it may have
  happened, so it must be neither aborted nor repeated as something new. A successor finds out,
  since the brokers hold back the offsets of the partitions until the transaction has ended.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from queue import SimpleQueue
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException

from platestream.bus.delivery.publisher import Publisher
from platestream.bus.errors import error_of
from platestream.bus.partitions import Partition
from platestream.telemetry.metrics import Metrics

# Between two tries of a call that failed at once: brokers elect a leader in some hundred ms.
_RETRY_SECONDS: Final = 0.1
_FENCED: Final = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
    }
)


class Outcome(StrEnum):
    """How a transaction ended; the values are labels of ``platestream_transactions_total``."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    FENCED = "fenced"
    FATAL = "fatal"


class TransactionalPublisher(Publisher):
    """A publisher whose records belong to transactions. See the module for who may call when."""

    def initialize(self, timeout: float) -> None:
        """Fence producers of the same transactional id and end what they left open."""
        self._producer.init_transactions(timeout)

    def begin(self) -> None:
        """Begin a transaction. Local: it does not wait for a broker."""
        self._producer.begin_transaction()

    def send_offsets(
        self, offsets: Mapping[Partition, int], group_metadata: Any, timeout: float
    ) -> None:
        """Make ``offsets`` part of the transaction, if the group still knows us as it did."""
        positions = [partition.at(offset) for partition, offset in offsets.items()]
        self._producer.send_offsets_to_transaction(positions, group_metadata, timeout)

    def commit(self, timeout: float) -> None:
        """Flush and commit the transaction."""
        self._producer.commit_transaction(timeout)

    def abort(self, timeout: float) -> None:
        """Throw away what is not sent and abort the transaction."""
        self._producer.abort_transaction(timeout)


def outcome_of(fatal: KafkaError) -> Outcome:
    """What a fatal error of the producer means."""
    return Outcome.FENCED if fatal.code() in _FENCED else Outcome.FATAL


class FatalTransactionError(Exception):
    """No transaction of this producer can succeed any more."""

    def __init__(self, error: KafkaError | None, reason: str) -> None:
        super().__init__(reason)
        self.outcome = Outcome.FATAL if error is None else outcome_of(error)


class _AbortNeededError(Exception):
    """The transaction must be aborted."""


@dataclass(slots=True, kw_only=True)
class Ending:
    """A transaction on its way to its end.

    Attributes:
        offsets: To be committed with it; None to abort it.
        group_metadata: Who we were in the group when the frames were ours.
        outcome: How it ended; None while it has not.
        reason: Why it was not committed.
        call: What the worker asks the client for; for messages.
        due: When the client must have answered, by the monotonic clock; infinite while it is not
            asked.
        done: Set when ``outcome`` is there.
    """

    offsets: Mapping[Partition, int] | None
    group_metadata: Any = None
    outcome: Outcome | None = None
    reason: str = ""
    call: str = ""
    due: float = math.inf
    done: threading.Event = field(default_factory=threading.Event)
    _cancelled: bool = False

    @property
    def cancelled(self) -> bool:
        """Whether it is to be aborted unless its commit is already asked for."""
        return self._cancelled

    def cancel(self) -> None:
        """Abort it, unless its commit is already asked for."""
        self._cancelled = True


def repeat(call: Callable[[float], None], deadline: float) -> None:
    """Make ``call`` (given the seconds left) until it succeeds, as long as its error passes.

    Raises:
        TimeoutError: If it still had not succeeded at ``deadline`` (of the monotonic clock).
        FatalTransactionError: On an error after which nothing works.
        KafkaException: On an error that requires an abort.
    """
    while True:
        try:
            call(max(_RETRY_SECONDS, deadline - time.monotonic()))
        except KafkaException as exception:
            error = error_of(exception)
            if error.txn_requires_abort():
                raise
            if error.fatal() or not error.retriable():
                raise FatalTransactionError(error, f"{error.name()}: {error.str()}") from exception
            if time.monotonic() + _RETRY_SECONDS >= deadline:
                raise TimeoutError(f"{error.name()}: {error.str()}") from exception
            time.sleep(_RETRY_SECONDS)
        else:
            return


class TransactionWorker:
    """Ends transactions, one at a time, in a thread.

    Args:
        publisher: Whose transactions.
        timeout: Seconds for which offsets may be offered, and the longest that one call of any
            kind may take: ``transaction.timeout.ms``, after which the coordinator has given the
            transaction up.
        patience: Seconds for which a commit or an abort may wait for brokers. Both may be asked for
            again and again, and to give up on either is to end the service.
        metrics: Where commits are timed.
    """

    def __init__(
        self,
        publisher: TransactionalPublisher,
        *,
        timeout: float,
        patience: float,
        metrics: Metrics,
    ) -> None:
        self._publisher = publisher
        self._timeout = timeout
        self._patience = patience
        self._metrics = metrics
        self._asked: SimpleQueue[Ending | None] = SimpleQueue()
        # A daemon: a call that waits for brokers must not keep alive a process that is to end.
        self._thread = threading.Thread(target=self._work, name="transactions", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def end(self, ending: Ending) -> None:
        """Commit or abort the open transaction; ``ending`` will tell."""
        self._asked.put(ending)

    def close(self) -> None:
        """Let the thread end, after what was asked of it."""
        self._asked.put(None)

    def _work(self) -> None:
        while (ending := self._asked.get()) is not None:
            try:
                ending.outcome, ending.reason = self._end(ending)
            except FatalTransactionError as fatal:
                ending.outcome, ending.reason = fatal.outcome, str(fatal)
            except Exception as error:  # noqa: BLE001 - a silent worker would stop the stream
                ending.outcome, ending.reason = Outcome.FATAL, f"{type(error).__name__}: {error}"
            ending.done.set()

    def _end(self, ending: Ending) -> tuple[Outcome, str]:
        reason = "asked for"
        if ending.offsets is not None:
            try:
                with self._metrics.stage("commit"):
                    self._commit(ending, ending.offsets)
            except _AbortNeededError as needed:
                reason = str(needed)
            else:
                return Outcome.COMMITTED, ""
        try:
            self._ask(ending, "abort_transaction", self._publisher.abort, self._patience)
        except (TimeoutError, KafkaException) as failed:
            raise FatalTransactionError(None, f"not aborted: {failed}; {reason}") from failed
        return Outcome.ABORTED, reason

    def _commit(self, ending: Ending, offsets: Mapping[Partition, int]) -> None:
        def send_offsets(timeout: float) -> None:
            self._publisher.send_offsets(offsets, ending.group_metadata, timeout)

        try:
            if not ending.cancelled:
                self._ask(ending, "send_offsets_to_transaction", send_offsets, self._timeout)
            if ending.cancelled:
                raise _AbortNeededError("its partitions are gone")
        except TimeoutError as late:
            raise _AbortNeededError(f"offsets not sent: {late}") from late
        except KafkaException as exception:
            raise _abort_for(exception) from exception
        try:
            self._ask(ending, "commit_transaction", self._publisher.commit, self._patience)
        except TimeoutError as late:
            raise FatalTransactionError(None, f"a commit without an answer: {late}") from late
        except KafkaException as exception:
            raise _abort_for(exception) from exception

    def _ask(
        self, ending: Ending, name: str, call: Callable[[float], None], seconds: float
    ) -> None:
        """Make ``call`` for up to ``seconds``, and say when each try must be back."""

        def one_try(left: float) -> None:
            allowed = min(left, self._timeout)
            ending.call, ending.due = name, time.monotonic() + allowed
            call(allowed)

        try:
            repeat(one_try, time.monotonic() + seconds)
        finally:
            ending.due = math.inf


def _abort_for(exception: KafkaException) -> _AbortNeededError:
    error = error_of(exception)
    return _AbortNeededError(f"{error.name()}: {error.str()}")
