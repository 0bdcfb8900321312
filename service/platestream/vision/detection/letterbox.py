"""Fits a picture of any size into one of the detector's canvases, and points back out of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.detection.reduce import resize_into

Canvas = tuple[int, int]

PAD_VALUE: Final = 114
# Enlarging further adds no information, and the detector never saw such blur in training.
_MAX_ENLARGEMENT: Final = 2.0
_SMALLER: Final = 0.58
# Sides of a canvas are multiples of the detector's deepest stride.
_STRIDE: Final = 32
# A larger canvas must be this much finer, or it shows too little for its cost. With the default
# scale that leaves 1920 x 1080 alone.
_WORTHWHILE: Final = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """Where a picture lies in a canvas: its top-left part, ``height`` x ``width`` pixels.

    Attributes:
        height: Rows of the canvas that the picture takes, pixels.
        width: Columns of the canvas that the picture takes, pixels.
        scale_x: Canvas pixels per picture pixel; the sides are rounded one by one,
            so the two scales differ a little.
        scale_y: The same, vertically.
    """

    height: int
    width: int
    scale_x: float
    scale_y: float


def choose_canvas(height: int, width: int, canvases: Sequence[Canvas]) -> Canvas:
    """Return the canvas whose shape is nearest to the picture's; the first of equals.

    It depends on the picture alone, so that no neighbour in a batch can change an answer.
    """
    aspect = math.log(width / height)
    return min(canvases, key=lambda canvas: abs(math.log(canvas[1] / canvas[0]) - aspect))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fineness:
    """How finely large pictures are looked at: on a larger canvas than others.

    Attributes:
        scale: Picture pixels per canvas pixel aimed at. A picture that would be seen at least
            ``_WORTHWHILE`` times as coarsely gets a larger canvas.
        most: At most so many times the pixels of its usual canvas.
    """

    scale: float
    most: float

    def canvas(self, height: int, width: int, canvases: Sequence[Canvas]) -> Canvas:
        """Return the canvas for a picture, which follows from its shape alone.

        Args:
            height: The picture's, pixels.
            width: The picture's, pixels.
            canvases: The usual ones.
        """
        canvas = choose_canvas(height, width, canvases)
        whole = max(height / canvas[0], width / canvas[1])
        if whole < _WORTHWHILE * self.scale:
            return canvas
        scale = max(self.scale, whole / math.sqrt(self.most))
        return _whole_strides(height / scale), _whole_strides(width / scale)


def _whole_strides(side: float) -> int:
    return max(_STRIDE, math.ceil(side / _STRIDE) * _STRIDE)


def smaller(canvases: Sequence[Canvas]) -> tuple[Canvas, ...]:
    """Return the canvases at somewhat more than half their sides: a third of their pixels."""
    return tuple((_smaller_side(height), _smaller_side(width)) for height, width in canvases)


def _smaller_side(side: int) -> int:
    return max(_STRIDE, round(side * _SMALLER / _STRIDE) * _STRIDE)


def fit(height: int, width: int, canvas: Canvas) -> Letterbox:
    """Return how a picture of ``height`` x ``width`` pixels lies in ``canvas`` (height, width)."""
    scale = min(canvas[0] / height, canvas[1] / width, _MAX_ENLARGEMENT)
    rows = min(canvas[0], max(1, round(height * scale)))
    columns = min(canvas[1], max(1, round(width * scale)))
    return Letterbox(height=rows, width=columns, scale_x=columns / width, scale_y=rows / height)


def place(picture: UInt8Array, box: Letterbox, target: UInt8Array) -> None:
    """Resize ``picture`` into its part of ``target``, uint8 ``[H, W, 3]``, already padded."""
    resize_into(picture, target[: box.height, : box.width])


def to_picture(points: Float32Array, box: Letterbox) -> Float32Array:
    """Map points ``[..., 2]`` (x, y) from canvas pixels back to picture pixels.

    A pixel's centre has whole coordinates, and resizing keeps the picture's outer edges in place:
    hence the half pixel.
    """
    scale = np.array([box.scale_x, box.scale_y], np.float32)
    return np.asarray((points + 0.5) / scale - 0.5, np.float32)


def enlarged(points: Float32Array, divisor: int) -> Float32Array:
    """Map points ``[..., 2]`` from a picture at a divisor to the whole picture's pixels."""
    if divisor == 1:
        return points
    return np.asarray((points + np.float32(0.5)) * np.float32(divisor) - np.float32(0.5))


def reduced(points: Float32Array, divisor: int) -> Float32Array:
    """Map points ``[..., 2]`` from the whole picture's pixels to the picture at a divisor."""
    if divisor == 1:
        return points
    return np.asarray((points + np.float32(0.5)) / np.float32(divisor) - np.float32(0.5))


def empty_canvases(count: int, canvas: Canvas) -> UInt8Array:
    """Return ``count`` padded canvases, uint8 ``[count, H, W, 3]``."""
    return np.full((count, *canvas, 3), PAD_VALUE, np.uint8)
