"""Settings of passages: how long, how far, how sure."""

from typing import Self

from pydantic import BaseModel, Field, model_validator


class PassageSettings(BaseModel, frozen=True, extra="forbid"):
    """When sightings are one passage, and when a passage is told."""

    lateness_ms: int = Field(
        default=2000,
        ge=0,
        le=600_000,
        description="How long frames wait for others of the same camera that were taken before "
        "them, milliseconds of event time; what comes later than that is left out. Frames of a "
        "camera are nearly in order, so this is for senders that retry.",
    )
    gap_ms: int = Field(
        default=2000,
        ge=100,
        le=600_000,
        description="A passage ends when its vehicle was not seen for this long, milliseconds of "
        "event time: longer than a lamp post or another car hides it.",
    )
    gap_frames: int = Field(
        default=3,
        ge=1,
        le=1000,
        description="… and for at least so many frame intervals, so that a camera with one frame "
        "a second bridges as many frames as a quick one.",
    )
    longest_s: int = Field(
        default=600,
        ge=1,
        le=86_400,
        description="A vehicle that stays longer is told after this time, seconds, and not again "
        "while it stands there.",
    )
    standing_memory_s: int = Field(
        default=300,
        ge=0,
        le=86_400,
        description="What stood at a place when it was last seen, and is seen at that place again "
        "within this time, is no new passage, seconds: a car that others hide, a caption that is "
        "read now and then.",
    )
    min_confidence: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="Least confidence of the voted text of a passage.",
    )
    min_single_confidence: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="Least confidence of a passage that was seen only once.",
    )
    min_fixed_confidence: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="Least confidence of a passage whose plate was never seen to move, for half a "
        "second or longer: so stands lettering, such as a road marking, a sign or the camera's own "
        "caption, and it is seldom read this surely. A parked vehicle that is read less surely "
        "has its passage when it drives off. 0 to treat it as any other.",
    )
    max_tracks: int = Field(
        default=64,
        ge=1,
        le=10_000,
        description="Most vehicles followed at a time per camera; beyond it the one not seen for "
        "longest is ended early.",
    )
    max_waiting_frames: int = Field(
        default=256,
        ge=1,
        le=100_000,
        description="Most frames of a camera that wait for earlier ones; beyond it the oldest is "
        "taken early. 25 frames a second for ten seconds.",
    )

    def least_confidence(self, looks: int, *, fixed: bool) -> float:
        """Least confidence of a passage of so many looks, of a plate that was fixed or was not."""
        if looks == 1:
            return self.min_single_confidence
        return max(self.min_confidence, self.min_fixed_confidence if fixed else 0.0)

    @model_validator(mode="after")
    def _single_is_no_easier(self) -> Self:
        if self.min_single_confidence < self.min_confidence:
            raise ValueError("min_single_confidence is less than min_confidence")
        return self
