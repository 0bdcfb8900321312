"""The drawn demo scenes, and a reader that knows them: the page is under test, not the models."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import cv2
import numpy as np

from platestream.contract.readings import ModelRef, PlateColor, PlateReading, Quad
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.picture import Picture, pixels_of

_FOLDER = files("platestream.cli").joinpath("demo_pictures")


def names() -> list[str]:
    return sorted(json.loads(_FOLDER.joinpath("truth.json").read_text(encoding="utf-8")))


def picture(name: str) -> bytes:
    return _FOLDER.joinpath(name).read_bytes()


def texts(name: str) -> list[str]:
    return [reading.plate_number for reading in truth()[name]]


def truth() -> dict[str, tuple[PlateReading, ...]]:
    """What each scene shows."""
    scenes = json.loads(_FOLDER.joinpath("truth.json").read_text(encoding="utf-8"))
    return {
        name: tuple(
            PlateReading(
                plate_number=plate["text"],
                plate_color=PlateColor(plate["color"]),
                plate_location=_quad(plate["corners"]),
                confidence=0.97 - 0.11 * index,
                rows=plate["rows"],
                char_confidences=(0.95,) * len(plate["text"]),
                detection_score=0.9,
            )
            for index, plate in enumerate(plates)
        )
        for name, plates in scenes.items()
    }


def _quad(corners: Sequence[tuple[float, float]]) -> Quad:
    a, b, c, d = ((max(0, round(x)), max(0, round(y))) for x, y in corners)
    return a, b, c, d


@dataclass
class SceneReader:
    """Recognizes a whole scene by its pixels and says what is on it."""

    model: ModelRef = field(default_factory=lambda: ModelRef("scenes", "1"))
    provider: str = "fake"
    precision: str = "float32"

    def __post_init__(self) -> None:
        self._known: dict[bytes, tuple[PlateReading, ...]] = {}
        for name, readings in truth().items():
            pixels = cv2.imdecode(np.frombuffer(picture(name), np.uint8), cv2.IMREAD_COLOR)
            self._known[_key(np.asarray(pixels, np.uint8))] = readings

    def warm_up(self) -> None:
        """Nothing is cold."""

    def prepare(self, picture: Picture) -> None:
        """Decode everything."""
        picture.at(1)

    def read(
        self, pictures: Sequence[Picture | UInt8Array], _cameras: object = None
    ) -> list[tuple[PlateReading, ...]]:
        return [self._known.get(_key(pixels_of(one)), ()) for one in pictures]


def _key(pixels: UInt8Array) -> bytes:
    return np.ascontiguousarray(pixels[::40, ::40]).tobytes()
