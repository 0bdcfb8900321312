"""Which plates of two sets lie in the same place: readings and labels, or two readers'."""

from collections.abc import Sequence
from typing import Final

# The usual bar of detection benchmarks: a box that covers half of what both cover together.
FOUND_IOU: Final = 0.5

Points = Sequence[tuple[float, float]]


def bounding_box_iou(one: Points, other: Points) -> float:
    """Intersection over union, 0..1, of the upright bounding boxes of two polygons.

    A polygon of no points overlaps nothing.
    """
    if not one or not other:
        return 0.0
    left0, top0, right0, bottom0 = _bounds(one)
    left1, top1, right1, bottom1 = _bounds(other)
    across = min(right0, right1) - max(left0, left1)
    along = min(bottom0, bottom1) - max(top0, top1)
    shared = max(across, 0.0) * max(along, 0.0)
    union = (right0 - left0) * (bottom0 - top0) + (right1 - left1) * (bottom1 - top1) - shared
    return shared / union if union > 0 else 0.0


def match_one_to_one(
    ones: Sequence[Points], others: Sequence[Points], *, least: float = FOUND_IOU
) -> dict[int, int]:
    """Pair the plates of two sets that lie in the same place, best overlap first, none twice.

    Returns:
        Index in ``ones`` -> index in ``others``, for overlaps of at least ``least``.
    """
    pairs = sorted(
        (
            (-bounding_box_iou(one, other), i, j)
            for i, one in enumerate(ones)
            for j, other in enumerate(others)
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


def _bounds(points: Points) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)
