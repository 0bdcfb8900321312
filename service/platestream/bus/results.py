"""How a run of the service ended."""

import logging
from dataclasses import dataclass
from enum import StrEnum

import structlog

from platestream.bus.errors import BusError

_log = structlog.get_logger(__name__)


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
