import struct

import pytest

from platestream.vision.picture.headers import HeaderError, exif_orientation, read_jpeg, read_png
from platestream.vision.picture.tiff_directory import TiffStructureError, read_first_directory
from tests.pictures.containers import exif_block, jpeg_with_exif, png_chunk, tiff
from tests.pictures.pixels import encode, good_picture, noise


def test_a_thumbnail_inside_exif_is_not_the_picture() -> None:
    thumbnail = encode(noise(20, 30), ".jpg")
    data = jpeg_with_exif(good_picture(), exif_block(1) + thumbnail)
    assert read_jpeg(data) == (80, 60, 1)


def test_exif_after_other_segments_is_found() -> None:
    data = jpeg_with_exif(good_picture(), exif_block(3))
    comment = b"\xff\xfe" + struct.pack(">H", 7) + b"hello"
    assert read_jpeg(data[:2] + comment * 3 + data[2:])[2] == 3


def test_stray_bytes_between_segments_are_skipped_as_the_decoder_does() -> None:
    data = good_picture()
    assert read_jpeg(data[:2] + b"\x00\x01\x02" + data[2:])[:2] == (80, 60)


def test_png_orientation_may_stand_behind_the_pixels() -> None:
    data = good_picture(".png")
    assert read_png(data[:-12] + png_chunk(b"eXIf", exif_block(8)) + data[-12:]) == (80, 60, 8)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_in_both_byte_orders(order: str, orientation: int) -> None:
    assert exif_orientation(exif_block(orientation, order=order)) == orientation


@pytest.mark.parametrize(
    "block", [b"", b"II", b"XX*\0", exif_block(6)[:12], b"II*\0" + b"\xff" * 8]
)
def test_a_broken_exif_block_means_upright(block: bytes) -> None:
    assert exif_orientation(block) == 1


def test_the_first_of_repeated_tags_counts() -> None:
    entries = struct.pack("<HHIHH", 274, 3, 1, 6, 0) + struct.pack("<HHIHH", 274, 3, 1, 3, 0)
    block = b"II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)
    assert read_first_directory(block, (274,)) == {274: 6}


def test_values_of_other_types_are_passed_over() -> None:
    entry = struct.pack("<HHI", 256, 5, 1) + struct.pack("<I", 8)  # a rational width
    block = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    assert read_first_directory(block, (256,)) == {}


def test_a_list_of_values_gives_its_first() -> None:
    data = tiff(noise())  # three BitsPerSample, stored outside the entry
    assert read_first_directory(data, (258,)) == {258: 8}


def test_a_value_outside_the_data_is_refused() -> None:
    entry = struct.pack("<HHII", 258, 3, 3, 2**31)
    block = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    with pytest.raises(TiffStructureError):
        read_first_directory(block, (258,))


def test_an_entry_without_values_is_refused() -> None:
    block = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 256, 3, 0, 0) + bytes(4)
    with pytest.raises(TiffStructureError):
        read_first_directory(block, (256,))


def test_a_truncated_jpeg_header_is_an_error() -> None:
    data = good_picture()
    for length in range(3, data.index(b"\xff\xc0") + 8):
        with pytest.raises(HeaderError):
            read_jpeg(data[:length])
