"""Polygons in fractions of a picture: what makes one sound, and whether a point lies in it."""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

Point = tuple[float, float]
"""x to the right and y down, as fractions of the picture's width and height."""
Polygon = tuple[Point, ...]

_LEAST_POINTS: Final = 3
# Each side is held against each other, and each plate against each side.
MOST_POINTS: Final = 100
# A millionth of the picture is two pixels of 1920x1080: nobody draws that on purpose.
_LEAST_AREA: Final = 1e-6


def sound_polygon(points: Polygon) -> Polygon:
    """Return the polygon, without a last point that only closes it.

    Raises:
        ValueError: if it has too few points or too many, no area, or sides that cross or touch.
    """
    if len(points) > 1 and points[0] == points[-1]:
        points = points[:-1]
    if len(points) < _LEAST_POINTS:
        raise ValueError("an area needs at least three points")
    if len(points) > MOST_POINTS:
        raise ValueError(f"an area may have at most {MOST_POINTS} points")
    sides = [(points[i], points[(i + 1) % len(points)]) for i in range(len(points))]
    for (i, one), (j, other) in combinations(enumerate(sides), 2):
        if _touch(one, other, neighbours=j - i in (1, len(sides) - 1)):
            raise ValueError(f"sides {i + 1} and {j + 1} of the area cross or touch")
    if abs(_area(points)) < _LEAST_AREA:
        raise ValueError("the area is empty: its points lie on one line")
    return points


def inside(point: Point, polygon: Polygon) -> bool:
    """Whether a point lies in a polygon; one on its border may go either way."""
    x, y = point
    within = False
    for index, (x1, y1) in enumerate(polygon):
        x0, y0 = polygon[index - 1]
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            within = not within
    return within


def in_any(point: Point, polygons: Sequence[Polygon]) -> bool:
    """Whether a point lies in one of several polygons."""
    return any(inside(point, polygon) for polygon in polygons)


def _area(points: Polygon) -> float:
    return sum(_cross((0.0, 0.0), points[i - 1], points[i]) for i in range(len(points))) / 2


def _cross(origin: Point, one: Point, other: Point) -> float:
    """Above 0 where the way from ``origin`` over ``one`` to ``other`` turns to the right."""
    return (one[0] - origin[0]) * (other[1] - origin[1]) - (one[1] - origin[1]) * (
        other[0] - origin[0]
    )


def _touch(one: tuple[Point, Point], other: tuple[Point, Point], *, neighbours: bool) -> bool:
    """Whether two sides have a point in common; neighbours one that is not their corner."""
    (a, b), (c, d) = one, other
    if neighbours:
        corner = next(p for p in one if p in other)
        far_one, far_other = b if a == corner else a, d if c == corner else c
        # Back along the same line.
        return _cross(corner, far_one, far_other) == 0 and (
            (far_one[0] - corner[0]) * (far_other[0] - corner[0])
            + (far_one[1] - corner[1]) * (far_other[1] - corner[1])
            > 0
        )
    turns = _cross(a, b, c), _cross(a, b, d), _cross(c, d, a), _cross(c, d, b)
    if _opposite(turns[0], turns[1]) and _opposite(turns[2], turns[3]):
        return True
    ends = zip(turns, (c, d, a, b), (one, one, other, other), strict=True)
    return any(turn == 0 and _between(point, *side) for turn, point, side in ends)


def _opposite(one: float, other: float) -> bool:
    return (one > 0 > other) or (one < 0 < other)


def _between(point: Point, start: Point, end: Point) -> bool:
    """Whether a point of the line through ``start`` and ``end`` lies between them."""
    return all(min(s, e) <= p <= max(s, e) for p, s, e in zip(point, start, end, strict=True))
