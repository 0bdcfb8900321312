from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.picture import decode
from platestream.vision.picture.decode import decode_picture
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.settings import PictureLimits
from tests.pictures.containers import bmp, exif_block, jpeg_with_exif, png_with_exif, tiff
from tests.pictures.pixels import TURNS, encode, good_picture, noise, quadrants
from tests.pictures.table import BadPicture, GoodPicture, bad_pictures, good_pictures

LIMITS = PictureLimits()
TOLERANT = PictureLimits(tolerate_truncated=True)
BEST_JPEG = (1, 100)


@pytest.mark.parametrize("picture", bad_pictures(), ids=lambda p: p.name)
def test_a_bad_picture_gets_its_documented_code(picture: BadPicture) -> None:
    with pytest.raises(FrameError) as caught:
        decode_picture(picture.data, LIMITS)
    assert caught.value.code.code == picture.code
    assert caught.value.detail


def test_the_table_is_broad() -> None:
    table = bad_pictures()
    assert len({p.name for p in table}) == len(table) >= 25
    assert {p.code for p in table} == {"AIS.0102", "AIS.0103", "AIS.0104"}


@pytest.mark.parametrize("picture", good_pictures(), ids=lambda p: p.name)
def test_a_good_picture_becomes_bgr_bytes(picture: GoodPicture) -> None:
    pixels = decode_picture(picture.data, LIMITS)
    assert pixels.shape == (picture.height, picture.width, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels.flags.writeable


@pytest.mark.parametrize("extension", [".png", ".bmp", ".tif"])
def test_lossless_pictures_keep_every_pixel(extension: str) -> None:
    pixels = noise()
    assert np.array_equal(decode_picture(encode(pixels, extension), LIMITS), pixels)


def test_hand_written_containers_keep_every_pixel() -> None:
    pixels = noise(21, 35)
    for data in (
        bmp(pixels),
        bmp(pixels, core=True),
        bmp(pixels, top_down=True),
        tiff(pixels),
        tiff(pixels, order=">"),
        tiff(pixels, big=True),
        tiff(pixels, big=True, order=">"),
    ):
        assert np.array_equal(decode_picture(data, LIMITS), pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "tiff of 16 bits", "bigtiff"])
def test_every_orientation_gives_the_upright_picture(
    orientation: int, order: str, kind: str
) -> None:
    pixels = quadrants()
    little = order == "<"
    block = exif_block(orientation, order=order)
    data = {
        "jpeg": lambda: jpeg_with_exif(encode(pixels, ".jpg", BEST_JPEG), block),
        "png": lambda: png_with_exif(encode(pixels, ".png"), block),
        "tiff": lambda: tiff(pixels, orientation=orientation, order="<" if little else ">"),
        "tiff of 16 bits": lambda: tiff(
            pixels.astype(np.uint16) * 257, orientation=orientation, order="<" if little else ">"
        ),
        "bigtiff": lambda: tiff(
            pixels, orientation=orientation, order="<" if little else ">", big=True
        ),
    }[kind]()
    expected = TURNS[orientation](pixels)
    decoded = decode_picture(data, LIMITS)
    assert decoded.shape == expected.shape
    assert (decoded.shape[1], decoded.shape[0]) == inspect_picture(data, LIMITS).upright_size
    # JPEG blurs colours across the quarters' borders; a wrong turn would differ by some hundred.
    assert np.abs(decoded.astype(int) - expected).mean() < 8


@pytest.mark.parametrize("orientation", [1, 6])
def test_side_limits_hold_however_the_picture_is_turned(orientation: int) -> None:
    limits = PictureLimits(max_side=64)
    for pixels, fine in ((noise(64, 30), True), (noise(65, 30), False), (noise(30, 65), False)):
        data = jpeg_with_exif(encode(pixels, ".jpg"), exif_block(orientation))
        if fine:
            assert max(decode_picture(data, limits).shape[:2]) == 64
        else:
            with pytest.raises(FrameError) as caught:
                decode_picture(data, limits)
            assert caught.value.code is ErrorCode.PICTURE_SIZE


@pytest.mark.parametrize("extension", [".png", ".tif"])
def test_sixteen_bits_keep_their_upper_eight(extension: str) -> None:
    deep = np.full((20, 30, 3), (300, 40_000, 65_535), np.uint16)
    assert (decode_picture(encode(deep, extension), LIMITS) == (1, 156, 255)).all()


