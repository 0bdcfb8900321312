"""Pictures that are decoded no finer than they are looked at."""

import cv2
import numpy as np
import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.arrays import UInt8Array
from platestream.vision.detection.reduce import halved
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.picture.picture import Picture
from platestream.vision.settings import PictureLimits
from tests.pictures.containers import exif_block, jpeg_with_exif

LIMITS = PictureLimits()
PROGRESSIVE = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)


def photo(height: int = 96, width: int = 144) -> UInt8Array:
    """Smooth, so that every way of reducing it comes to nearly the same; no side like another."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    planes = [128 + 100 * np.sin(x / 23 + y / 31 + phase) * (1 - x / width) for phase in range(3)]
    return np.stack(planes, axis=2).astype(np.uint8)


def jpeg(pixels: UInt8Array, *options: int) -> bytes:
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 95, *options])
    assert done
    return data.tobytes()


@pytest.mark.parametrize("divisor", [2, 4, 8])
@pytest.mark.parametrize("options", [(), PROGRESSIVE])
def test_a_jpeg_is_decoded_at_a_part_of_its_sides(divisor: int, options: tuple[int, ...]) -> None:
    pixels = photo()
    picture = Picture.encoded(jpeg(pixels, *options), LIMITS)
    assert picture.shape == (96, 144)
    expected = halved(pixels, divisor.bit_length() - 1)
    got = picture.at(divisor)
    assert got.shape == expected.shape
    assert np.abs(got.astype(int) - expected).mean() < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_size_is_upright(orientation: int) -> None:
    picture = Picture.encoded(jpeg_with_exif(jpeg(photo()), exif_block(orientation)), LIMITS)
    whole = picture.pixels
    assert picture.shape == whole.shape[:2]
    assert np.abs(picture.at(2).astype(int) - halved(whole, 1)).mean() < 2


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turning_turns_every_size(turn: int) -> None:
    turned = Picture.encoded(jpeg(photo()), LIMITS).turned(turn)
    assert turned.pixels.shape[:2] == turned.shape
    assert np.abs(turned.at(4).astype(int) - halved(turned.pixels, 2)).mean() < 2


def test_sides_that_are_no_multiples_are_covered_to_the_end() -> None:
    picture = Picture.encoded(jpeg(photo(97, 143)), LIMITS)
    assert picture.at(4).shape == (25, 36, 3)
    assert picture.at(8).shape == (13, 18, 3)
    # Turned, the part beyond the edge would lie in front of the first pixel.
    assert picture.turned(180).divisor(8) == 1
    exif = jpeg_with_exif(jpeg(photo(97, 143)), exif_block(3))
    assert Picture.encoded(exif, LIMITS).divisor(8) == 1


@pytest.mark.parametrize("extension", [".png", ".bmp", ".tif"])
def test_other_formats_are_decoded_in_full(extension: str) -> None:
    done, data = cv2.imencode(extension, photo())
    assert done
    picture = Picture.encoded(data.tobytes(), LIMITS)
    assert picture.divisor(8) == 1
    assert np.array_equal(picture.pixels, photo())


@pytest.mark.parametrize("divisor", [1, 2, 4, 8])
@pytest.mark.parametrize("options", [(), PROGRESSIVE])
def test_a_jpeg_that_is_cut_off_is_found_out_at_every_size(
    divisor: int, options: tuple[int, ...]
) -> None:
    data = jpeg(photo(), *options)
    header = inspect_picture(data, LIMITS)
    for end in (len(data) - 2, len(data) - 40, len(data) * 3 // 4, len(data) // 2):
        with pytest.raises(FrameError) as caught:
            Picture.encoded(data[:end], LIMITS, header).at(divisor)
        assert caught.value.code is ErrorCode.PICTURE_DAMAGED
    tolerant = PictureLimits(tolerate_truncated=True)
    assert Picture.encoded(data[:-2], tolerant, header).at(divisor).any()


def test_each_size_is_made_once() -> None:
    made: list[int] = []

    def make(divisor: int) -> UInt8Array:
        made.append(divisor)
        return photo()

    picture = Picture(96, 144, (1, 2, 4), make)
    for divisor in (2, 2, 1, 2, 1):
        picture.at(divisor)
    assert made == [2, 1]
    assert [picture.divisor(most) for most in (0.3, 1.9, 2.0, 3.99, 50)] == [1, 1, 2, 2, 4]
