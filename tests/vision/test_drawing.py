import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.contract.readings import PlateColor
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.drawing import PlateMark, annotate, crop_around, mark_of
from tests.cli.conftest import box, reading


def test_the_picture_given_is_not_touched_and_the_plate_is_outlined() -> None:
    picture = np.full((480, 800, 3), 100, np.uint8)
    before = picture.copy()
    drawn = annotate(picture, [mark_of(reading("京A1", box(300, 200, 160, 50)))])
    assert np.array_equal(picture, before)
    assert drawn.shape == picture.shape
    changed = np.argwhere((drawn != before).any(axis=2))
    assert changed[:, 0].min() < 200  # the label stands above
    assert (drawn[200, 300:460] != 100).any(axis=1).all()  # the upper edge is drawn in full
    assert (drawn[210:240, 310:450] == 100).all()  # the plate itself stays visible


@pytest.mark.parametrize(
    ("size", "expected"), [((36, 136), 640), ((3000, 4000), 1280), ((600, 900), 900)]
)
def test_pictures_are_brought_to_a_size_to_look_at(size: tuple[int, int], expected: int) -> None:
    drawn = annotate(np.zeros((*size, 3), np.uint8), [])
    assert max(drawn.shape[:2]) == expected


def test_labels_of_neighbours_do_not_cover_each_other() -> None:
    picture = np.full((400, 700, 3), 90, np.uint8)
    corners = box(200, 150, 40, 20), box(230, 152, 40, 20)
    white = PlateColor.WHITE
    marks = [PlateMark("AAAA111", white, quad, 0.5) for quad in corners]
    ground = (245, 245, 245)

    def label_pixels(count: int) -> int:
        return int((annotate(picture, marks[:count]) == ground).all(axis=2).sum())

    assert label_pixels(2) == 2 * label_pixels(1)


coordinate = st.integers(-50, 900)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(coordinate, coordinate), min_size=4, max_size=4),
    st.text(max_size=12),
    st.sampled_from(PlateColor),
)
def test_any_corners_and_text_can_be_drawn(
    points: list[tuple[int, int]], text: str, color: PlateColor
) -> None:
    one, two, three, four = points
    picture = np.full((90, 160, 3), 50, np.uint8)
    quad = (one, two, three, four)
    assert annotate(picture, [PlateMark(text, color, quad, 0.3)]).shape == (360, 640, 3)
    cut = crop_around(picture, quad)
    assert cut.shape[0] >= 1
    assert cut.shape[1] >= 1


def test_a_crop_has_its_margin() -> None:
    picture = np.zeros((200, 400, 3), np.uint8)
    assert crop_around(picture, box(100, 100, 100, 40), margin=0.1).shape == (51, 123, 3)


def test_areas_and_widths_of_a_camera_are_drawn() -> None:
    picture = np.full((480, 800, 3), 120, np.uint8)
    camera = CameraSettings(
        areas=(
            ((0.1, 0.1), (0.5, 0.1), (0.5, 0.9), (0.1, 0.9)),
            ((0.3, 0.2), (0.9, 0.2), (0.6, 0.8)),
        ),
        ignore_areas=(((0.2, 0.2), (0.3, 0.2), (0.3, 0.4), (0.2, 0.4)),),
        min_plate_width=0.25,
    )
    drawn = annotate(picture, [], camera)

    assert (drawn[300, 200] == 120).all(), "of interest"
    assert (drawn[150, 300] == 120).all(), "where two areas overlap, too"
    assert (drawn[150, 200] == 40).all(), "ignored"
    assert (drawn[20, 20] == 40).all(), "outside"
    # The bar of the narrowest plate: a quarter of the width.
    bar = np.argwhere((drawn[440:] == (240, 180, 40)).all(axis=2))[:, 1]
    assert abs(bar.max() - 200) <= 3
    assert (annotate(picture, [], CameraSettings()) == picture).all()
