"""What became of one frame."""

import time
from dataclasses import dataclass
from typing import Self

from platestream.contract.errors import FrameError
from platestream.contract.frames import Frame
from platestream.contract.readings import ModelRef, PlateReading
from platestream.telemetry.labels import Outcome, StaleEnd


def now_ms() -> int:
    """Milliseconds since the Unix epoch, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOutcome:
    """The one end of a frame: its readings (possibly none), or the reason why there are none.

    Attributes:
        frame: The frame.
        readings: Its plates; None when it failed.
        error: Why it failed; None when it was read.
        model: The bundle that read it, or would have.
        processed_at: When this was known, milliseconds since the Unix epoch.
        transient: Whether the frame is not at fault and may well be read later.
        stale: What becomes of it where it was not read for its age; None where it was its turn.
    """

    frame: Frame
    readings: tuple[PlateReading, ...] | None
    error: FrameError | None
    model: ModelRef
    processed_at: int
    transient: bool = False
    stale: StaleEnd | None = None

    def __post_init__(self) -> None:
        if (self.readings is None) == (self.error is None):
            raise ValueError("a frame ends either in readings or in an error")

    @classmethod
    def read(cls, frame: Frame, readings: tuple[PlateReading, ...], model: ModelRef) -> Self:
        """A frame that was read, now."""
        return cls(frame=frame, readings=readings, error=None, model=model, processed_at=now_ms())

    @classmethod
    def failed(
        cls, frame: Frame, error: FrameError, model: ModelRef, *, stale: StaleEnd | None = None
    ) -> Self:
        """A frame that failed, now; with ``stale``, for its age.

        ``error`` is kept without its traceback, whose frames would keep the picture alive.
        """
        bare = FrameError(error.code, error.detail)
        return cls(
            frame=frame,
            readings=None,
            error=bare,
            model=model,
            processed_at=now_ms(),
            transient=error.transient,
            stale=stale,
        )

    @property
    def kind(self) -> Outcome:
        """``plates``, ``no_plate``, ``failed`` or ``skipped``."""
        if self.stale == "skip":
            return "skipped"
        if self.error is not None:
            return "failed"
        return "plates" if self.readings else "no_plate"
