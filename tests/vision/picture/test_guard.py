import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.picture.guard import inspect_picture, picture_format
from platestream.vision.picture.header import PictureFormat
from platestream.vision.settings import PictureLimits
from tests.pictures.containers import bmp, exif_block, jpeg_with_exif, png_with_header, tiff
from tests.pictures.pixels import encode, good_picture, noise
from tests.pictures.table import BadPicture, GoodPicture, bad_pictures, good_pictures

LIMITS = PictureLimits()
HEADER_ONLY = [p for p in bad_pictures() if "bomb" in p.name or p.code == "AIS.0102"]


def code_of(data: bytes, limits: PictureLimits = LIMITS) -> ErrorCode:
    with pytest.raises(FrameError) as caught:
        inspect_picture(data, limits)
    return caught.value.code


@pytest.mark.parametrize("picture", good_pictures(), ids=lambda p: p.name)
def test_a_good_picture_passes_with_its_size(picture: GoodPicture) -> None:
    header = inspect_picture(picture.data, LIMITS)
    assert header.upright_size == (picture.width, picture.height)


@pytest.mark.parametrize("picture", HEADER_ONLY, ids=lambda p: p.name)
def test_the_guard_alone_refuses_bombs_and_other_formats(picture: BadPicture) -> None:
    before = time.perf_counter()
    with pytest.raises(FrameError):
        inspect_picture(picture.data, LIMITS)
    assert time.perf_counter() - before < 0.5


@pytest.mark.parametrize(
    ("extension", "kind"),
    [
        (".jpg", PictureFormat.JPEG),
        (".png", PictureFormat.PNG),
        (".bmp", PictureFormat.BMP),
        (".tif", PictureFormat.TIFF),
    ],
)
def test_the_format_is_told_by_its_first_bytes(extension: str, kind: PictureFormat) -> None:
    assert inspect_picture(good_picture(extension), LIMITS).format is kind


def test_stored_sizes_are_what_the_header_says() -> None:
    for data in (
        encode(noise(33, 47), ".jpg"),
        encode(noise(33, 47), ".png"),
        bmp(noise(33, 47), top_down=True),
        bmp(noise(33, 47), core=True),
        tiff(noise(33, 47), order=">", big=True),
    ):
        header = inspect_picture(data, LIMITS)
        assert (header.width, header.height) == (47, 33)


def test_a_quarter_turn_swaps_the_sides_of_the_upright_picture() -> None:
    header = inspect_picture(jpeg_with_exif(good_picture(), exif_block(6)), LIMITS)
    assert (header.width, header.height, header.orientation) == (80, 60, 6)
    assert header.upright_size == (60, 80)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_unknown_orientation_counts_as_none(orientation: int) -> None:
    data = jpeg_with_exif(good_picture(), exif_block(orientation))
    assert inspect_picture(data, LIMITS).orientation == 1


@pytest.mark.parametrize(
    ("height", "width", "fine"),
    [(15, 15, True), (15, 14, False), (14, 15, False), (4096, 15, True), (15, 4097, False)],
)
def test_the_sides_are_held_to_the_limits(height: int, width: int, *, fine: bool) -> None:
    data = png_with_header(width, height)
    if fine:
        inspect_picture(data, LIMITS)
    else:
        assert code_of(data) is ErrorCode.PICTURE_SIZE


def test_limits_are_settings() -> None:
    data = png_with_header(8000, 5000)
    assert code_of(data) is ErrorCode.PICTURE_SIZE
    inspect_picture(data, PictureLimits(max_side=8192))
    strict = PictureLimits(max_bytes=1024)
    assert code_of(good_picture(), strict) is ErrorCode.PICTURE_SIZE
    assert code_of(good_picture(), PictureLimits(min_side=61)) is ErrorCode.PICTURE_SIZE


def test_size_in_bytes_is_checked_first() -> None:
    assert code_of(b"\0" * (LIMITS.max_bytes + 1)) is ErrorCode.PICTURE_SIZE
    assert code_of(b"\0" * LIMITS.max_bytes) is ErrorCode.UNSUPPORTED_FORMAT


def test_a_walk_over_a_million_chunks_is_cut_short() -> None:
    data = png_with_header(80, 60)
    empty = b"\0\0\0\0tEXt\0\0\0\0" * 800_000
    before = time.perf_counter()
    assert code_of(data[:33] + empty + data[33:]) is ErrorCode.PICTURE_DAMAGED
    assert time.perf_counter() - before < 2


def test_errors_do_not_carry_the_picture() -> None:
    with pytest.raises(FrameError) as caught:
        inspect_picture(b"secret words in no picture", LIMITS)
    assert "secret" not in str(caught.value)


OUTCOMES = {"passed", "AIS.0102", "AIS.0103", "AIS.0104"}


def outcome(data: bytes) -> str:
    """Return the code that ``data`` fails with, or ``passed`` for a header within the limits."""
    try:
        header = inspect_picture(data, LIMITS)
    except FrameError as error:
        return error.code.code
    assert picture_format(data) is header.format
    assert LIMITS.min_side <= min(header.width, header.height)
    assert max(header.width, header.height) <= LIMITS.max_side
    return "passed"


MAGICS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]


@given(st.binary(max_size=200), st.sampled_from(MAGICS))
def test_random_bytes_never_crash_the_guard(data: bytes, start: bytes) -> None:
    assert outcome(start + data) in OUTCOMES


@given(
    st.sampled_from(good_pictures()),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=8),
    st.integers(0, 400),
)
def test_mutilated_headers_pass_or_fail_as_documented(
    picture: GoodPicture, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(picture.data[: len(picture.data) - cut])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    assert outcome(bytes(data)) in OUTCOMES


def test_limits_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="min_side"):
        PictureLimits(min_side=100, max_side=50)
    with pytest.raises(ValueError, match="extra"):
        PictureLimits.model_validate({"max_pixels": 3})
