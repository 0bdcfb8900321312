"""Reads the first image file directory of a TIFF structure: TIFF pictures and EXIF blocks alike.

Only the numbers wanted are looked at; no offset is trusted before it is compared with the length.
"""

import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from platestream.vision.picture.header import UPRIGHT, Patch

ORIENTATION: Final = 274
_ORIENTATIONS: Final = range(1, 9)
_FORMATS: Final[Mapping[int, str]] = {1: "B", 3: "H", 4: "I", 16: "Q"}  # BYTE SHORT LONG LONG8
# No real first directory comes near: cameras write some dozens of entries.
_MAX_ENTRIES: Final = 4096


class TiffStructureError(ValueError):
    """The bytes are not a readable TIFF structure."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry's first value.

    Attributes:
        value: The number.
        at: Its position in the data.
        packing: Its form there, in the terms of :mod:`struct`.
    """

    value: int
    at: int
    packing: str

    def replaced(self, value: int) -> Patch:
        """Return what puts another number in its place."""
        return Patch(at=self.at, content=struct.pack(self.packing, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Sizes and formats that differ between TIFF (version 42) and BigTIFF (version 43)."""

    count_format: str
    entry_size: int
    length_format: str
    value_at: int
    value_size: int


_CLASSIC: Final = _Layout(
    count_format="H", entry_size=12, length_format="I", value_at=8, value_size=4
)
_BIG: Final = _Layout(count_format="Q", entry_size=20, length_format="Q", value_at=12, value_size=8)


def read_first_directory(data: bytes, tags: Collection[int]) -> dict[int, Entry]:
    """Return the first value of each of ``tags`` that the first directory holds as an integer.

    Args:
        data: A TIFF or BigTIFF structure from its byte-order mark on, either byte order.
        tags: Tag numbers wanted; of a repeated tag the first entry counts, as in libtiff.

    Raises:
        TiffStructureError: if the header or the directory lies outside ``data`` or is malformed.
    """
    try:
        return _read(data, tags)
    except struct.error as error:
        raise TiffStructureError("the directory lies outside the data") from error


def _read(data: bytes, tags: Collection[int]) -> dict[int, Entry]:
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise TiffStructureError("no byte-order mark")
    (version,) = struct.unpack_from(order + "H", data, 2)
    if version == 42:  # noqa: PLR2004 - the format's own number
        layout, (start,) = _CLASSIC, struct.unpack_from(order + "I", data, 4)
    elif version == 43:  # noqa: PLR2004 - BigTIFF
        offset_size, zero, start = struct.unpack_from(order + "HHQ", data, 4)
        if offset_size != 8 or zero != 0:  # noqa: PLR2004 - fixed by the format
            raise TiffStructureError("BigTIFF with an unknown offset size")
        layout = _BIG
    else:
        raise TiffStructureError("unknown version")
    if start >= len(data):
        raise TiffStructureError("the directory lies outside the data")
    (count,) = struct.unpack_from(order + layout.count_format, data, start)
    if not 0 < count <= _MAX_ENTRIES:
        raise TiffStructureError("the directory has no or too many entries")
    values: dict[int, Entry] = {}
    at = start + struct.calcsize(order + layout.count_format)
    for entry in range(at, at + count * layout.entry_size, layout.entry_size):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        value_format = _FORMATS.get(kind)
        if tag not in tags or tag in values or value_format is None:
            continue
        values[tag] = _first_value(data, entry, order, layout, value_format)
    return values


def _first_value(data: bytes, entry: int, order: str, layout: _Layout, value_format: str) -> Entry:
    (length,) = struct.unpack_from(order + layout.length_format, data, entry + 4)
    if length == 0:
        raise TiffStructureError("an entry without a value")
    at = entry + layout.value_at
    if length * struct.calcsize(value_format) > layout.value_size:
        (at,) = struct.unpack_from(order + layout.length_format, data, at)
        if at >= len(data):
            raise TiffStructureError("an entry's value lies outside the data")
    (value,) = struct.unpack_from(order + value_format, data, at)
    return Entry(value, at, order + value_format)


def exif_orientation(block: bytes) -> int:
    """Return the orientation 1..8 of an EXIF block; 1 where it has none or cannot be read.

    A broken EXIF block says nothing about the pixels, so it does not make the picture bad.
    """
    try:
        found = read_first_directory(block, (ORIENTATION,)).get(ORIENTATION)
    except TiffStructureError:
        return UPRIGHT
    return UPRIGHT if found is None else known_orientation(found.value)


def known_orientation(number: int) -> int:
    """Return ``number`` if it is one of the eight, else 1."""
    return number if number in _ORIENTATIONS else UPRIGHT
