import struct

import pytest

from platestream.vision.picture.tiff_directory import (
    TiffStructureError,
    exif_orientation,
    read_first_directory,
)
from tests.pictures.containers import exif_block, tiff
from tests.pictures.pixels import noise


def first_values(data: bytes, *tags: int) -> dict[int, int]:
    return {tag: entry.value for tag, entry in read_first_directory(data, tags).items()}


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
    assert first_values(block, 274) == {274: 6}


def test_values_of_other_types_are_passed_over() -> None:
    entry = struct.pack("<HHI", 256, 5, 1) + struct.pack("<I", 8)  # a rational width
    block = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    assert first_values(block, 256) == {}


def test_a_list_of_values_gives_its_first() -> None:
    data = tiff(noise())  # three BitsPerSample, stored outside the entry
    assert first_values(data, 258) == {258: 8}


def test_a_value_outside_the_data_is_refused() -> None:
    entry = struct.pack("<HHII", 258, 3, 3, 2**31)
    block = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    with pytest.raises(TiffStructureError):
        read_first_directory(block, (258,))


def test_an_entry_without_values_is_refused() -> None:
    block = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHII", 256, 3, 0, 0) + bytes(4)
    with pytest.raises(TiffStructureError):
        read_first_directory(block, (256,))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_a_patch_changes_its_entry_and_nothing_else(order: str, *, big: bool) -> None:
    for tag, value in ((274, 6), (258, 16), (256, 1)):
        data = bytearray(tiff(noise(), orientation=3, order="<" if order == "<" else ">", big=big))
        before = first_values(bytes(data), 256, 257, 258, 274)
        patch = read_first_directory(bytes(data), (tag,))[tag].replaced(value)
        data[patch.at : patch.at + len(patch.content)] = patch.content
        assert first_values(bytes(data), 256, 257, 258, 274) == before | {tag: value}
