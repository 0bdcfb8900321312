"""Drawing primitives for scenes: smooth outlines, soft fills, textures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatImage = NDArray[np.float32]
Colour = tuple[float, float, float]
_SHIFT = 3
"""Sub-pixel bits of the polygon filler."""


def smooth_outline(points: Sequence[tuple[float, float]], rounds: int = 3) -> NDArray[np.float32]:
    """Round a polygon's corners by cutting them repeatedly; returns ``[P,2]``."""
    outline = np.array(points, np.float32)
    for _ in range(rounds):
        following = np.roll(outline, -1, 0)
        outline = np.stack(
            (0.78 * outline + 0.22 * following, 0.22 * outline + 0.78 * following), 1
        )
        outline = outline.reshape(-1, 2)
    return outline


def mirror_outline(half: Sequence[tuple[float, float]], centre: float) -> list[tuple[float, float]]:
    """Complete a left-right symmetric outline from its right half (given from top to bottom)."""
    return [*half, *[(2 * centre - x, y) for x, y in reversed(half)]]


def mask_of(shape: tuple[int, int], outline: NDArray[np.float32], soft: float = 0.0) -> FloatImage:
    """Coverage 0..1 ``[H,W]`` of a filled outline, optionally blurred."""
    mask = np.zeros(shape, np.uint8)
    points = np.round(outline * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, _SHIFT)
    coverage = mask.astype(np.float32) / 255
    return cv2.GaussianBlur(coverage, (0, 0), soft) if soft > 0 else coverage  # type: ignore[return-value]


def lay(
    image: FloatImage, mask: FloatImage, paint: Colour | FloatImage, opacity: float = 1.0
) -> None:
    """Blend a colour or a picture into ``image`` (in place) where the mask says."""
    rows, columns = np.flatnonzero(mask.max(1) > 0.002), np.flatnonzero(mask.max(0) > 0.002)
    if not len(rows) or not len(columns):
        return
    area = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    weight = (mask[area] * np.float32(opacity))[:, :, None]
    colour = np.asarray(paint, np.float32)
    colour = colour[area] if colour.ndim == 3 else colour
    image[area] += (colour - image[area]) * weight


def fill(
    image: FloatImage,
    points: Sequence[tuple[float, float]],
    paint: Colour,
    *,
    rounds: int = 0,
    soft: float = 0.0,
    opacity: float = 1.0,
) -> None:
    """Fill a polygon (rounded when ``rounds`` > 0) with one colour."""
    outline = smooth_outline(points, rounds) if rounds else np.array(points, np.float32)
    lay(image, mask_of((image.shape[0], image.shape[1]), outline, soft), paint, opacity)


def gradient(
    height: int, width: int, top: Colour, bottom: Colour, power: float = 1.0
) -> FloatImage:
    """Vertical gradient ``[H,W,3]``."""
    t = (np.linspace(0, 1, height, dtype=np.float32) ** power)[:, None, None]
    ramp = np.array(top, np.float32) * (1 - t) + np.array(bottom, np.float32) * t
    return np.ascontiguousarray(np.broadcast_to(ramp, (height, width, 3)), np.float32)


def noise(rng: np.random.Generator, height: int, width: int, scales: Sequence[float]) -> FloatImage:
    """Sum of smooth noises ``[H,W]``, one per scale in pixels, mean 0, spread about 1."""
    total = np.zeros((height, width), np.float32)
    for scale in scales:
        rows, columns = max(int(height / scale), 2), max(int(width / scale), 2)
        grid = rng.standard_normal((rows, columns), np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(total / max(len(scales), 1) ** 0.5, np.float32)


def box(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float]]:
    """Outline of an upright rectangle."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
