"""Settings of one camera, or of all cameras whose ids fit a pattern."""

from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    field_validator,
    model_validator,
)

from platestream.vision.cameras.polygons import sound_polygon
from platestream.vision.settings import checked_regions

Turn = Literal[0, 90, 180, 270]
"""Degrees clockwise."""
_Fraction = Annotated[float, Field(ge=0, le=1)]
_Area = Annotated[
    tuple[tuple[_Fraction, _Fraction], ...],
    AfterValidator(sound_polygon),
]
# Each plate is held against each area.
_MOST_AREAS: Final = 50


def _as_number(value: object) -> object:
    # Flags are text.
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class CameraSettings(BaseModel, frozen=True, extra="forbid"):
    """What is particular to a camera.

    Points are fractions of the picture as it was sent (upright by its orientation tag, before
    ``turn``), x to the right and y down: they stay right when the camera's resolution changes.
    """

    areas: tuple[_Area, ...] = Field(
        default=(),
        max_length=_MOST_AREAS,
        description="Areas of interest: polygons of [x, y] in fractions of the picture's width and "
        "height. Plates whose centre lies in none of them are left out; without any, none is.",
    )
    ignore_areas: tuple[_Area, ...] = Field(
        default=(),
        max_length=_MOST_AREAS,
        description="Polygons likewise; plates whose centre lies in one of them are left out, such "
        "as a caption that the camera writes into the picture.",
    )
    turn: Annotated[Turn, BeforeValidator(_as_number)] = Field(
        default=0,
        description="Degrees by which the picture is turned clockwise before plates are looked "
        "for, of a camera that hangs on its side or upside down. Corners of plates stay those of "
        "the picture as it was sent.",
    )
    regions: tuple[str, ...] | None = Field(
        default=None, description="In place of vision.regions; an empty list: texts stand as read."
    )
    min_plate_width: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Narrowest plate, along its text, as a fraction of the picture's width.",
    )
    max_plate_width: float = Field(
        default=1.5,
        gt=0,
        le=1.5,
        description="Widest plate, likewise. Along the diagonal it can be above 1.",
    )
    min_confidence: float | None = Field(
        default=None, ge=0, le=1, description="In place of vision.min_confidence."
    )

    @field_validator("regions")
    @classmethod
    def _known_regions(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        # In one order, so that cameras with the same regions share what is made of them.
        return None if names is None else tuple(sorted(checked_regions(names)))

    @model_validator(mode="after")
    def _widths_in_order(self) -> Self:
        if self.min_plate_width > self.max_plate_width:
            raise ValueError("min_plate_width is greater than max_plate_width")
        return self
