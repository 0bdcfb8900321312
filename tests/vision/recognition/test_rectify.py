from __future__ import annotations

import cv2
import numpy as np
import pytest

from platestream.vision.recognition.rectify import (
    CropGeometry,
    plate_in_output,
    rectify_one_row,
    rectify_two_rows,
    whole_crop_corners,
)

GEOMETRY = CropGeometry()


def ramp(height: int, width: int) -> np.ndarray:
    """A picture whose blue channel grows to the right and whose green channel grows downwards."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, width)[None, :]
    picture[..., 1] = np.linspace(0, 255, height)[:, None]
    return picture


def test_a_whole_crop_without_margin_is_a_plain_resize() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (24, 94, 3), dtype=np.uint8)
    crop = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8)
    ours = rectify_one_row(crop, whole_crop_corners(24, 94), GEOMETRY.without_margin())
    theirs = cv2.resize(crop, (168, 48), interpolation=cv2.INTER_LINEAR)
    assert ours.shape == (48, 168, 3)
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 4


def test_the_margin_shows_the_surroundings() -> None:
    picture = np.zeros((200, 400, 3), np.uint8)
    picture[50:98, 100:268] = 255
    corners = np.array([[99.5, 49.5], [267.5, 49.5], [267.5, 97.5], [99.5, 97.5]], np.float32)
    crop = rectify_one_row(picture, corners, GEOMETRY)
    assert crop[24, 3].max() == 0
    assert crop[24, 164].max() == 0
    assert crop[1, 84].max() == 0
    assert crop[24, 20:148].min() == 255


def test_corners_decide_the_orientation() -> None:
    picture = ramp(60, 180)
    corners = whole_crop_corners(60, 180)
    turned = np.roll(corners, 2, axis=0)
    upright = rectify_one_row(picture, corners, GEOMETRY.without_margin())
    upside_down = rectify_one_row(picture, turned, GEOMETRY.without_margin())
    assert np.abs(upright.astype(int) - upside_down[::-1, ::-1].astype(int)).max() <= 1


def test_two_rows_stand_side_by_side_from_their_bands() -> None:
    picture = ramp(240, 336)
    crop = rectify_two_rows(picture, whole_crop_corners(240, 336), GEOMETRY.without_margin())
    assert crop.shape == (48, 168, 3)
    upper, lower = crop[:, : GEOMETRY.upper_width], crop[:, GEOMETRY.upper_width :]
    assert upper[-1, 10, 1] == pytest.approx(255 * GEOMETRY.upper_end, abs=4)
    assert lower[0, 10, 1] == pytest.approx(255 * GEOMETRY.lower_start, abs=4)
    assert lower[-1, 10, 1] >= 250
    for piece in (upper, lower):
        assert piece[5, 0, 0] <= 5
        assert piece[5, -1, 0] >= 250


def test_a_large_plate_is_averaged_not_skipped() -> None:
    # one dark column in four: sampling without averaging would give black or white columns
    picture = np.full((192, 672, 3), 255, np.uint8)
    picture[:, ::4] = 0
    crop = rectify_one_row(picture, whole_crop_corners(192, 672), GEOMETRY.without_margin())
    assert crop[:, 2:-2].std() < 20
    assert crop[:, 2:-2].mean() == pytest.approx(191, abs=6)


def test_plate_in_output_matches_the_warp() -> None:
    places = plate_in_output(GEOMETRY.margin, (0.0, 1.0), 168, 48)
    assert places[0, 0] == pytest.approx(0.05 / 1.1 * 168 - 0.5)
    assert places[2, 1] == pytest.approx(1.08 / 1.16 * 48 - 0.5)


@pytest.mark.parametrize(
    "corners",
    [
        np.zeros((4, 2), np.float32),
        np.full((4, 2), np.nan, np.float32),
        np.array([[0, 0], [np.inf, 0], [9, 9], [0, 9]], np.float32),
        np.zeros((3, 2), np.float32),
    ],
)
def test_unusable_corners_are_refused(corners: np.ndarray) -> None:
    with pytest.raises(ValueError, match="corners"):
        rectify_one_row(ramp(40, 40), corners, GEOMETRY)
    with pytest.raises(ValueError, match="corners"):
        rectify_two_rows(ramp(40, 40), corners, GEOMETRY)


@pytest.mark.parametrize(
    "settings",
    [
        {"height": 0},
        {"upper_width": 168},
        {"upper_end": 0.0},
        {"lower_start": 1.0},
        {"margin": (-0.1, 0.0)},
    ],
)
def test_impossible_geometry_is_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"crop|upper_width|fractions"):
        CropGeometry(**settings)  # type: ignore[arg-type]


def test_an_empty_picture_has_no_corners() -> None:
    with pytest.raises(ValueError, match="no corners"):
        whole_crop_corners(0, 5)
