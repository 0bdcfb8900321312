"""Frames that are too old to be of use when their turn comes.

A frame's age is counted from ``captured_at``, or from the time of its message where that is
earlier: no frame is sent before it is taken, so a camera whose clock is ahead does not make its
frames young. Where the sender stated no time, ``captured_at`` is the time of the message; where
there is none either, it is the time of reading, and the frame is never stale. Nor is one that was
replayed: somebody wants it, and it would else be dead-lettered for its age again, each time.
"""

from platestream.bus.configuration.failures import StaleFrameSettings
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.frames import Frame
from platestream.contract.identity import MIN_CAPTURED_AT, REPLAYED_FROM
from platestream.contract.readings import ModelRef
from platestream.stream.outcome import FrameOutcome, now_ms


def stale_outcome(
    frame: Frame, sent_at: int | None, settings: StaleFrameSettings, model: ModelRef
) -> FrameOutcome | None:
    """Return the end of ``frame`` if it is too old to be read; None if it is to be read.

    Args:
        frame: The frame, whose turn it is.
        sent_at: The time of its message, milliseconds since the epoch, if it has one.
        settings: From which age on, and what then.
        model: The bundle that would have read it.
    """
    if settings.policy == "process" or REPLAYED_FROM in frame.attributes:
        return None
    since = frame.captured_at
    if sent_at is not None and sent_at >= MIN_CAPTURED_AT:  # else no time at all
        since = min(since, sent_at)
    age = (now_ms() - since) / 1000
    if age <= settings.max_age_seconds:
        return None
    detail = f"The frame was {age:.0f} s old, more than {settings.max_age_seconds:g} s."
    return FrameOutcome.failed(
        frame, FrameError(ErrorCode.TIMEOUT, detail), model, stale=settings.policy
    )
