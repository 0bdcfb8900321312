"""How a run of the service ends: the order to stop, and how it ended."""

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from platestream.bus.errors import BusError

_log = structlog.get_logger(__name__)

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
