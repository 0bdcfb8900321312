"""Settings of the feed: the cameras, and what holds for all of them."""

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field, field_serializer, field_validator

from platestream.contract.sending import FrameIdentity
from platestream.feed.location import shown

_SOME_TIME = 1_767_225_600_000


class SourceSettings(BaseModel, frozen=True, extra="forbid"):
    """Where the pictures of one camera come from, and which of them go on."""

    source: str = Field(
        min_length=1,
        description="rtsp://, rtsps://, http:// or https:// (MJPEG and what else FFmpeg plays), a "
        "video file, or a folder of pictures. Printed without user, password and query.",
    )
    credentials_file: Path | None = Field(
        default=None,
        description="File that holds user:password of the URL, such as a mounted secret.",
    )
    fps: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="Most frames a second that go on, by capture time; the others are dropped as "
        "rate. Of a folder in real time: how many it plays. All when not given.",
    )
    motion: bool = Field(default=False, description="Leave frames out while nothing moves.")
    clock: Literal["stream", "arrival"] = Field(
        default="stream",
        description="Where the capture time comes from: stream is the camera's (RTCP), the film's "
        "or the picture's own, where there is one; arrival is this machine's.",
    )
    transport: Literal["tcp", "udp"] = Field(
        default="tcp",
        description="How RTSP carries pictures; udp loses some on a busy network.",
    )
    loop: bool = Field(
        default=False, description="Begin a film or folder again at its end, in real time."
    )
    realtime: bool = Field(
        default=False, description="Play a film or folder as fast as it was taken, not faster."
    )
    start: AwareDatetime | None = Field(
        default=None,
        description="When a film begins, with its offset from UTC; else what the file says, else "
        "the time at which it is opened.",
    )
    watch: bool = Field(
        default=False, description="Follow a folder: pictures that are written into it from now on."
    )
    existing: bool = Field(
        default=False, description="With watch: those that are there already, too, first."
    )
    delete: bool = Field(
        default=False,
        description="With watch: delete each file once its frame is on the topic, so that a "
        "restart begins with those that are left.",
    )
    attributes: dict[str, str] = Field(
        default_factory=dict, description="Attributes of each frame, carried into its events."
    )

    @field_serializer("source", when_used="json")
    def _without_credentials(self, source: str) -> str:
        return shown(source)


class MotionSettings(BaseModel, frozen=True, extra="forbid"):
    """When something moves; see docs/FEED.md for how the values were found."""

    min_area: float = Field(
        default=0.002,
        gt=0,
        lt=1,
        description="Share of the picture that must change. A plate that can be read is part of a "
        "vehicle many times larger; rain, insects and noise stay below.",
    )
    hold_seconds: float = Field(
        default=1.0,
        ge=0,
        le=3600,
        description="Frames still go on for so long after the last motion: a vehicle that stops is "
        "read once it stands still.",
    )
    idle_seconds: float = Field(
        default=10.0,
        gt=0,
        le=86_400,
        description="One frame goes on after so long without motion: a sign of life, and a look at "
        "what stands there.",
    )


class FeedSettings(BaseModel, frozen=True, extra="forbid"):
    """What holds for all cameras of a feed."""

    # Each camera is a thread and a connection; more belong on another replica.
    sources: dict[str, SourceSettings] = Field(
        default_factory=dict,
        max_length=256,
        description="The cameras, by their ids; at most 256, each of which labels two metrics.",
    )
    # Two seconds of a camera at 12 frames a second, one at 25: a broker's election is shorter
    # than what the client itself holds on top, and older frames of a live camera are worth less.
    queue_frames: int = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Frames of one camera that wait to be sent. When full, a live source drops its "
        "oldest (queue); a film or folder waits.",
    )
    jpeg_quality: int = Field(
        default=90,
        ge=50,
        le=100,
        description="Quality of pictures that have to be encoded; a source's own JPEGs go on as "
        "they are.",
    )
    first_pause_seconds: float = Field(
        default=0.5, gt=0, le=3600, description="Least pause before a camera is connected again."
    )
    # Half a minute: as long as a camera takes to boot, and few enough tries for one that is gone.
    longest_pause_seconds: float = Field(
        default=30.0, gt=0, le=3600, description="Longest such pause; each is up to half shorter."
    )
    silence_seconds: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="A live source that sends nothing for so long is connected again.",
    )
    # More than network and buffers delay a picture, less than clocks that nobody sets are off.
    max_clock_offset_seconds: float = Field(
        default=5.0,
        gt=0,
        le=86_400,
        description="A camera whose clock differs by more from this machine's is not believed; its "
        "frames get the time of their arrival.",
    )
    settle_seconds: float = Field(
        default=2.0,
        gt=0,
        le=3600,
        description="A watched file that shows no end of its own is complete once it has not "
        "changed for so long.",
    )
    motion: MotionSettings = Field(
        default_factory=MotionSettings, description="When something moves."
    )

    @field_validator("sources")
    @classmethod
    def _sound(cls, given: dict[str, SourceSettings]) -> dict[str, SourceSettings]:
        problems = []
        for camera, source in given.items():
            identity = FrameIdentity(
                frame_id="", camera_id=camera, captured_at=_SOME_TIME, attributes=source.attributes
            )
            if not camera:
                problems.append("a camera has no id")
            elif error := identity.problem():
                problems.append(f"{camera[:100]!r}: {error.detail}")
        if problems:
            raise ValueError("; ".join(problems))
        return given
