"""One picture of a source: the bytes it came as, or its pixels; and what goes onto the topic."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Protocol

import cv2
import numpy as np

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.c_stderr import silenced
from platestream.vision.picture.decode import decode_picture, prepare_opencv
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.settings import PictureLimits

ClockSource = Literal["stream", "arrival", "file"]
Form = Literal["source", "encoded", "shrunk"]

LIMITS: Final = PictureLimits()
GREY_WIDTH: Final = 160
# Steps of giving up quality before size: plates are read from edges, which quality 60 keeps better
# than half the pixels do.
_QUALITIES: Final = (80, 70, 60)
_SCALES: Final = (0.75, 0.5, 0.35, 0.25)


class TooLargeError(Exception):
    """A picture that does not fit, however much it is shrunk."""


class Pixels(Protocol):
    """A decoded picture that has not been converted yet."""

    def bgr(self) -> UInt8Array:
        """uint8 BGR ``[height, width, 3]``, upright."""

    def grey(self, width: int) -> UInt8Array:
        """uint8 ``[height, width]``, reduced."""


@dataclass(frozen=True)
class SourcePicture:
    """A picture as it was taken from a source.

    Attributes:
        captured_at: Milliseconds since the epoch.
        clock: Whose time that is.
        data: The encoded picture, where the source has one that may go on as it is.
        pixels: The decoded picture, where it has not.
        name: The file's name, of a folder.
        settled: Called once its frame is on the topic.
    """

    captured_at: int
    clock: ClockSource
    data: bytes | None = None
    pixels: Pixels | None = None
    name: str | None = None
    settled: Callable[[], None] | None = None

    @cached_property
    def _bgr(self) -> UInt8Array:
        if self.pixels is not None:
            return self.pixels.bgr()
        return decode_picture(self.data or b"", LIMITS)

    def grey(self) -> UInt8Array:
        """A reduced picture, uint8 ``[height, 160]``.

        Raises:
            FrameError: It cannot be decoded.
        """
        if self.pixels is not None:
            return self.pixels.grey(GREY_WIDTH)
        data = self.data or b""
        header = inspect_picture(data, LIMITS)
        prepare_opencv()
        with silenced():
            # A JPEG is reduced while it is decoded: a quarter of the time of the whole one.
            grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_4)
        if grey is None:
            raise FrameError(ErrorCode.PICTURE_DAMAGED)
        height = max(1, round(GREY_WIDTH * header.height / header.width))
        resized = cv2.resize(grey, (GREY_WIDTH, height), interpolation=cv2.INTER_AREA)
        return np.asarray(resized, np.uint8)

    def encoded(self, quality: int, room: int) -> tuple[bytes, Form]:
        """The picture that goes onto the topic: the source's own bytes where they fit.

        Args:
            quality: Of a JPEG that has to be made.
            room: Most bytes.

        Raises:
            FrameError: It is none that may be sent, or it cannot be decoded.
            TooLargeError: It does not fit.
        """
        if self.data is not None:
            inspect_picture(self.data, LIMITS)
            if len(self.data) <= room:
                return self.data, "source"
        else:
            data = _jpeg(self._bgr, quality)
            if len(data) <= room:
                return data, "encoded"
        for less in _QUALITIES:
            if less < quality and len(data := _jpeg(self._bgr, less)) <= room:
                return data, "shrunk"
        for scale in _SCALES:
            smaller = cv2.resize(self._bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            if len(data := _jpeg(np.asarray(smaller, np.uint8), _QUALITIES[-1])) <= room:
                return data, "shrunk"
        raise TooLargeError


def _jpeg(pixels: UInt8Array, quality: int) -> bytes:
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise FrameError(ErrorCode.PICTURE_DAMAGED)
    return bytes(data)
