"""Settings of the picture guard and of the plate reader."""

from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from platestream.vision.models.precision import Wanted
from platestream.vision.models.providers import canonical_provider
from platestream.vision.models.settings import ShadowSettings, SwapSettings
from platestream.vision.regions.table import known_names


class PictureLimits(BaseModel, frozen=True, extra="forbid"):
    """What a picture may be before it is decoded."""

    min_side: int = Field(
        default=15, ge=1, le=4096, description="Shortest allowed side of a picture, pixels."
    )
    max_side: int = Field(
        default=4096,
        ge=16,
        le=16384,
        description="Longest allowed side of a picture, pixels. A decoded picture takes "
        "3 bytes per pixel: 48 MiB at the default.",
    )
    max_bytes: int = Field(
        default=10 * 1024 * 1024,
        ge=1024,
        le=256 * 1024 * 1024,
        description="Longest allowed encoded picture, bytes.",
    )
    max_jpeg_scans: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Most scans of a progressive JPEG. Encoders make about 10; each further one "
        "costs a pass over the whole picture, so a few kilobytes could keep a core busy for hours.",
    )
    tolerate_truncated: bool = Field(
        default=False,
        description="Read JPEGs that end early; the missing part is grey. Off, they fail with "
        "AIS.0104, also those that lack only the end marker.",
    )

    @model_validator(mode="after")
    def _sides_in_order(self) -> Self:
        if self.min_side > self.max_side:
            raise ValueError("min_side is greater than max_side")
        return self


