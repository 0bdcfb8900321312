"""What ends a run: errors, Kafka's own among them, and the order to stop; and how it ended."""

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException

_log = structlog.get_logger(__name__)


class BusError(Exception):
    """The Kafka interface cannot do its work; the service ends and says why."""


class ConfigurationError(BusError):
    """Settings that cannot work, found before anything is started."""


class StartError(BusError):
    """The cluster cannot be reached, or lacks what the service needs."""


class PositionError(BusError):
    """A partition cannot be read on where it was left, and not anywhere else by the settings."""


class DeliveryError(BusError):
    """A record could not be delivered and must not be lost: the frames are read again later."""


class FencedError(DeliveryError):
    """Another producer took our transactional id, or the brokers gave ours up: another goes on."""


# Errors that lie in the record, not in the cluster: sending it again would never succeed.
RECORD_ERRORS: Final = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
    }
)

# The client's position is not, or no longer, on the brokers, and auto.offset.reset is error: the
# partition is read no further until it is given another one.
POSITION_ERRORS: Final = frozenset(
    {KafkaError._AUTO_OFFSET_RESET, KafkaError._LOG_TRUNCATION}  # noqa: SLF001
)

# What no retry mends. All other errors of a consumer are information: librdkafka goes on by itself.
_FATAL_CODES: Final = frozenset(
    {
        KafkaError._FATAL,  # noqa: SLF001 - librdkafka's own codes all begin with an underscore
        KafkaError._AUTHENTICATION,  # noqa: SLF001
        KafkaError._AUTO_OFFSET_RESET,  # noqa: SLF001
        KafkaError._FENCED,  # noqa: SLF001
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.INCONSISTENT_GROUP_PROTOCOL,
        KafkaError.INVALID_GROUP_ID,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
    }
)


# Who we say we are is not believed: asked again, the brokers will say the same.
_AUTHENTICATION_CODES: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
    }
)


def is_authentication(error: KafkaError) -> bool:
    """Whether the brokers refused who we say we are."""
    return error.code() in _AUTHENTICATION_CODES


def is_fatal(error: KafkaError) -> bool:
    """Whether ``error`` can only be mended from outside."""
    return error.fatal() or error.code() in _FATAL_CODES


def error_of(exception: KafkaException) -> KafkaError:
    """The :class:`KafkaError` in ``exception``."""
    error = exception.args[0]
    return error if isinstance(error, KafkaError) else KafkaError(KafkaError.UNKNOWN, str(error))


# What to change, where the brokers' own words do not lead there.
_ADVICE: Final = {
    KafkaError.INCONSISTENT_GROUP_PROTOCOL: "members of another kind have this consumer group: "
    "give kafka.group_id a name of its own, or stop them",
    KafkaError.FENCED_INSTANCE_ID: "another replica has the same kafka.group_instance_id",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "the user may not read as kafka.group_id",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "the user may not read kafka.topics.frames",
    KafkaError._AUTO_OFFSET_RESET: "there is no offset to go on from, and "  # noqa: SLF001
    "kafka.auto_offset_reset is error",
}


def advised(error: KafkaError) -> str:
    """Kafka's name of ``error`` and its words, and which setting to look at."""
    said = f"{error.name()}: {error.str()}"
    advice = _ADVICE.get(error.code())
    return said if advice is None else f"{said}; {advice}"


_URGENT: Final = 2


class StopOrder:
    """Given once the service drains; given twice it ends at once.

    Takes no lock, so that it may be given in a signal handler.

    Attributes:
        deadline: Until when frames in flight may be finished, by the monotonic clock; infinite
            while the service does not drain.
    """

    def __init__(self) -> None:
        self._times = 0
        self.deadline = float("inf")

    @property
    def given(self) -> bool:
        """Whether the service is to end."""
        return self._times > 0

    def was_given(self) -> bool:
        """The same, for whoever asks again and again."""
        return self.given

    @property
    def urgent(self) -> bool:
        """Whether it is to end without waiting for frames."""
        return self._times >= _URGENT

    def give(self) -> None:
        """Give it, or give it again."""
        self._times += 1

    def press(self) -> None:
        """Make it urgent, however often it was given."""
        self._times = max(self._times, _URGENT)


class ExitReason(StrEnum):
    """How a run ended."""

    DRAINED = "drained"
    DEADLINE = "deadline"
    ABORTED = "aborted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended, and why.

    Attributes:
        reason: ``drained``: stopped, everything taken in is delivered and committed; ``deadline``:
            stopped, what was left at the deadline will be read again; ``aborted``: stopped twice;
            ``failed``: by ``error``.
        error: What ended the service; None unless it failed.
    """

    reason: ExitReason
    error: Exception | None = None


def failed(error: Exception) -> RunResult:
    """The result of a run that ``error`` ended; logs it.

    An expected error says what is wrong, and where it was raised tells nobody more: its traceback
    is only written where debugging is asked for.
    """
    if isinstance(error, BusError):
        traced = logging.getLogger(__name__).isEnabledFor(logging.DEBUG)
        name = type(error).__name__
        _log.error("service_failed", error=name, reason=str(error), exc_info=traced)
    else:
        _log.error("service_failed", error=type(error).__name__, exc_info=error)
    return RunResult(ExitReason.FAILED, error)
