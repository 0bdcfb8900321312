"""Things in front of a plate: bars, other cars, tow hooks, leaves, mud, hands, glare.

They are drawn in the flat plate's plane and put into the picture by the plate's own homography.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from training.recognizer.surroundings import background
from training.render.canvas import shade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

# The cover's canvas reaches this far beyond the plate on each side, share of the plate's sides.
_REACH = 0.35
# Opacity from which on nothing can be read through.
_OPAQUE = 0.6


def cover(  # noqa: PLR0917
    rng: np.random.Generator,
    picture: UInt8Array,
    plate_size: tuple[int, int],
    to_picture: NDArray[Any],
    points: Float32Array,
    photos: Sequence[UInt8Array],
) -> tuple[UInt8Array, NDArray[np.bool_]]:
    """Put something before the plate.

    Args:
        rng: source of randomness.
        picture: uint8 BGR ``[H, W, 3]`` with the plate.
        plate_size: height and width of the flat plate, pixels.
        to_picture: homography from the flat plate's pixels to the picture's.
        points: places on the flat plate, float32 ``[n, p, 2]``.
        photos: what covers may look like; may be empty.

    Returns:
        The picture and which points are hidden, bool ``[n, p]``.
    """
    height, width = plate_size
    margin = np.array([_REACH * width, _REACH * height], np.float32)
    size = round(width + 2 * margin[0]), round(height + 2 * margin[1])
    bright = rng.random() < 0.15
    alpha = _glare(rng, size, margin) if bright else _shape(rng, size, margin)
    places = np.round(points + margin).astype(int)
    inside = alpha[
        places[..., 1].clip(0, size[1] - 1),
        places[..., 0].clip(0, size[0] - 1),
    ]
    matrix = to_picture @ np.array([[1, 0, -margin[0]], [0, 1, -margin[1]], [0, 0, 1]])
    target = picture.shape[1], picture.shape[0]
    there = cv2.warpPerspective(alpha, matrix, target, flags=cv2.INTER_AREA)[..., None]
    if bright:
        over: Any = np.full(3, 255.0, np.float32) * rng.uniform(0.9, 1.05, 3)
    else:
        over = _surface(rng, picture.shape[0], picture.shape[1], photos)
    mixed = picture * (1 - there) + over * there
    return np.clip(mixed, 0, 255).astype(np.uint8), np.asarray(inside > _OPAQUE, np.bool_)


def _shape(
    rng: np.random.Generator, size: tuple[int, int], margin: NDArray[np.float32]
) -> Float32Array:
    """Return the opacity of a random object, float32 ``[h, w]``, 0..1."""
    full_width, full_height = size
    width, height = full_width - 2 * margin[0], full_height - 2 * margin[1]
    alpha = np.zeros((full_height, full_width), np.float32)
    choice = rng.random()
    lean = rng.normal(0, 0.25) * height
    if choice < 0.25:
        # a bar from above to below: a tow bar, a post, a bicycle's fork
        half = rng.uniform(0.02, 0.16) * width
        x = margin[0] + rng.uniform(-0.02, 1.02) * width
        outline = [[x - half + lean, 0], [x + half + lean, 0], [x + half, 1], [x - half, 1]]
    elif choice < 0.55:
        # the end of another thing, from one side
        x = margin[0] + rng.uniform(0.02, 0.42) * width
        outline = [[-1, 0], [x + lean, 0], [x, 1], [-1, 1]]
        if rng.random() < 0.5:
            outline = [[full_width - px, py] for px, py in outline]
    elif choice < 0.75:
        # from below, or above: another car's bonnet, snow, a cloth, a crossbar
        y0, y1 = np.clip(rng.uniform(0.05, 0.6) + rng.normal(0, 0.12, 2), 0, 0.9)
        deep = (margin[1] + np.array([y0, y1]) * height) / full_height
        outline = [[0, 0], [full_width, 0], [full_width, deep[1]], [0, deep[0]]]
        if rng.random() < 0.65:
            outline = [[px, 1 - py] for px, py in outline]
    else:
        alpha = _blob(rng, size, margin)
        outline = []
    if outline:
        corners = np.array(outline, np.float32) * np.array([1, full_height], np.float32)
        cv2.fillPoly(alpha, [np.round(corners).astype(np.int32)], 1.0)
    soft = rng.uniform(0.3, 0.03 * height + 0.4)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), soft), np.float32)
    return alpha * np.float32(1 if rng.random() < 0.85 else rng.uniform(0.75, 1))


def _blob(
    rng: np.random.Generator, size: tuple[int, int], margin: NDArray[np.float32]
) -> Float32Array:
    """Return one or several patches with uneven edges: leaves, mud, a hand, a sticker, a bow."""
    full_width, full_height = size
    width, height = full_width - 2 * margin[0], full_height - 2 * margin[1]
    alpha = np.zeros((full_height, full_width), np.float32)
    for _ in range(1 if rng.random() < 0.6 else int(rng.integers(2, 5))):
        x = margin[0] + rng.uniform(-0.05, 1.05) * width
        y = margin[1] + rng.uniform(-0.1, 1.1) * height
        reach = np.array([rng.uniform(0.1, 0.7), rng.uniform(0.1, 0.7)]) * height
        turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(5, 16))))
        radius = 1 + rng.normal(0, 0.22, len(turns))
        outline = np.stack([np.cos(turns), np.sin(turns)], 1) * radius[:, None] * reach
        cv2.fillPoly(alpha, [np.round(outline + np.array([x, y])).astype(np.int32)], 1.0)
    return alpha


def _glare(
    rng: np.random.Generator, size: tuple[int, int], margin: NDArray[np.float32]
) -> Float32Array:
    """Return a burnt-out spot or streak."""
    full_width, full_height = size
    height = full_height - 2 * margin[1]
    y, x = np.mgrid[0:full_height, 0:full_width].astype(np.float32)
    cx = rng.uniform(margin[0], full_width - margin[0])
    cy = rng.uniform(margin[1], full_height - margin[1])
    wide, tall = rng.uniform(0.15, 1.1) * height, rng.uniform(0.2, 0.9) * height
    turn = rng.normal(0, 0.5)
    u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
    spot = np.exp(-((u / wide) ** 2 + (v / tall) ** 2)) * rng.uniform(0.8, 2.5)
    return np.asarray(np.clip(spot, 0, 1), np.float32)


def _surface(
    rng: np.random.Generator, height: int, width: int, photos: Sequence[UInt8Array]
) -> Float32Array:
    """Return what the object looks like, float32 ``[H, W, 3]``: one colour, or a piece of photo."""
    if rng.random() < 0.35:
        return background(rng, height, width, photos).astype(np.float32)
    base = np.array(shade(rng, (90, 90, 90), 90), np.float32)
    if rng.random() < 0.3:
        base = rng.integers(0, 256, 3).astype(np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    slope = rng.normal(0, 60, 2)
    lit = (x / width - 0.5) * slope[0] + (y / height - 0.5) * slope[1]
    grain = rng.normal(0, rng.uniform(0, 8), (height, width))
    return np.asarray(base + (lit + grain)[..., None], np.float32)
