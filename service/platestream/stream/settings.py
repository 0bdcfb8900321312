"""Settings of the stream: batches, pools and how much may be in flight."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field

from platestream.vision.models.threads import available_cpus

_MIB: Final = 1024 * 1024


class StreamSettings(BaseModel, frozen=True, extra="forbid"):
    """How frames are decoded, gathered into batches and bounded on their way."""

    batch_max_frames: int = Field(
        default=16, ge=1, le=1024, description="Most frames in one batch given to the models."
    )
    # 20 ms: half of a frame interval at 25 frames/s, small against the inference of one batch on
    # a CPU (hundreds of ms), so waiting for neighbours never dominates the latency.
    batch_max_age_ms: float = Field(
        default=20.0,
        ge=0,
        le=10_000,
        description="Longest time the first frame of a batch waits for more, milliseconds. "
        "A batch goes at once when no other frame is on its way.",
    )
    decode_workers: int = Field(
        default_factory=available_cpus,
        ge=1,
        le=256,
        description="Threads that decode pictures; the container's CPU quota when not set.",
    )
    fetch_workers: int = Field(
        default=8, ge=1, le=256, description="Threads that fetch pictures given by URL."
    )
    max_in_flight_frames: int = Field(
        default=128,
        ge=1,
        le=100_000,
        description="Frames between their consumption and the acknowledgement of their records; "
        "at the limit consumption pauses.",
    )
    # Twice web.max_in_flight, so that the HTTP interface's own bound, which waits, comes first.
    max_in_flight_requests: int = Field(
        default=64,
        ge=1,
        le=100_000,
        description="Requests of the HTTP interface on their way through the pipeline, beside the "
        "stream's frames; more are refused.",
    )
    # A caller waits, and a busy interface finds its neighbours within milliseconds anyway.
    request_max_age_ms: float = Field(
        default=5.0,
        ge=0,
        le=10_000,
        description="Longest time a request's picture waits for others to join its batch, "
        "milliseconds.",
    )
    request_share: float = Field(
        default=0.5,
        ge=0.05,
        le=0.95,
        description="Share of fetching, decoding and of each batch that requests get while frames "
        "of the stream wait as well. What one of the two does not need, the other takes.",
    )
    max_in_flight_bytes: int = Field(
        default=128 * _MIB,
        ge=1,
        le=64 * 1024 * _MIB,
        description="Encoded bytes of the frames in flight; at the limit consumption pauses. "
        "At least one frame is always let in, however large.",
    )
    resume_fraction: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Consumption resumes when frames and bytes in flight are down to this share "
        "of their limits. Hysteresis: pausing throws prefetched messages away, so it must not "
        "happen for every frame.",
    )
    max_decoded_bytes: int = Field(
        default=256 * _MIB,
        ge=1,
        le=64 * 1024 * _MIB,
        description="Pixels of decoded pictures that wait for or are in inference, bytes (width x "
        "height x 3 each). One picture is always let in, however large.",
    )
    # A batch on a slow CPU takes seconds and one that compiles a TensorRT engine minutes; ten
    # minutes without an answer is a dead device, and only a restart brings it back.
    stuck_after_seconds: float = Field(
        default=600.0,
        gt=0,
        description="A batch that has been in inference for longer makes the service unhealthy.",
    )


class CameraSourceSettings(BaseModel, frozen=True, extra="forbid"):
    """A file of camera settings that is followed while the service runs."""

    file: Path | None = Field(
        default=None,
        description="YAML or JSON file of camera settings, as they stand under cameras; its "
        "entries come before those. It is followed: a change takes effect without a restart, and "
        "one that is wrong changes nothing. The topic is kafka.topics.cameras.",
    )
    # 2 s: an operator who saves a file looks at the effect, and a stat costs microseconds.
    poll_seconds: float = Field(
        default=2.0,
        gt=0,
        le=3600,
        description="How often the file is looked at. A change is read once the file has stood "
        "still from one look to the next.",
    )
