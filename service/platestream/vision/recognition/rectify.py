"""Perspective rectification: a plate's four corners to the recognizer's fixed input.

The training data go through the same functions, so that the recognizer meets in service exactly
the geometry it learnt. Everything here is pure: numpy arrays in, a new numpy array out.

Coordinates: ``x, y`` in pixels, the centre of the top-left pixel being (0, 0). Corners run
clockwise from the plate's own top-left corner, shape ``[4, 2]``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

# A plate seen larger than this many times the output is sampled on a finer grid and then averaged:
# bilinear sampling alone would skip pixels and break thin strokes. 4 covers a plate 670 px wide.
_MAX_OVERSAMPLING = 4
# Corners that enclose less than this (square pixels) have no usable plate plane: the homography
# would be numerically singular.
_MIN_AREA = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CropGeometry:
    """Shape of the recognizer's input and how a plate is laid into it.

    Attributes:
        height: rows of the output, pixels.
        width: columns of the output, pixels.
        margin: picture kept around the corners, as fractions of the plate's width (left and right)
            and of its height (above and below). Detected corners are a few per cent off; without a
            margin, the outer characters lose strokes.
        upper_end: lower edge of the upper row's band, fraction of the output's height.
        lower_start: upper edge of the lower row's band, fraction of the output's height. Less than
            ``upper_end``: the bands overlap because the border between the rows differs by layout.
        upper_width: columns that the upper row gets when the two bands stand side by side.
    """

    height: int = 48
    width: int = 168
    margin: tuple[float, float] = (0.05, 0.08)
    upper_end: float = 5 / 12
    lower_start: float = 1 / 3
    upper_width: int = 72

    def __post_init__(self) -> None:
        if min(self.height, self.width) < 1:
            raise ValueError(f"crop of {self.height}x{self.width} px is too small")
        if not 0 < self.upper_width < self.width:
            raise ValueError(f"upper_width {self.upper_width} is not inside 0..{self.width}")
        if not 0 < self.upper_end <= 1 or not 0 <= self.lower_start < 1:
            raise ValueError("upper_end and lower_start must be fractions of the height")
        if not all(0 <= side < 1 for side in self.margin):
            raise ValueError("margins must be fractions from 0 to below 1")

    def without_margin(self) -> CropGeometry:
        """Return the same geometry with no margin, for pictures that are crops already."""
        return dataclasses.replace(self, margin=(0.0, 0.0))


def whole_crop_corners(height: int, width: int) -> Float32Array:
    """Return the outer corners of a picture, float32 ``[4, 2]``.

    Rectifying these without a margin is a plain resize of the whole picture.

    Raises:
        ValueError: if a side is less than one pixel.
    """
    if height < 1 or width < 1:
        raise ValueError(f"a picture of {height}x{width} px has no corners")
    right, bottom = width - 0.5, height - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]], np.float32)


def rectify_one_row(
    picture: UInt8Array, corners: Float32Array, geometry: CropGeometry
) -> UInt8Array:
    """Warp a plate, with its margin, to ``uint8 [height, width, 3]``.

    Args:
        picture: uint8 BGR ``[H, W, 3]``.
        corners: float32 ``[4, 2]``, clockwise from the plate's top-left corner, pixels.
        geometry: the output's shape and margin.

    Raises:
        ValueError: if the corners are not finite or enclose next to nothing.
    """
    size = (geometry.width, geometry.height)
    return _warp_band(picture, _checked(corners), geometry.margin, (0.0, 1.0), size)


def rectify_two_rows(
    picture: UInt8Array, corners: Float32Array, geometry: CropGeometry
) -> UInt8Array:
    """Warp a two-row plate so that its rows stand side by side, ``uint8 [height, width, 3]``.

    Both bands are sampled straight from the picture at the output's full height; the upper row
    fills the left ``upper_width`` columns, the lower row the rest.

    Args:
        picture: uint8 BGR ``[H, W, 3]``.
        corners: float32 ``[4, 2]``, clockwise from the plate's top-left corner, pixels.
        geometry: the output's shape, margin and bands.

    Raises:
        ValueError: if the corners are not finite or enclose next to nothing.
    """
    quad = _checked(corners)
    upper_size = (geometry.upper_width, geometry.height)
    lower_size = (geometry.width - geometry.upper_width, geometry.height)
    upper = _warp_band(picture, quad, geometry.margin, (0.0, geometry.upper_end), upper_size)
    lower = _warp_band(picture, quad, geometry.margin, (geometry.lower_start, 1.0), lower_size)
    return np.concatenate([upper, lower], axis=1)


def _checked(corners: Float32Array) -> Float32Array:
    quad = np.asarray(corners, np.float32)
    if quad.shape != (4, 2):
        raise ValueError(f"corners have shape {quad.shape}, not (4, 2)")
    if not np.isfinite(quad).all():
        raise ValueError("corners are not finite")
    if abs(cv2.contourArea(quad)) < _MIN_AREA:
        raise ValueError("corners enclose next to nothing")
    return quad


def _warp_band(
    picture: UInt8Array,
    quad: Float32Array,
    margin: tuple[float, float],
    band: tuple[float, float],
    size: tuple[int, int],
) -> UInt8Array:
    """Warp the rows ``band``, fractions of the height with margin, to ``size`` = width, height."""
    width, height = size
    factor = _oversampling(quad, band, size)
    fine_width, fine_height = width * factor, height * factor
    matrix = cv2.getPerspectiveTransform(
        quad, plate_in_output(margin, band, fine_width, fine_height)
    )
    fine: Any = cv2.warpPerspective(
        picture,
        matrix,
        (fine_width, fine_height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if factor > 1:
        fine = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(fine, np.uint8)


def plate_in_output(
    margin: tuple[float, float], band: tuple[float, float], width: int, height: int
) -> Float32Array:
    """Return where the plate's corners land in an output of ``width`` x ``height`` px."""
    across, along = margin
    left = across / (1 + 2 * across) * width - 0.5
    right = (1 + across) / (1 + 2 * across) * width - 0.5
    start, end = band
    scale = height / (end - start)
    top = (along / (1 + 2 * along) - start) * scale - 0.5
    bottom = ((1 + along) / (1 + 2 * along) - start) * scale - 0.5
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def _oversampling(quad: Float32Array, band: tuple[float, float], size: tuple[int, int]) -> int:
    """Return how many times finer than the output the picture shows the plate, 1.._MAX."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    across = max(float(sides[0]), float(sides[2])) / size[0]
    along = max(float(sides[1]), float(sides[3])) * (band[1] - band[0]) / size[1]
    return int(np.clip(round(max(across, along)), 1, _MAX_OVERSAMPLING))
