"""Which failures of transactions are tried again, when, and what is stuck for too long.

How the errors are told apart, as librdkafka documents it:

- *fatal*: another producer has our transactional id, or the state is beyond repair. The process
  must end; the broker aborts what was open.
- *abortable*: abort, and the same records may go into a new transaction.
- *retriable*: the same call again.
- anything else counts as fatal. So does a commit that has no answer by the deadline: it may have
  happened, so it must be neither aborted nor repeated as something new. A successor finds out,
  since the brokers hold back the offsets of the partitions until the transaction has ended.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from confluent_kafka import KafkaError, KafkaException

from platestream.bus.errors import DeliveryError, FencedError, error_of

# Between two tries of a call that failed at once: brokers elect a leader in some hundred ms.
_RETRY_SECONDS: Final = 0.1
_FENCED: Final = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
    }
)
# What no new transaction mends either.
HOPELESS: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    }
)


class Outcome(StrEnum):
    """How a transaction ended; the values are labels of ``platestream_transactions_total``."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    FENCED = "fenced"
    FATAL = "fatal"


class FatalTransactionError(Exception):
    """No transaction of this producer can succeed any more."""

    def __init__(self, error: KafkaError | None, reason: str) -> None:
        super().__init__(reason)
        self.outcome = Outcome.FATAL if error is None else outcome_of(error)


def outcome_of(fatal: KafkaError) -> Outcome:
    """What a fatal error of the producer means."""
    return Outcome.FENCED if fatal.code() in _FENCED else Outcome.FATAL


def failure_of(outcome: Outcome, transactional_id: str, reason: str) -> DeliveryError:
    """The error with which the service ends after ``outcome``, for ``reason``."""
    if outcome is Outcome.FENCED:
        return FencedError(
            f"fenced as {transactional_id}: another replica has the same "
            "kafka.transactional_id, or this one stood still for longer than "
            f"transaction.timeout.ms ({reason})"
        )
    return DeliveryError(f"no transaction succeeds: {reason}")


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


class Backoff:
    """Failures in a row: each wait is twice the last, up to the longest; a success ends the row.

    Args:
        first: Seconds to wait after the first.
        longest: Seconds to wait at most.
        clock: Tells the time, in seconds.
    """

    def __init__(
        self, first: float, longest: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first = first
        self._longest = longest
        self._clock = clock
        self._count = 0
        self._since = 0.0
        self._not_before = 0.0

    @property
    def pausing(self) -> bool:
        """Whether it is too early for the next try."""
        return self._clock() < self._not_before

    def failed(self) -> float:
        """Note a failure. Seconds since the first of the row."""
        now = self._clock()
        if self._count == 0:
            self._since = now
        self._not_before = now + min(self._first * 2**self._count, self._longest)
        self._count += 1
        return now - self._since

    def succeeded(self) -> None:
        """Note a success."""
        self._count = 0


class StuckTimer:
    """Expires when something has been stuck at every look for a while.

    Looks are counted, not the clock alone: a process that stood still as a whole (``SIGSTOP``, a
    frozen machine) finds every deadline over when it goes on, and nothing has had its chance yet.

    Args:
        seconds: How long it may be stuck.
        clock: Tells the time, in seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: float | None = None

    def expired(self, *, stuck: bool) -> bool:
        """Note what is seen now. Whether it has been stuck for too long."""
        if not stuck:
            self._since = None
            return False
        now = self._clock()
        if self._since is None:
            self._since = now
        return now - self._since > self._seconds
