"""How a transaction ends: one sequence of calls, and the thread in which the stream makes it.

``send_offsets_to_transaction``, ``commit_transaction`` and ``abort_transaction`` wait for brokers.
librdkafka lets commit and abort be resumed after a time-out, so they could be called in slices from
the polling thread; for ``send_offsets_to_transaction`` it promises no such thing, and a slice that
is long enough to be useful is long enough to delay a poll. So the calls that end a transaction are
made one after the other by :class:`TransactionWorker`, each with all the time there is. While it
works nobody else calls the producer. Who has no polling thread may make them itself, with
:class:`TransactionEnder`.

``send_offsets_to_transaction`` does not keep its time-out (librdkafka 2.16 and before, issue 5456):
while it looks for the group's coordinator it waits for a connection of any broker to come or go,
and the coordinator's own connection is no longer among them once that broker was reported dead
(issue 5511). So an ending says which call it is in and when that must be back, for the polling
thread to look at; and the producer closes idle connections, which wakes such a call up
(``connections.max.idle.ms`` of the transactional producer).
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Final, Protocol

from confluent_kafka import KafkaException

from platestream.bus.delivery.retries import (
    HOPELESS,
    FatalTransactionError,
    Outcome,
    StuckTimer,
    repeat,
)
from platestream.bus.errors import error_of
from platestream.bus.partitions import Partition

# Each call of the worker has a time by which it must be back. One that does not keep it would stop
# the stream without a word. 5 s on top: its clock starts a moment after ours, and on a machine with
# no processor to spare threads run late.
_HANG_SECONDS: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Ending:
    """A transaction on its way to its end, as the polling thread and the worker both see it.

    Attributes:
        offsets: To be committed with it; None to abort it.
        group_metadata: Who we were in the group when the frames were ours.
        topics: Where its records go; for messages.
        outcome: How it ended; None while it has not.
        reason: Why it was not committed.
        call: What the worker asks the client for; for messages.
        due: When the client must have answered, by the monotonic clock; infinite while it is not
            asked.
        done: Set when ``outcome`` is there.
    """

    offsets: Mapping[Partition, int] | None
    group_metadata: Any = None
    topics: tuple[str, ...] = ()
    outcome: Outcome | None = None
    reason: str = ""
    call: str = ""
    due: float = math.inf
    done: threading.Event = field(default_factory=threading.Event)
    _cancelled: bool = False
    _hanging: StuckTimer = field(default_factory=lambda: StuckTimer(_HANG_SECONDS))

    @property
    def cancelled(self) -> bool:
        """Whether it is to be aborted unless its commit is already asked for."""
        return self._cancelled

    def cancel(self) -> None:
        """Abort it, unless its commit is already asked for."""
        self._cancelled = True

    def hangs(self) -> bool:
        """Whether the client does not come back from ``call``; for the polling thread to ask.

        It must ask again and again: see :class:`~platestream.bus.delivery.retries.StuckTimer`.
        """
        return self._hanging.expired(stuck=time.monotonic() > self.due)


class _AbortNeededError(Exception):
    """The transaction must be aborted; where it is ``hopeless`` the next one would be, too."""

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.hopeless = hopeless


class Transactional(Protocol):
    """A producer with a transaction; each call waits for brokers, up to ``timeout`` seconds."""

    def send_offsets(
        self, offsets: Mapping[Partition, int], group_metadata: Any, timeout: float
    ) -> None:
        """Make ``offsets`` part of the transaction."""

    def commit(self, timeout: float) -> None:
        """Flush and commit the transaction."""

    def abort(self, timeout: float) -> None:
        """Throw away what is not sent and abort the transaction."""


class TransactionEnder:
    """Commits or aborts transactions whose records are produced; waits for the brokers.

    Args:
        publisher: Whose transactions.
        timeout: Seconds for which offsets may be offered, and the longest that one call of any
            kind may take: ``transaction.timeout.ms``, after which the coordinator has given the
            transaction up.
        give_up_seconds: Seconds for which a commit or an abort may wait for brokers. Both may be
            asked for again and again, and to give up on either is the end of the producer.
        timed: What a commit runs in, to be timed.
    """

    def __init__(
        self,
        publisher: Transactional,
        timeout: float,
        *,
        give_up_seconds: float,
        timed: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._publisher = publisher
        self._timeout = timeout
        self._give_up_seconds = give_up_seconds
        self._timed = timed

    def end(self, ending: Ending) -> None:
        """Commit or abort the open transaction; ``ending`` tells how that went. Never raises."""
        try:
            ending.outcome, ending.reason = self._end(ending)
        except FatalTransactionError as fatal:
            ending.outcome, ending.reason = fatal.outcome, str(fatal)
        except Exception as error:  # noqa: BLE001 - a silent worker would stop the stream
            ending.outcome, ending.reason = Outcome.FATAL, f"{type(error).__name__}: {error}"
        ending.done.set()

    def _end(self, ending: Ending) -> tuple[Outcome, str]:
        reason, hopeless = "", False
        if ending.offsets is not None:
            try:
                with self._timed():
                    self._commit(ending, ending.offsets)
            except _AbortNeededError as needed:
                reason, hopeless = str(needed), needed.hopeless
            else:
                return Outcome.COMMITTED, ""
        try:
            self._ask(ending, "abort_transaction", self._publisher.abort, self._give_up_seconds)
        except (TimeoutError, KafkaException, FatalTransactionError) as failed:
            # Why it had to be aborted comes first: an abort of what brokers refused may fail for
            # no other reason (INVALID_TXN_STATE: they never began the transaction).
            outcome = failed.outcome if isinstance(failed, FatalTransactionError) else Outcome.FATAL
            return outcome, "; ".join(filter(None, (reason, f"not aborted: {failed}")))
        return Outcome.FATAL if hopeless else Outcome.ABORTED, reason

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
            raise _abort_for(exception, ending) from exception
        try:
            self._ask(ending, "commit_transaction", self._publisher.commit, self._give_up_seconds)
        except TimeoutError as late:
            raise FatalTransactionError(None, f"a commit without an answer: {late}") from late
        except KafkaException as exception:
            raise _abort_for(exception, ending) from exception

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


class TransactionWorker:
    """Ends transactions, one at a time, in a thread.

    Args:
        ender: Makes the calls.
    """

    def __init__(self, ender: TransactionEnder) -> None:
        self._ender = ender
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
            self._ender.end(ending)


def _abort_for(exception: KafkaException, ending: Ending) -> _AbortNeededError:
    error = error_of(exception)
    # The client's own text has no topic in it.
    to = f" (records for {', '.join(ending.topics)})" if ending.topics else ""
    reason = f"{error.name()}: {error.str()}{to}"
    return _AbortNeededError(reason, hopeless=error.code() in HOPELESS)
