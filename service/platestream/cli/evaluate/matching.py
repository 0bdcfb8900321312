"""Which reading belongs to which labelled plate, and how far apart they lie."""

from collections.abc import Sequence
from typing import Final

import numpy as np

# The usual bar of detection benchmarks: a box that covers half of what both cover together.
FOUND_IOU: Final = 0.5

Points = Sequence[tuple[float, float]]


def bounding_box_iou(one: Points, other: Points) -> float:
    """Intersection over union, 0..1, of the upright bounding boxes of two polygons."""
    left0, top0, right0, bottom0 = _bounds(one)
    left1, top1, right1, bottom1 = _bounds(other)
    across = min(right0, right1) - max(left0, left1)
    along = min(bottom0, bottom1) - max(top0, top1)
    shared = max(across, 0.0) * max(along, 0.0)
    union = (right0 - left0) * (bottom0 - top0) + (right1 - left1) * (bottom1 - top1) - shared
    return shared / union if union > 0 else 0.0


def match_one_to_one(
    labels: Sequence[Points], readings: Sequence[Points], *, least: float = FOUND_IOU
) -> dict[int, int]:
    """Pair labels with readings, best overlap first, nobody twice.

    Returns:
        Index of the label -> index of its reading, for overlaps of at least ``least``.
    """
    pairs = sorted(
        (
            (-bounding_box_iou(label, reading), i, j)
            for i, label in enumerate(labels)
            for j, reading in enumerate(readings)
        ),
    )
    matched: dict[int, int] = {}
    used: set[int] = set()
    for negative, i, j in pairs:
        if -negative < least:
            break
        if i not in matched and j not in used:
            matched[i] = j
            used.add(j)
    return matched


def relative_corner_error(label: Points, reading: Points) -> float:
    """Mean distance of the four corners, in widths of the labelled plate."""
    truth = np.array(label, np.float64)
    distances = np.linalg.norm(truth - np.array(reading, np.float64), axis=1)
    return float(distances.mean() / max(plate_width(label), 1e-9))


def plate_width(corners: Points) -> float:
    """Mean length in pixels of the upper and lower edge."""
    return _mean_side(corners, 0)


def plate_height(corners: Points) -> float:
    """Mean length in pixels of the left and right edge."""
    return _mean_side(corners, 1)


def _mean_side(corners: Points, first: int) -> float:
    quad = np.array(corners, np.float64)
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return float((sides[first] + sides[first + 2]) / 2)


def _bounds(points: Points) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
