"""Crops of plates."""

import base64

import cv2
import numpy as np

from platestream.contract.readings import Quad
from platestream.vision.settings import PictureLimits
from platestream.web.live.crops import crop_data_url, decoded
from tests.pictures.pixels import encode, noise
from tests.pictures.table import bad_pictures


def pixels_of(url: str) -> tuple[int, int]:
    data = base64.b64decode(url.removeprefix("data:image/jpeg;base64,"))
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return int(image.shape[1]), int(image.shape[0])


def quad(left: int, top: int, right: int, bottom: int) -> Quad:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def test_a_crop_has_a_margin_inside_the_picture() -> None:
    picture = np.zeros((100, 300, 3), np.uint8)
    middle = crop_data_url(picture, quad(100, 40, 140, 60))
    assert middle is not None
    assert pixels_of(middle) == (61, 31)  # a quarter of 40 and of 20 on each side
    corner = crop_data_url(picture, quad(0, 0, 40, 20))
    assert corner is not None
    assert pixels_of(corner) == (51, 26)


def test_a_large_plate_becomes_a_small_crop() -> None:
    crop = crop_data_url(np.zeros((1000, 2000, 3), np.uint8), quad(0, 0, 1999, 999))
    assert crop is not None
    assert pixels_of(crop) == (240, 120)


def test_corners_outside_the_picture_give_no_crop() -> None:
    assert crop_data_url(np.zeros((20, 20, 3), np.uint8), quad(500, 500, 510, 505)) is None


def test_pictures_that_are_not_kept_or_damaged_have_no_pixels() -> None:
    limits = PictureLimits()
    assert decoded(None, limits) is None
    assert decoded(bad_pictures()[1].data, limits) is None
    pixels = decoded(encode(noise(), ".png"), limits)
    assert pixels is not None
    assert pixels.shape == (60, 80, 3)