@pytest.mark.parametrize("extension", [".png", ".tif", ".jpg", ".bmp"])
def test_grey_becomes_three_equal_channels(extension: str) -> None:
    pixels = decode_picture(encode(noise()[..., 0], extension), LIMITS)
    assert np.array_equal(pixels[..., 0], pixels[..., 1])
    assert np.array_equal(pixels[..., 0], pixels[..., 2])


def test_alpha_is_dropped_and_hides_nothing() -> None:
    pixels = noise()
    clear = np.dstack([pixels, np.zeros(pixels.shape[:2], np.uint8)])
    assert np.array_equal(decode_picture(encode(clear, ".png"), LIMITS), pixels)


def test_a_jpeg_that_ends_early_is_read_only_when_tolerated() -> None:
    whole = good_picture(height=64, width=64)
    for data in (whole[:-2], whole[: len(whole) // 2]):
        with pytest.raises(FrameError) as caught:
            decode_picture(data, LIMITS)
        assert caught.value.code is ErrorCode.PICTURE_DAMAGED
    without_end = decode_picture(whole[:-2], TOLERANT)
    assert np.array_equal(without_end, decode_picture(whole, LIMITS))
    half = decode_picture(whole[: len(whole) // 2], TOLERANT)
    assert (half[-8:] == 128).all()


def test_tolerance_is_for_jpeg_only() -> None:
    for extension in (".png", ".bmp", ".tif"):
        data = good_picture(extension)
        with pytest.raises(FrameError) as caught:
            decode_picture(data[: len(data) // 2], TOLERANT)
        assert caught.value.code is ErrorCode.PICTURE_DAMAGED


def test_no_pixel_of_an_earlier_picture_shows_in_a_cut_one() -> None:
    earlier = encode(np.full((256, 256, 3), (0, 0, 255), np.uint8), ".jpg")
    later = encode(noise(256, 256), ".jpg")
    cut = later[: len(later) // 3]
    for _ in range(5):
        decode_picture(earlier, LIMITS)
        with pytest.raises(FrameError):
            decode_picture(cut, LIMITS)
        decode_picture(earlier, LIMITS)
        assert (decode_picture(cut, TOLERANT)[-16:] == 128).all()


def test_the_caller_owns_the_pixels() -> None:
    data = good_picture(".png")
    first = decode_picture(data, LIMITS)
    kept = first.copy()
    second = decode_picture(data, LIMITS)
    second[:] = 0
    assert np.array_equal(first, kept)


def test_pixels_that_do_not_agree_with_the_header_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decode, "_decode", lambda *_: noise(20, 20))
    with pytest.raises(FrameError) as caught:
        decode_picture(good_picture(), LIMITS)
    assert caught.value.code is ErrorCode.PICTURE_DAMAGED


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([p for p in good_pictures() if p.height < 100 and p.width < 100]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20),
    st.floats(0, 1),
)
def test_mutilated_pictures_end_in_pixels_or_a_documented_error(
    picture: GoodPicture, changes: list[tuple[float, int]], keep: float
) -> None:
    data = bytearray(picture.data[: int(len(picture.data) * max(keep, 0.3))])
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    for limits in (LIMITS, TOLERANT):
        assert outcome(bytes(data), limits) in {"pixels", "AIS.0102", "AIS.0103", "AIS.0104"}


def outcome(data: bytes, limits: PictureLimits) -> str:
    try:
        pixels = decode_picture(data, limits)
    except FrameError as error:
        return error.code.code
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3
    assert max(pixels.shape) <= limits.max_side
    return "pixels"


@pytest.mark.parametrize("compression", [5, 8, 32773])
def test_a_corrupt_tiff_never_shows_an_earlier_picture(compression: int) -> None:
    whole = encode(noise(120, 160), ".tif", [259, compression])
    corrupt = bytearray(whole)
    for at in range(400, len(whole) // 2, 97):
        corrupt[at] ^= 0x5A
    answers = set()
    for color in (0, 77, 255):
        decode_picture(encode(np.full((120, 160, 3), color, np.uint8), ".tif"), LIMITS)
        try:
            answers.add(decode_picture(bytes(corrupt), LIMITS).tobytes())
        except FrameError as error:
            answers.add(error.code.code.encode())
    assert len(answers) == 1


def test_many_threads_decode_as_one_does() -> None:
    pictures = [p.data for p in good_pictures()] + [p.data for p in bad_pictures()]
    serial = [digest(data) for data in pictures]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(digest, pictures * 3)) == serial * 3


def digest(data: bytes) -> bytes:
    try:
        return decode_picture(data, LIMITS).tobytes()
    except FrameError as error:
        return error.code.code.encode()
