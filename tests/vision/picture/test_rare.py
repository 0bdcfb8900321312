"""Where the decoder's answer is not to be believed: each kind comes out right, to the pixel."""

import numpy as np
import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.picture.bmp import read_bmp
from platestream.vision.picture.decode import decode_picture
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.picture.tiff import read_tiff
from platestream.vision.settings import PictureLimits
from tests.pictures.containers import tiff
from tests.pictures.pixels import TURNS, Pixels, encode, good_picture, noise
from tests.pictures.rare import (
    bmp_with_masks,
    jpegs_full_of_scan_bytes,
    lossless_grey_jpeg,
    progressive_jpeg,
)

LIMITS = PictureLimits()


def decoded(data: bytes) -> Pixels:
    return decode_picture(data, LIMITS)


@pytest.mark.parametrize(("name", "data"), jpegs_full_of_scan_bytes(), ids=lambda v: v[:40])
def test_a_jpeg_full_of_scan_bytes_is_the_picture_it_is(name: str, data: bytes) -> None:
    plain = progressive_jpeg() if name.startswith("progressive") else good_picture()
    assert np.array_equal(decoded(data), decoded(plain))


def test_a_grey_lossless_jpeg_keeps_every_pixel() -> None:
    grey = noise()[..., 0]
    assert np.array_equal(decoded(lossless_grey_jpeg(grey)), np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize("tile", [None, 16, 32, 48, 80])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["8 bits", "16 bits", "grey", "bigtiff"])
def test_tiles_of_any_size_turned_in_any_way(kind: str, orientation: int, tile: int | None) -> None:
    pixels = noise(70, 101)
    stored: Pixels = pixels
    if kind == "16 bits":
        stored = pixels.astype(np.uint16) * 257
    elif kind == "grey":
        stored = pixels[..., 0]
        pixels = np.repeat(stored[..., None], 3, axis=2).astype(np.uint8)
    data = tiff(stored, tile=tile, orientation=orientation, big=kind == "bigtiff")
    assert np.array_equal(decoded(data), TURNS[orientation](pixels))


@pytest.mark.parametrize("alpha", [0, 128, 255])
@pytest.mark.parametrize("tile", [None, 16, 64])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deep", [False, True])
def test_alpha_of_a_tiff_is_dropped(
    alpha: int, tile: int | None, order: str, *, deep: bool
) -> None:
    pixels = noise()
    clear: Pixels = np.dstack([pixels, np.full(pixels.shape[:2], alpha, np.uint8)])
    if deep:
        clear = clear.astype(np.uint16) * 257
    for meaning in (0, 1, 2):
        data = tiff(clear, alpha=meaning, tile=tile, order="<" if order == "<" else ">")
        assert np.array_equal(decoded(data), pixels)


@pytest.mark.parametrize(
    "compression", [0, 9, 10, 33003, 34712, 34887, 34892, 34925, 34933, 50000, 50002, 65_000]
)
@pytest.mark.parametrize("tile", [None, 32])
def test_a_tiff_of_an_unknown_codec_is_refused_rather_than_black(
    compression: int, tile: int | None
) -> None:
    data = tiff(noise(), tile=tile, extra=[(259, 3, compression)])
    with pytest.raises(FrameError) as caught:
        inspect_picture(data, LIMITS)
    assert caught.value.code is ErrorCode.PICTURE_DAMAGED
    assert str(compression) in str(caught.value.detail)


@pytest.mark.parametrize("compression", [1, 5, 8, 32773, 32946])
def test_the_codecs_of_the_contract_are_read(compression: int) -> None:
    pixels = noise()
    assert np.array_equal(decoded(encode(pixels, ".tif", [259, compression])), pixels)


def test_an_ordinary_tiff_is_decoded_as_it_is() -> None:
    for data in (good_picture(".tif"), tiff(noise()), tiff(noise(), alpha=None, big=True)):
        header = read_tiff(data)
        assert header.patches == ()
        assert not header.mapped


BYTES = {
    "blue first": (0xFF0000, 0xFF00, 0xFF),
    "red first": (0xFF, 0xFF00, 0xFF0000),
    "blue first, shifted": (0xFF000000, 0xFF0000, 0xFF00),
    "red first, shifted": (0xFF00, 0xFF0000, 0xFF000000),
    "green first": (0xFF00, 0xFF, 0xFF0000),
    "ten bits": (0x3FF00000, 0xFFC00, 0x3FF),
}


@pytest.mark.parametrize("masks", BYTES.values(), ids=BYTES)
@pytest.mark.parametrize("header", [40, 52, 56, 108, 124])
@pytest.mark.parametrize("compression", [3, 6])
@pytest.mark.parametrize("top_down", [False, True])
def test_masks_of_a_bmp_say_which_byte_is_which_colour(
    masks: tuple[int, int, int], header: int, compression: int, *, top_down: bool
) -> None:
    pixels = noise(33, 47)
    data = bmp_with_masks(
        pixels, 32, masks, header=header, top_down=top_down, compression=compression
    )
    assert np.array_equal(decoded(data), pixels)


@pytest.mark.parametrize(
    ("masks", "step"),
    [
        ((0xF800, 0x7E0, 0x1F), 4.2),
        ((0x7C00, 0x3E0, 0x1F), 4.2),
        ((0x1F, 0x7E0, 0xF800), 4.2),
        ((0x1F, 0x3E0, 0x7C00), 4.2),
        ((0xF00, 0xF0, 0xF), 8.6),
    ],
)
@pytest.mark.parametrize("header", [40, 108])
def test_colours_of_few_bits_are_spread_over_the_whole_range(
    masks: tuple[int, int, int], step: float, header: int
) -> None:
    pixels = noise(33, 47)
    pixels[0], pixels[1] = 0, 255
    read = decoded(bmp_with_masks(pixels, 16, masks, header=header))
    assert np.abs(read.astype(int) - pixels).max() <= step
    assert (read[0] == 0).all()
    assert (read[1] == 255).all()


def test_a_bmp_without_red_has_none() -> None:
    pixels = noise()
    read = decoded(bmp_with_masks(pixels, 32, (0xFF000000, 0xFF00, 0xFF)))
    assert np.array_equal(read, pixels)
    data = bytearray(bmp_with_masks(pixels, 32, (0xFF000000, 0xFF00, 0xFF)))
    data[54:58] = bytes(4)
    read = decoded(bytes(data))
    assert np.array_equal(read[..., :2], pixels[..., :2])
    assert not read[..., 2].any()


def test_the_common_masks_are_left_to_the_decoder() -> None:
    assert read_bmp(bmp_with_masks(noise(), 32, (0xFF0000, 0xFF00, 0xFF))).bitfields is None
    assert read_bmp(bmp_with_masks(noise(), 32, (0xFF, 0xFF00, 0xFF0000))).bitfields is not None


def test_a_header_that_was_found_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = good_picture()
    header = inspect_picture(data, LIMITS)
    expected = decode_picture(data, LIMITS)

    def inspected_again(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("platestream.vision.picture.decode.inspect_picture", inspected_again)
    assert np.array_equal(decode_picture(data, LIMITS, header), expected)
