"""How a run of the service ended."""

from dataclasses import dataclass
from enum import StrEnum


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
