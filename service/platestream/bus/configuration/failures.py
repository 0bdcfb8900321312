"""Settings of what ends frames unread: outages elsewhere, faults of our own, and their age."""

from typing import Literal

from pydantic import BaseModel, Field


class DeadLetterSettings(BaseModel, frozen=True, extra="forbid"):
    """When failing frames mean that the service is at fault; see ``docs/GUARANTEES.md``."""

    enabled: bool = Field(
        default=True, description="Stop the service rather than dead-letter everything."
    )
    # Enough for a share to mean something; ten seconds of 50 frames/s.
    window_frames: int = Field(
        default=500,
        ge=1,
        le=1_000_000,
        description="So many frames, none of which was read since the start, stop the service; "
        "and over how many frames max_own_ratio is taken.",
    )
    # Cameras fail one by one. Ten with nothing in common but this process do not.
    min_cameras: int = Field(
        default=10,
        ge=1,
        le=100_000,
        description="Frames that were never read stop the service only if they are of at least so "
        "many cameras.",
    )
    max_own_ratio: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Share of the last window_frames frames that may fail with the code that no "
        "camera causes (AIS.0105).",
    )


class RetrySettings(BaseModel, frozen=True, extra="forbid"):
    """How long frames wait for a picture host or a schema registry that is away."""

    # Five minutes: a restart, a fail-over or a roll-out at the other end; more is an outage.
    budget_seconds: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        description="How long a host or registry may be away before the frames that need it fail. "
        "Meanwhile their partitions wait, each for as long at most, others go on. 0: fail at once.",
    )
    first_pause_seconds: float = Field(
        default=0.5, gt=0, le=3600, description="Least pause between two tries."
    )
    longest_pause_seconds: float = Field(
        default=30.0, gt=0, le=3600, description="Longest pause between two tries."
    )


class StaleFrameSettings(BaseModel, frozen=True, extra="forbid"):
    """What becomes of frames that are old when their turn comes; see ``docs/GUARANTEES.md``."""

    policy: Literal["process", "skip", "dead_letter"] = Field(
        default="process",
        description="process reads every frame, however old. skip reads none that is older than "
        "max_age_seconds: it has no plates and no failure, and its result, if there is a results "
        "topic, says so. dead_letter makes a failure of it (APIG.0201). Replayed frames are read.",
    )
    # A minute: far above the delay of a service that keeps up, so that a fail-over or a restart
    # costs no frame, and about as long as a plate is news at a barrier.
    max_age_seconds: float = Field(
        default=60.0,
        gt=0,
        le=31_536_000,
        description="Age above which a frame is stale, from its captured_at, or from the time of "
        "its message where that is earlier. Of no effect with process.",
    )
