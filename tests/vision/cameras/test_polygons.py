"""Polygons: which are refused and why, and what lies inside."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.cameras.polygons import Polygon, inside, sound_polygon

SQUARE: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("points", "problem"),
    [
        ((), "at least three"),
        (((0.1, 0.1), (0.5, 0.5)), "at least three"),
        (((0.1, 0.1), (0.5, 0.5), (0.1, 0.1)), "at least three"),
        (((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)), "sides 1 and 3"),
        (((0.1, 0.1), (0.5, 0.5), (0.9, 0.9)), "cross or touch|one line"),
        (((0.1, 0.1), (0.9, 0.1), (0.5, 0.1)), "cross or touch|one line"),
        (((0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)), "cross or touch"),
        (((0, 0), (1, 0), (0.5, 0), (0.5, 1)), "cross or touch"),
        (((0, 0), (0.5, 0), (0.5, 0), (0, 1)), "cross or touch"),
        (((0, 0), (1e-4, 0), (0, 1e-4)), "empty"),
        (tuple((math.cos(t / 101) / 2, math.sin(t / 101) / 2) for t in range(101)), "at most 100"),
    ],
)
def test_what_is_no_area_is_refused(points: Polygon, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        sound_polygon(points)


def test_a_closing_point_is_left_out() -> None:
    assert sound_polygon((*SQUARE, SQUARE[0])) == SQUARE


@given(
    st.lists(st.floats(0.05, 0.49), min_size=3, max_size=12),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20),
)
def test_stars_are_sound_and_hold_what_opencv_says(
    radii: list[float], points: list[tuple[float, float]]
) -> None:
    """Points round the middle, in the order of their angles, cannot cross."""
    turn = 2 * math.pi / len(radii)
    star = tuple(
        (0.5 + r * math.cos(i * turn), 0.5 + r * math.sin(i * turn)) for i, r in enumerate(radii)
    )
    assert sound_polygon(star) == star
    assert sound_polygon(star[::-1]) == star[::-1]
    outline = np.array(star, np.float32)
    for point in points:
        distance = cv2.pointPolygonTest(outline, point, measureDist=True)
        if abs(distance) > 1e-5:
            assert inside(point, star) == (distance > 0)


def test_beside_a_corner_at_the_same_height_is_outside() -> None:
    diamond = sound_polygon(((0.5, 0.1), (0.9, 0.5), (0.5, 0.9), (0.1, 0.5)))
    assert inside((0.5, 0.5), diamond)
    assert not inside((0.05, 0.5), diamond)
    assert not inside((0.95, 0.5), diamond)
