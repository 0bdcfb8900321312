"""A reader without models: it reads the number that a picture's first pixel carries."""

import threading
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from platestream.contract.frames import Frame, SourceRef
from platestream.contract.readings import ModelRef, PlateColor, PlateReading
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture, pixels_of

MODEL = ModelRef("fake", "1.0.0")
# A picture whose number is a multiple of this shows no plate.
EMPTY_EVERY = 5
CONFIDENCE = 0.9


def picture(number: int) -> bytes:
    """A PNG that carries ``number`` (below 2**24)."""
    pixels = np.zeros((16, 24, 3), dtype=np.uint8)
    pixels[0, 0] = (number & 255, number >> 8 & 255, number >> 16 & 255)
    done, encoded = cv2.imencode(".png", pixels)
    assert done
    return encoded.tobytes()


def number_of(pixels: UInt8Array) -> int:
    b, g, r = (int(value) for value in pixels[0, 0])
    return b | g << 8 | r << 16


def text_of(number: int) -> str:
    return f"TEST{number}"


def reading(number: int) -> PlateReading:
    return PlateReading(
        plate_number=text_of(number),
        plate_color=PlateColor.BLUE,
        plate_location=((1, 1), (9, 1), (9, 5), (1, 5)),
        confidence=CONFIDENCE,
        rows=1,
        char_confidences=(0.9,) * len(text_of(number)),
        detection_score=0.8,
    )


def frame(number: int, *, image: bytes | None = None, url: str | None = None) -> Frame:
    return Frame(
        frame_id=f"frame-{number}",
        camera_id="camera-1",
        captured_at=1_700_000_000_000,
        source=SourceRef("frames", 0, number),
        image=picture(number) if image is None and url is None else image,
        url=url,
    )


class FakeReader:
    """Reads numbers; can be held at a gate, told to fail, and watched.

    Of a picture whose camera asks for more confidence than it has, it reads nothing.
    """

    def __init__(
        self,
        fails: Callable[[list[int]], Exception | None] | None = None,
        model: ModelRef = MODEL,
    ) -> None:
        self.model = model
        self.provider = "fake"
        self.precision = "float32"
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.batches: list[list[int]] = []
        self.warm = False
        self._fails = fails

    def warm_up(self) -> None:
        self.warm = True

    def prepare(self, picture: Picture) -> None:
        """Decode everything."""
        picture.at(1)

    def read(
        self,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None] | None = None,
    ) -> list[tuple[PlateReading, ...]]:
        numbers = [number_of(pixels_of(one)) for one in pictures]
        given = cameras or [None] * len(numbers)
        asked = [one.min_confidence if one is not None else None for one in given]
        self.entered.set()
        assert self.gate.wait(60)
        self.batches.append(numbers)
        if self._fails is not None and (error := self._fails(numbers)) is not None:
            raise error
        return [
            () if n % EMPTY_EVERY == 0 or (least or 0) > CONFIDENCE else (reading(n),)
            for n, least in zip(numbers, asked, strict=True)
        ]
