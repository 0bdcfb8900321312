"""Readings: what comes out of one picture."""

from dataclasses import dataclass
from enum import StrEnum

Point = tuple[int, int]
Quad = tuple[Point, Point, Point, Point]


class PlateColor(StrEnum):
    """Background colour of a plate. ``UNKNOWN`` is ours: the contract's list may grow."""

    BLUE = "blue"
    GREEN = "green"
    BLACK = "black"
    WHITE = "white"
    YELLOW = "yellow"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateReading:
    """One plate in one picture.

    Attributes:
        plate_number: The characters without separators; of two rows the upper one first.
        plate_color: Background colour.
        plate_location: Corners ``(x, y)`` in pixels of the upright picture, clockwise from the
            plate's own top-left corner; x to the right, y down, inside the picture.
        confidence: 0..1, the calibrated probability that the whole text is right.
        rows: 1 or 2 lines of text.
        char_confidences: 0..1 for each character of ``plate_number``.
        detection_score: 0..1, the detector's own score.
        complete: Whether the whole number can be seen, neither cut by the picture's edge nor
            covered; None where the model bundle cannot tell.
    """

    plate_number: str
    plate_color: PlateColor
    plate_location: Quad
    confidence: float
    rows: int
    char_confidences: tuple[float, ...]
    detection_score: float
    complete: bool | None = None


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model bundle gave a reading; as text, its name and version."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
