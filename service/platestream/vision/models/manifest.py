"""What a model bundle's manifest says: everything that the runtime must know of the models.

So a bundle can be swapped without a change of code: sizes, alphabet, colours, thresholds, geometry,
calibration, licence and where the training data came from.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from platestream.contract.readings import PlateColor
from platestream.vision.detection.patches import PatchGeometry
from platestream.vision.models.calibration import CalibrationSpec, Part, RejectionSpec
from platestream.vision.models.precision import Precision
from platestream.vision.recognition.rectify import CropGeometry

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# A bare name: a manifest must not reach outside its folder.
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$")]
Fraction = Annotated[float, Field(gt=0, lt=1)]


class ModelFile(Part):
    """One ONNX file and its checksum."""

    file: FileName
    sha256: Sha256


class _Model(ModelFile, frozen=True):
    """A model in float32 and, where the bundle has it, the same one in eight-bit integers."""

    int8: ModelFile | None = None

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """All files of the model, the float32 one first."""
        return (self,) if self.int8 is None else (self, self.int8)

    def form(self, precision: Precision) -> ModelFile:
        """The file of a precision; the float32 one of a model that has no other."""
        return self.int8 if precision == "int8" and self.int8 is not None else self


class DetectorSpec(_Model):
    """The detector's first stage: its input canvases ``[height, width]`` and the thresholds.

    ``proposal_threshold`` is the least score of what the refiner looks at, ``score_threshold`` the
    least score of both stages together. ``second_scale`` says whether the network needs a look at
    a smaller scale to find plates that fill the picture.
    """

    canvases: tuple[tuple[int, int], ...] = Field(min_length=1, max_length=16)
    proposal_threshold: Fraction
    score_threshold: Fraction
    nms_iou: Fraction
    max_plates: int = Field(ge=1, le=1000)
    second_scale: bool = True

    @field_validator("canvases")
    @classmethod
    def _strides(cls, canvases: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        for side in (side for canvas in canvases for side in canvas):
            if side % 32 or not 32 <= side <= 4096:  # noqa: PLR2004 - the deepest stride
                raise ValueError("the sides of a canvas must be multiples of 32, 32 to 4096")
        return canvases


class RefinerSpec(_Model):
    """The detector's second stage: its patches, and ``share``, its weight in the score.

    The score of a plate is the geometric mean of both stages' scores, weighted 1 - share and share.
    """

    height: int = Field(ge=8, le=256)
    width: int = Field(ge=8, le=512)
    margin: tuple[float, float]
    share: float = Field(ge=0, le=1)

    @field_validator("margin")
    @classmethod
    def _sane(cls, margin: tuple[float, float]) -> tuple[float, float]:
        if not all(0 <= side <= 2 for side in margin):  # noqa: PLR2004 - five plates wide
            raise ValueError("margins must be fractions from 0 to 2")
        return margin

    @property
    def geometry(self) -> PatchGeometry:
        """How patches are cut for this refiner."""
        return PatchGeometry(height=self.height, width=self.width, margin=self.margin)


class TwoRowsSpec(Part):
    """How a two-row plate is laid out for the recognizer; see ``CropGeometry``."""

    upper_end: Fraction
    lower_start: Fraction
    upper_width: int = Field(ge=1)


class RecognizerSpec(_Model):
    """The recognizer: its input size, classes and geometry.

    ``evidence`` says whether it gives the probabilities of a plate and of a complete one, too.
    ``�`` in the alphabet is the class of characters that are not in it.
    """

    height: int = Field(ge=8, le=512)
    width: int = Field(ge=8, le=2048)
    alphabet: str = Field(min_length=1, max_length=20_000)
    colors: tuple[PlateColor, ...] = Field(min_length=1)
    margin: tuple[float, float]
    rows_threshold: float = Field(ge=0, le=1)
    evidence: bool = False
    two_rows: TwoRowsSpec

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.alphabet)) != len(self.alphabet):
            raise ValueError("the alphabet repeats a character")
        if len(set(self.colors)) != len(self.colors):
            raise ValueError("colors repeats a colour")
        _ = self.geometry
        return self

    @property
    def geometry(self) -> CropGeometry:
        """The rectifier's geometry of this recognizer."""
        return CropGeometry(
            height=self.height,
            width=self.width,
            margin=self.margin,
            upper_end=self.two_rows.upper_end,
            lower_start=self.two_rows.lower_start,
            upper_width=self.two_rows.upper_width,
        )


class TrainingData(Part):
    """One source of training data and its licence."""

    name: str
    source: str
    licence: str
    used_for: str


class Manifest(Part):
    """The whole ``manifest.json``."""

    schema_version: Literal[2]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+[0-9A-Za-z.+-]{0,32}$")
    created_at: date
    licence: str = Field(min_length=1)
    detector: DetectorSpec
    refiner: RefinerSpec
    recognizer: RecognizerSpec
    calibration: CalibrationSpec
    rejection: RejectionSpec = RejectionSpec()
    training_data: tuple[TrainingData, ...]
    metrics: dict[str, Any] = Field(default_factory=dict)

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """The files of all models."""
        return (*self.detector.files, *self.refiner.files, *self.recognizer.files)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        names = [one.file for one in self.files]
        if len(set(names)) != len(names):
            raise ValueError("two models have the same file")
        return self

    @model_validator(mode="after")
    def _evident(self) -> Self:
        if self.calibration.needs_evidence and not self.recognizer.evidence:
            raise ValueError("the calibration asks for evidence that the recognizer does not give")
        return self

    @field_validator("created_at", mode="before")
    @classmethod
    def _day_of(cls, value: object) -> object:
        # A full timestamp is an ISO date with a time; the day is what counts.
        return value.split("T", 1)[0] if isinstance(value, str) else value