class VisionSettings(BaseModel, frozen=True, extra="forbid"):
    """How pictures are read. ``None`` for a threshold means the model bundle's own value."""

    bundle: Path | None = Field(
        default=None,
        description="Folder of a model bundle, a link to one, or a text file that names one beside "
        "it; the packaged one when not set.",
    )
    swap: SwapSettings = Field(
        default_factory=SwapSettings,
        description="How the bundle is replaced while frames are read.",
    )
    shadow: ShadowSettings = Field(
        default_factory=ShadowSettings, description="A bundle that is compared with the active one."
    )
    providers: tuple[str, ...] = Field(
        default=("CPUExecutionProvider",),
        min_length=1,
        description="onnxruntime execution providers in order of preference, by name "
        "(CPUExecutionProvider, CUDAExecutionProvider, TensorrtExecutionProvider, "
        "OpenVINOExecutionProvider …) or short name (cpu, cuda, tensorrt, openvino).",
    )
    provider_options: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="Options by provider, passed to onnxruntime over our own, "
        "such as {cuda: {gpu_mem_limit: '4294967296'}}.",
    )
    allow_cpu_fallback: bool = Field(
        default=False,
        description="Go on with the CPU when the first provider cannot be used. Off, that is an "
        "error at start: a silent fall-back is a service ten times slower that looks healthy.",
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="Threads of one inference on the CPU; the container's CPU quota when not set.",
    )
    precision: Wanted = Field(
        default="auto",
        description="What the models compute in: float32, or int8 (eight-bit integers), which is "
        "faster on CPUs and reads nearly the same. auto: int8 on the CPU provider where the CPU "
        "has AVX2 or better and the bundle has such models, else float32.",
    )
    batch_buckets: tuple[int, ...] = Field(
        default=(1, 2, 4, 8, 16, 32),
        min_length=1,
        description="Batch sizes that the models are run with, ascending, starting at 1. On an "
        "accelerator a batch is padded up to one of them, since each new shape costs set-up time; "
        "a CPU uses only the small ones.",
    )
    io_binding: bool = Field(
        default=False,
        description="Run the models on buffers that stay on the device, one set for each batch "
        "size and thread. For CUDA and TensorRT; nothing was measured on a GPU yet, hence off.",
    )
    engine_cache: Path | None = Field(
        default=None,
        description="Folder of TensorRT's compiled engines, a folder in it for each GPU, version, "
        "model and range of shapes. They take minutes to compile; when not set, they are kept in "
        "the working folder, where one of another model or card may be met.",
    )
    score_threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Least detector score of a plate; the bundle's own when not set.",
    )
    nms_iou: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Overlap (IoU of boxes) from which two detections are one plate; the bundle's "
        "own when not set.",
    )
    max_plates: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Most plates reported of one picture; the bundle's own when not set.",
    )
    rows_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Probability from which a plate is read as two rows; the bundle's own when "
        "not set.",
    )
    second_scale: bool | None = Field(
        default=None,
        description="Look once more, at a smaller scale, at a picture in which something looked "
        "like a plate but none was found: plates that fill much of it are found there by networks "
        "that need it. Costs a third more for such pictures. When not set, as the bundle has it.",
    )
    tiling: bool = Field(
        default=True,
        description="Look at large pictures on a larger canvas, so that small plates in them are "
        "found. Costs as much more as the canvas is larger: in 4K about four looks.",
    )
    tile_scale: float = Field(
        default=2.5,
        ge=1,
        le=16,
        description="How finely large pictures are looked at: picture pixels per pixel of the "
        "canvas. A picture is large when its usual canvas is at least 1.3 times as coarse.",
    )
    max_tiles: int = Field(
        default=12,
        ge=1,
        le=64,
        description="At most so many times the pixels of the usual canvas; where more were needed "
        "a picture is looked at less finely.",
    )
    regions: tuple[str, ...] = Field(
        default=("all",),
        description="Regions whose number formats a text should fit, such as [cn, tw] or [eu]: "
        "characters that look alike (0 and O, 8 and B) are then told apart by their place. The "
        "fewer, the better; docs/REGIONS.md lists them. An empty list: texts stand as read.",
    )
    region_strict: bool = Field(
        default=False,
        description="Leave out readings that fit no format of the regions; off, they are kept as "
        "read.",
    )
    fold_umlauts: bool = Field(
        default=False,
        description="Report A, O and U for the umlauts of German plates (MU for MÜ), as many "
        "registers write them; off, plate numbers are as read.",
    )
    incomplete_plates: Literal["report", "leave_out"] = Field(
        default="report",
        description="What becomes of plates that the picture's edge cuts or something covers, so "
        "that a part of the number cannot be seen: reported, with a low confidence and complete: "
        "false, or left out. Some bundles cannot tell; then all are reported.",
    )
    min_confidence: float = Field(
        default=0.0, ge=0, le=1, description="Readings with less confidence are left out."
    )
    doubtful_score: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Least detector score of a plate whose text is half sure; below it the plate "
        "is taken for a false alarm. A surer text needs less, an illegible one more. The "
        "bundle's own when not set.",
    )
    text_weight: float | None = Field(
        default=None,
        ge=0,
        le=10,
        description="How much a plate's text counts in telling it from a false alarm, beside the "
        "detector's score; 0 leaves that to the detector. The bundle's own when not set.",
    )

    @model_validator(mode="after")
    def _strict_about_something(self) -> Self:
        if self.region_strict and not self.regions:
            raise ValueError("region_strict needs regions: without any, nothing would be reported")
        return self

    @field_validator("providers")
    @classmethod
    def _known_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(canonical_provider(name) for name in names)

    @field_validator("provider_options")
    @classmethod
    def _known_keys(cls, options: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        return {canonical_provider(name): values for name, values in options.items()}

    @field_validator("regions")
    @classmethod
    def _known_regions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return checked_regions(names)

    @field_validator("batch_buckets")
    @classmethod
    def _ascending(cls, buckets: tuple[int, ...]) -> tuple[int, ...]:
        if buckets[0] != 1 or any(a >= b for a, b in pairwise(buckets)):
            raise ValueError("batch_buckets must start at 1 and ascend")
        if buckets[-1] > 1024:  # noqa: PLR2004 - a canvas batch of 700 MB: a slip of the keyboard
            raise ValueError("batch_buckets go to at most 1024")
        return buckets


def checked_regions(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of regions as the table has them, none twice.

    Raises:
        ValueError: if one is not known.
    """
    names = tuple(dict.fromkeys(name.strip().lower() for name in names))
    unknown = [name for name in names if name not in known_names()]
    if unknown:
        raise ValueError(
            f"no such region: {', '.join(unknown)}; known are {', '.join(known_names())}"
        )
    return names
