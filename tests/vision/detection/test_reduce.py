import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.vision.detection.reduce import halved, resize_into
from tests.pictures.pixels import noise


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_halves_average_whole_blocks(times: int) -> None:
    picture, block = noise(61, 97), 2**times
    rows, columns = 61 // block, 97 // block
    blocks = picture[: rows * block, : columns * block].reshape(rows, block, columns, block, 3)
    result = halved(picture, times)
    assert result.shape == (rows, columns, 3)
    assert np.abs(result - blocks.mean(axis=(1, 3))).max() <= times  # rounded once a step


@given(st.integers(1, 40), st.integers(1, 400), st.integers(1, 9))
def test_no_side_vanishes(height: int, width: int, times: int) -> None:
    result = halved(np.full((height, width, 3), 7, np.uint8), times)
    assert min(result.shape) >= 1
    assert (result == 7).all()


@pytest.mark.parametrize(("height", "width"), [(720, 1280), (1080, 1920), (2160, 3840)])
def test_fine_stripes_turn_grey_and_no_other_pattern(height: int, width: int) -> None:
    """What is finer than the result must not come back as coarser stripes."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, ::2] = 200
    target = np.zeros((360, 640, 3), np.uint8)
    resize_into(picture, target)
    assert np.ptp(target[:, 2:-2, 0]) <= 2


def test_a_ramp_stays_where_it_was() -> None:
    ramp = np.tile(np.linspace(0, 250, 1920, dtype=np.float32)[None, :, None], (1080, 1, 3))
    target = np.zeros((360, 640, 3), np.uint8)
    resize_into(ramp.astype(np.uint8), target)
    expected = cv2.resize(ramp, (640, 360), interpolation=cv2.INTER_AREA)
    assert np.abs(target[:, 4:-4].astype(float) - expected[:, 4:-4]).max() <= 1.5


def test_only_the_target_is_written() -> None:
    canvas = np.full((50, 60, 3), 9, np.uint8)
    resize_into(noise(200, 300), canvas[10:40, 5:45])
    assert (canvas[:10] == 9).all()
    assert (canvas[40:] == 9).all()
    assert (canvas[:, :5] == 9).all()
    assert (canvas[:, 45:] == 9).all()
    assert (canvas[10:40, 5:45] > 50).all()
