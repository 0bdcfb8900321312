"""Which characters of a plate can be read where part of it is hidden or out of the picture.

The characters' centres are known, their outlines are not: each is taken to fill a box as wide as
its neighbours allow, and points spread over the box are looked up in the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.render import RenderedPlate

    Float32Array = NDArray[np.float32]

# A character's box: share of the distance to its nearest neighbour, and height over width.
_WIDTH = 0.8
_HEIGHT = 2.0
# The highest box, share of the plate's height, of plates with one row and with two.
_TALLEST = {1: 0.66, 2: 0.42}
# Points along each side of a box.
_POINTS = 7
# Hidden shares up to which a character is read like one that is seen whole, and from which on it is
# not read. Between, nobody can say, and nothing trains.
_LEGIBLE = 0.25
_GONE = 0.7
# Hidden shares up to which, and from which on, a plate is called complete and not.
_WHOLE = 0.06
_MISSING = 0.35
# Fewer legible characters than this are no text to learn.
_LEAST_TEXT = 2


def char_points(plate: RenderedPlate) -> Float32Array:
    """Return points spread over each character's box, float32 ``[n, 49, 2]``, plate pixels."""
    centers = plate.char_centers.astype(np.float32)
    height, width = plate.image.shape[:2]
    distances = np.abs(centers[:, None] - centers[None])
    same_row = distances[..., 1] < 0.2 * height
    np.fill_diagonal(same_row, val=False)
    nearest = np.where(same_row, distances[..., 0], 0.25 * width).min(axis=1)
    wide = _WIDTH * np.minimum(nearest, 0.25 * width)
    tall = np.minimum(_HEIGHT * wide, _TALLEST[plate.rows] * height)
    steps = (np.arange(_POINTS, dtype=np.float32) + 0.5) / _POINTS - 0.5
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(1, -1, 2)
    return np.asarray(centers[:, None] + grid * np.stack([wide, tall], axis=1)[:, None], np.float32)


def outside(points: Float32Array, low: Float32Array, high: Float32Array) -> NDArray[np.bool_]:
    """Return which points ``[n, p, 2]`` are not between two corners of an upright box."""
    return np.asarray(((points < low) | (points > high)).any(axis=-1), np.bool_)


def complete(hidden: Float32Array) -> bool | None:
    """Return whether all characters can be read, or None where it is doubtful.

    Args:
        hidden: share of each character that cannot be seen, float32 ``[n]``, 0..1.
    """
    worst = float(hidden.max(initial=0))
    if worst <= _WHOLE:
        return True
    return False if worst >= _MISSING else None


def legible(hidden: Float32Array) -> NDArray[np.bool_] | None:
    """Return which characters can be read, bool ``[n]``, or None where one is doubtful."""
    seen = hidden <= _LEGIBLE
    if not (seen | (hidden >= _GONE)).all() or seen.sum() < _LEAST_TEXT:
        return None
    return np.asarray(seen, np.bool_)
