"""Quadrilaterals: which are plates' outlines at all, and which of them are the same plate."""

from typing import Final

import numpy as np

from platestream.vision.arrays import BoolArray, Float32Array, IntArray

# Smaller than this (canvas pixels, squared) no character can be made out: 4 px high, 8 px wide.
_MIN_AREA: Final = 32.0


# A box this much inside a better one is a part of the same plate (a row, the letters without the
# province): its intersection over union stays low although no plate lies inside another.
INSIDE: Final = 0.75


def sound_quads(corners: Float32Array, *, min_area: float = _MIN_AREA) -> BoolArray:
    """Return which quads are finite, convex, clockwise (y down) and at least ``min_area`` large.

    Args:
        corners: float32 ``[N, 4, 2]``, x and y in pixels.
        min_area: Square pixels.
    """
    finite = np.isfinite(corners).all(axis=(1, 2))
    # Larger than any picture: squares would overflow to infinity below.
    finite &= np.abs(np.where(np.isfinite(corners), corners, 0)).max(axis=(1, 2), initial=0) < 1e6  # noqa: PLR2004
    quads = np.where(finite[:, None, None], corners, 0).astype(np.float64)
    sides = np.roll(quads, -1, axis=1) - quads
    following = np.roll(sides, -1, axis=1)
    # With y pointing down, walking clockwise turns right at every corner: positive products.
    turns = sides[..., 0] * following[..., 1] - sides[..., 1] * following[..., 0]
    after = np.roll(quads, -1, axis=1)
    area = 0.5 * (quads[..., 0] * after[..., 1] - quads[..., 1] * after[..., 0]).sum(axis=1)
    sound: BoolArray = finite & (turns > 0).all(axis=1) & (area >= min_area)
    return sound


def suppress(
    corners: Float32Array,
    scores: Float32Array,
    *,
    iou: float,
    keep: int,
    inside: float = INSIDE,
) -> IntArray:
    """Return the indices of at most ``keep`` quads, best first, no two of which are one plate.

    Two quads are one plate when their upright bounding boxes overlap by more than ``iou``
    (intersection over union), or when most of one lies inside the other. Equal scores are taken in
    the order given, so the answer is the same every time.

    Args:
        corners: float32 ``[N, 4, 2]``.
        scores: float32 ``[N]``, finite.
        iou: 0..1; boxes that overlap more are one plate.
        keep: Most indices to return.
        inside: 0..1; of two boxes whose overlap is more of the smaller one, that is part of the
            other.
    """
    low, high = corners.min(axis=1), corners.max(axis=1)
    areas = _area(high - low)
    left = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while left.size and len(kept) < keep:
        best, rest = int(left[0]), left[1:]
        kept.append(best)
        shared = np.minimum(high[best], high[rest]) - np.maximum(low[best], low[rest])
        inter = _area(np.maximum(shared, 0))
        union = areas[best] + areas[rest] - inter
        smaller = np.minimum(areas[best], areas[rest])
        left = rest[(inter <= iou * union) & (inter <= inside * smaller)]
    return np.array(kept, np.int64)


def _area(sides: Float32Array) -> Float32Array:
    """The product of sides ``[N, 2]``; numpy's own along an axis of two takes ten times as long."""
    return np.asarray(sides[:, 0] * sides[:, 1], np.float32)
