import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platestream.vision.picture.header import HeaderError
from platestream.vision.picture.jpeg import has_more_scans, read_jpeg
from tests.pictures.containers import exif_block, jpeg_of_many_scans, jpeg_with_exif
from tests.pictures.pixels import encode, good_picture, noise
from tests.pictures.rare import (
    SCAN_BYTES,
    jpegs_full_of_scan_bytes,
    lossless_grey_jpeg,
    progressive_jpeg,
)


def size_of(data: bytes) -> tuple[int, int, int]:
    header = read_jpeg(data)
    return header.width, header.height, header.orientation


def test_a_thumbnail_inside_exif_is_not_the_picture() -> None:
    thumbnail = encode(noise(20, 30), ".jpg")
    data = jpeg_with_exif(good_picture(), exif_block(1) + thumbnail)
    assert size_of(data) == (80, 60, 1)


def test_exif_after_other_segments_is_found() -> None:
    data = jpeg_with_exif(good_picture(), exif_block(3))
    comment = b"\xff\xfe" + struct.pack(">H", 7) + b"hello"
    assert size_of(data[:2] + comment * 3 + data[2:])[2] == 3


@pytest.mark.parametrize(("first", "second"), [(6, 1), (1, 6), (3, 8)])
def test_of_two_exif_blocks_the_first_counts_as_in_any_viewer(first: int, second: int) -> None:
    data = jpeg_with_exif(jpeg_with_exif(good_picture(), exif_block(second)), exif_block(first))
    assert read_jpeg(data).orientation == first


def test_a_first_exif_block_that_is_broken_is_not_made_good_by_a_second() -> None:
    data = jpeg_with_exif(jpeg_with_exif(good_picture(), exif_block(6)), b"II*\0")
    assert read_jpeg(data).orientation == 1


def test_stray_bytes_between_segments_are_skipped_as_the_decoder_does() -> None:
    data = good_picture()
    assert size_of(data[:2] + b"\x00\x01\x02" + data[2:])[:2] == (80, 60)


def test_a_truncated_jpeg_header_is_an_error() -> None:
    data = good_picture()
    for length in range(3, data.index(b"\xff\xc0") + 8):
        with pytest.raises(HeaderError):
            read_jpeg(data[:length])


def test_only_a_lossless_jpeg_of_one_component_needs_to_be_asked_for_grey() -> None:
    grey = noise()[..., 0]
    assert read_jpeg(lossless_grey_jpeg(grey)).grey_only
    assert not read_jpeg(encode(grey, ".jpg")).grey_only
    assert not read_jpeg(good_picture()).grey_only


def test_a_decoder_goes_through_all_scans_only_of_some_kinds_of_jpeg() -> None:
    assert not read_jpeg(good_picture()).multiple_scans
    assert not read_jpeg(encode(noise()[..., 0], ".jpg")).multiple_scans
    assert read_jpeg(progressive_jpeg()).multiple_scans
    apart = bytearray(good_picture())
    apart[apart.index(SCAN_BYTES) + 4] = 1  # the first scan has one component of three
    assert read_jpeg(bytes(apart)).multiple_scans


@pytest.mark.parametrize(("name", "data"), jpegs_full_of_scan_bytes(), ids=lambda v: v[:40])
def test_scans_of_other_pictures_do_not_count(name: str, data: bytes) -> None:
    assert data.count(SCAN_BYTES) > 100, name
    assert not has_more_scans(data, 100)


@pytest.mark.parametrize("most", [1, 9, 100, 600])
def test_scans_of_the_picture_are_counted_to_the_last(most: int) -> None:
    scans = jpeg_of_many_scans(0).count(SCAN_BYTES)
    for more, answer in ((most - scans, False), (most - scans + 1, True)):
        if more >= 0:
            assert has_more_scans(jpeg_of_many_scans(more), most) is answer


def test_no_marker_inside_a_scan_can_hide_scans() -> None:
    data = jpeg_of_many_scans(200)
    first = data.index(SCAN_BYTES) + 20
    # The decoder passes over each of these without believing a length behind it.
    for marker in (
        b"\xff\x02",
        b"\xff\xbf",
        b"\xff\xd0",
        b"\xff\x01",
        b"\xff\xff\xff\0",
        b"\xff\0",
    ):
        assert has_more_scans(data[:first] + marker + b"\xff\xff" + data[first:], 100)


BITS = [b"\xff", SCAN_BYTES, b"\xff\xd9", b"\xff\xd8", b"\xff\xe1", b"\xff\xc0", b"\xff\xc3"]
BITS += [b"\xff\0", b"\xff\xd3", b"\0\x02", b"\0\x08", b"\xff\xff", b"Exif\0\0II*\0", b"\0\x11\x08"]


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from(BITS), st.binary(max_size=6)), max_size=60))
def test_anything_between_markers_is_read_or_refused(parts: list[bytes]) -> None:
    data = b"\xff\xd8" + b"".join(parts)
    for read in (read_jpeg, lambda data: has_more_scans(data, 2)):
        with suppress(HeaderError):
            read(data)


def test_a_walk_over_endless_segments_is_cut_short() -> None:
    data = jpeg_of_many_scans(0)
    empty = b"\xff\xfe\0\x02" * 20_000
    with pytest.raises(HeaderError, match="segments"):
        read_jpeg(data[:2] + empty + data[2:])
    with pytest.raises(HeaderError, match="segments"):
        has_more_scans(data[:-2] + empty + SCAN_BYTES * 200, 100)
