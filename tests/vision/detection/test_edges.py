import numpy as np
import pytest

from platestream.vision.arrays import Float32Array
from platestream.vision.detection.edges import EdgeContact

HEIGHT, WIDTH = 100, 200


def box(left: float, top: float, right: float, bottom: float) -> Float32Array:
    """A quad of the pixels from ``left`` to ``right`` and ``top`` to ``bottom``, both included."""
    x0, y0, x1, y1 = left - 0.5, top - 0.5, right + 0.5, bottom + 0.5
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


@pytest.mark.parametrize(
    ("quad", "gap", "outside"),
    [
        (box(80, 40, 119, 49), 4.0, 0.0),
        (box(0, 40, 39, 49), 0.0, 0.0),
        (box(160, 40, 199, 49), 0.0, 0.0),
        (box(80, 0, 119, 9), 0.0, 0.0),
        (box(80, 88, 119, 97), 0.2, 0.0),
        (box(-10, 40, 29, 49), -1.0, 0.25),
        (box(180, 40, 219, 49), -2.0, 0.5),
        (box(80, 95, 119, 104), -0.5, 0.5),
        (box(300, 40, 339, 49), -14.0, 1.0),
    ],
)
def test_gap_and_share_outside(quad: Float32Array, gap: float, outside: float) -> None:
    contact = EdgeContact.of(quad, HEIGHT, WIDTH)
    assert contact.gap == pytest.approx(gap, abs=1e-5)
    assert contact.outside == pytest.approx(outside, abs=1e-5)


def test_a_tilted_plate_counts_by_its_outermost_corner() -> None:
    quad = np.array([[9.5, 0], [30, 20], [20.5, 30], [0, 10]], np.float32)
    contact = EdgeContact.of(quad, HEIGHT, WIDTH)
    assert contact.gap == pytest.approx(0.5 / 13.8, rel=0.01)
    assert contact.outside == 0.0


def test_an_outline_without_area_has_no_part_outside() -> None:
    assert EdgeContact.of(np.full((4, 2), -5, np.float32), HEIGHT, WIDTH).outside == 0.0
