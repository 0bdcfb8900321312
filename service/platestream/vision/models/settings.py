"""Settings of bundles that change, and of one that is compared with the active one."""

from pathlib import Path

from pydantic import BaseModel, Field


class SwapSettings(BaseModel, frozen=True, extra="forbid"):
    """How a model bundle is followed, and another one put in its place while frames are read."""

    watch: bool = Field(
        default=True,
        description="Follow vision.bundle: another bundle there comes into force without a "
        "restart, see [MODELS.md](MODELS.md). Off, only SIGHUP makes the service look.",
    )
    # 2 s: an operator who moves a pointer looks at the effect, and ten stats cost microseconds.
    poll_seconds: float = Field(
        default=2.0,
        gt=0,
        le=3600,
        description="How often vision.bundle is looked at. A change is read once the folder has "
        "stood still from one look to the next.",
    )
    trial_frames: int = Field(
        default=1000,
        ge=0,
        le=10_000_000,
        description="How many frames a new bundle is on trial for. If it fails on a picture "
        "meanwhile that the bundle before reads, it is rolled back; until then both are in "
        "memory. 0 for no trial.",
    )
    least_found_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Share of the plates in the last pictures, as the bundle in use reads them, "
        "that a new one has to find before it comes into force; 0 asks for none.",
    )


class ShadowSettings(BaseModel, frozen=True, extra="forbid"):
    """A second bundle that reads a sample of the pictures beside the active one."""

    bundle: Path | None = Field(
        default=None,
        description="Folder of the shadow bundle, or what points to one; none when not set. Its "
        "readings are compared and counted, and go nowhere else.",
    )
    sample: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="Share of the pictures that the shadow reads, chosen by their pixels: the "
        "same ones on every replica.",
    )
    # The service's own pictures come first.
    threads: int = Field(
        default=1, ge=1, le=1024, description="Threads of one inference of the shadow on the CPU."
    )
