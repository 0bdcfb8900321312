"""The markers of a JPEG: its size, its orientation, and how many scans its pixels take.

The walk follows the decoder's own rules (fill bytes, stray bytes between segments, bytes inside a
scan that only look like a marker), so that both see the same frame header and the same scans.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from platestream.vision.picture.header import UPRIGHT, HeaderError, PictureFormat, PictureHeader
from platestream.vision.picture.tiff_directory import exif_orientation

_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE_FRAMES: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_LOSSLESS_FRAME: Final = 0xC3
# Without blocks of frequencies there is nothing to decode coarsely.
_LOSSLESS_FRAMES: Final = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_START: Final = 0xD8
_END: Final = 0xD9
_START_OF_SCAN: Final = 0xDA
_APP1: Final = 0xE1
_EXIF_MARK: Final = b"Exif\0\0"
_SCAN_BYTES: Final = bytes((0xFF, _START_OF_SCAN))
# The last fill byte and a marker that ends a scan or begins a segment. Not among them: a stuffed
# zero and restarts, which belong to a scan, and numbers that are no markers: the decoder gives up
# at those, or passes over them alone while it looks for a restart.
_MARKER: Final = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
# A colour profile or EXIF of 10 MB takes 160 segments of 64 KB, a progressive picture some dozens.
# So many empty ones take 10 ms.
_MAX_SEGMENTS: Final = 10_000


class _Frame(NamedTuple):
    kind: int
    width: int
    height: int
    components: int


def read_jpeg(data: bytes) -> PictureHeader:
    """Read the first frame header; orientation from the first EXIF block before the first scan.

    Raises:
        HeaderError: if there is no frame header, or more than one, before the first scan.
    """
    try:
        return _read(data)
    except struct.error as error:
        raise HeaderError("the JPEG ends inside its header") from error


def _read(data: bytes) -> PictureHeader:
    frame: _Frame | None = None
    orientation: int | None = None
    for marker, at, length in _segments(data):
        if length < 2:  # noqa: PLR2004 - the length counts its own two bytes
            raise HeaderError("a JPEG segment has an impossible length")
        if marker == _START_OF_SCAN:
            if frame is None:
                raise HeaderError("the JPEG has a scan before its frame header")
            (components,) = struct.unpack_from("B", data, at + 2)
            return PictureHeader(
                format=PictureFormat.JPEG,
                width=frame.width,
                height=frame.height,
                orientation=orientation or UPRIGHT,
                multiple_scans=frame.kind in _PROGRESSIVE_FRAMES or components < frame.components,
                scalable=frame.kind not in _LOSSLESS_FRAMES,
                grey_only=frame.kind == _LOSSLESS_FRAME and frame.components == 1,
            )
        if marker in _START_OF_FRAME:
            if frame is not None:
                raise HeaderError("the JPEG has two frame headers")
            height, width, components = struct.unpack_from(">HHB", data, at + 3)
            frame = _Frame(marker, width, height, components)
        elif marker == _APP1 and orientation is None and data.startswith(_EXIF_MARK, at + 2):
            orientation = exif_orientation(data[at + 2 + len(_EXIF_MARK) : at + length])
    raise HeaderError("the JPEG has no picture data")


def has_more_scans(data: bytes, most: int) -> bool:
    """Whether the picture itself has more than ``most`` scans.

    To be asked of a picture with ``multiple_scans``: of any other the first scan is all that is
    decoded. Bytes that look like a scan in application segments, in thumbnails or behind the
    picture's end are none. Counting those bytes is fast; only where they are many are markers
    walked.

    Raises:
        HeaderError: if the JPEG has more segments than anybody writes.
    """
    if data.count(_SCAN_BYTES) <= most:
        return False
    scans = 0
    try:
        for marker, _, _ in _segments(data):
            scans += marker == _START_OF_SCAN
            if scans > most:
                return True
    except struct.error:  # the last segment is cut off: there is no scan behind it
        return False
    return False


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, position of the length field and length of each segment up to EOI."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return
        at = found.end()
        marker = data[at - 1]
        if marker in (_START, _END):
            return
        (length,) = struct.unpack_from(">H", data, at)
        yield marker, at, length
        at += max(length, 2)
    raise HeaderError("the JPEG has too many segments")
