import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.detection.letterbox import (
    PAD_VALUE,
    choose_canvas,
    empty_canvases,
    fit,
    place,
    smaller,
    to_picture,
)
from tests.pictures.pixels import noise

CANVASES = ((384, 640), (640, 384), (512, 512))
sides = st.integers(15, 4096)


@pytest.mark.parametrize(
    ("height", "width", "canvas"),
    [
        (1080, 1920, (384, 640)),
        (1920, 1080, (640, 384)),
        (700, 700, (512, 512)),
        (15, 4096, (384, 640)),
        (4096, 15, (640, 384)),
    ],
)
def test_the_canvas_has_the_pictures_shape(
    height: int, width: int, canvas: tuple[int, int]
) -> None:
    assert choose_canvas(height, width, CANVASES) == canvas


@given(sides, sides, st.sampled_from(CANVASES))
def test_the_picture_fits_and_fills_one_side_or_is_doubled(
    height: int, width: int, canvas: tuple[int, int]
) -> None:
    box = fit(height, width, canvas)
    assert 1 <= box.height <= canvas[0]
    assert 1 <= box.width <= canvas[1]
    filled = box.height == canvas[0] or box.width == canvas[1]
    assert filled or (box.height, box.width) == (2 * height, 2 * width)
    assert max(box.scale_x, box.scale_y) <= 2


@given(
    sides,
    sides,
    st.sampled_from(CANVASES),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6),
)
def test_points_come_back_to_where_they_were(
    height: int, width: int, canvas: tuple[int, int], points: list[tuple[float, float]]
) -> None:
    box = fit(height, width, canvas)
    original = np.array(points) * (width, height) - 0.5
    on_canvas = (original + 0.5) * (box.scale_x, box.scale_y) - 0.5
    back = to_picture(on_canvas.astype(np.float32), box)
    assert np.allclose(back, original, atol=0.02)


def test_the_corners_of_a_painted_rectangle_come_back() -> None:
    picture = np.zeros((900, 1500, 3), np.uint8)
    picture[300:420, 600:1020] = 255
    box = fit(900, 1500, (384, 640))
    (canvas,) = empty_canvases(1, (384, 640))
    place(picture, box, canvas)
    rows, columns = np.nonzero(canvas[: box.height, : box.width, 0] > 127)
    edges = np.array(
        [[columns.min() - 0.5, rows.min() - 0.5], [columns.max() + 0.5, rows.max() + 0.5]]
    )
    found = to_picture(edges.astype(np.float32), box)
    assert np.allclose(found, [[599.5, 299.5], [1019.5, 419.5]], atol=1.5)


def test_the_rest_of_the_canvas_is_padding() -> None:
    (canvas,) = empty_canvases(1, (384, 640))
    box = fit(100, 100, (384, 640))
    place(np.zeros((100, 100, 3), np.uint8), box, canvas)
    assert (box.height, box.width) == (200, 200)
    assert (canvas[:200, :200] == 0).all()
    assert (canvas[200:] == PAD_VALUE).all()
    assert (canvas[:, 200:] == PAD_VALUE).all()


def test_a_picture_of_the_canvas_size_is_not_resampled() -> None:
    picture = noise(512, 512)
    (canvas,) = empty_canvases(1, (512, 512))
    place(picture, fit(512, 512, (512, 512)), canvas)
    assert np.array_equal(canvas, picture)


@given(st.integers(15, 300), st.integers(15, 300), st.sampled_from(CANVASES))
def test_every_shape_can_be_placed(height: int, width: int, canvas: tuple[int, int]) -> None:
    (target,) = empty_canvases(1, canvas)
    place(np.full((height, width, 3), 9, np.uint8), fit(height, width, canvas), target)
    assert target[0, 0].tolist() == [9, 9, 9]


def test_smaller_canvases_keep_the_shape_and_the_stride() -> None:
    assert smaller(CANVASES) == ((224, 384), (384, 224), (288, 288))
    assert smaller([(32, 32)]) == ((32, 32),)
