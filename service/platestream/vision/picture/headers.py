"""Width, height and orientation from the headers of the four formats, without decoding a pixel.

Each reader takes the whole encoded picture and returns ``(width, height, orientation)`` as stored;
orientation is the EXIF number 1..8. A header that cannot be followed raises :class:`HeaderError`.
The walk through a JPEG follows the decoder's own rules (fill bytes, stray bytes between segments),
so that both see the same frame header.
"""

import struct
from collections.abc import Iterator
from typing import Final

from platestream.vision.picture.tiff_directory import TiffStructureError, read_first_directory

Size = tuple[int, int, int]

UPRIGHT: Final = 1
_ORIENTATIONS: Final = range(1, 9)
_TAG_WIDTH: Final = 256
_TAG_HEIGHT: Final = 257
_TAG_ORIENTATION: Final = 274
_TAG_SAMPLES: Final = 277
_TAG_TILE_WIDTH: Final = 322
_TAG_TILE_HEIGHT: Final = 323
# CMYK with alpha has 5; a decoder reserves memory for every sample that a header claims.
_MAX_SAMPLES: Final = 8
# A tile may stand out over the picture's edge; the decoder reserves whole tiles.
_MAX_TILE_SIDE: Final = 16_384
_MAX_TILE_PIXELS: Final = 1 << 24
# PNGs of 10 MB in IDAT chunks of 8 KB have some 1,300; a walk over a million takes a second.
_MAX_PNG_CHUNKS: Final = 50_000

_JPEG_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_START: Final = 0xD8
_JPEG_END: Final = 0xD9
_JPEG_START_OF_SCAN: Final = 0xDA
_JPEG_APP1: Final = 0xE1
_EXIF_MARK: Final = b"Exif\0\0"


class HeaderError(ValueError):
    """A header that is cut off or contradicts its format."""


def read_jpeg(data: bytes) -> Size:
    """Read the first frame header; orientation from an EXIF block before the first scan."""
    try:
        return _walk_jpeg(data)
    except struct.error as error:
        raise HeaderError("the JPEG ends inside its header") from error


def _walk_jpeg(data: bytes) -> Size:
    size, orientation = None, UPRIGHT
    for marker, at, length in _jpeg_segments(data):
        if marker == _JPEG_START_OF_SCAN:
            if size is None:
                raise HeaderError("the JPEG has a scan before its frame header")
            return (*size, orientation)
        if marker in _JPEG_START_OF_FRAME:
            if size is not None:
                raise HeaderError("the JPEG has two frame headers")
            height, width = struct.unpack_from(">HH", data, at + 3)
            size = (width, height)
        elif marker == _JPEG_APP1 and data.startswith(_EXIF_MARK, at + 2):
            orientation = exif_orientation(data[at + 2 + len(_EXIF_MARK) : at + length])
    raise HeaderError("the JPEG has no picture data")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, position of the length field and length of each segment after SOI."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0:
        while data[at : at + 1] == b"\xff":
            at += 1
        (marker,) = struct.unpack_from("B", data, at)
        at += 1
        if marker == 0 or marker in _JPEG_WITHOUT_LENGTH:
            continue
        if marker in (_JPEG_START, _JPEG_END):
            return
        (length,) = struct.unpack_from(">H", data, at)
        if length < 2:  # noqa: PLR2004 - the length counts its own two bytes
            raise HeaderError("a JPEG segment has an impossible length")
        yield marker, at, length
        at += length


def read_png(data: bytes) -> Size:
    """Read IHDR; orientation from an eXIf chunk, wherever it stands."""
    if data[12:16] != b"IHDR":
        raise HeaderError("the PNG does not begin with IHDR")
    try:
        width, height = struct.unpack_from(">II", data, 16)
    except struct.error as error:
        raise HeaderError("the PNG ends inside its header") from error
    return width, height, _walk_png(data)


def _walk_png(data: bytes) -> int:
    """Return the orientation after checking that every chunk lies inside the data.

    The decoder reserves as much memory as a chunk claims to have, before it looks for the content:
    one flipped bit would cost gigabytes.
    """
    at, orientation = 8, UPRIGHT
    for _ in range(_MAX_PNG_CHUNKS):
        if at + 12 > len(data):
            raise HeaderError("the PNG is cut off")
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise HeaderError("the PNG is cut off")
        if kind == b"IEND":
            return orientation
        if kind == b"eXIf":
            orientation = exif_orientation(data[at + 8 : at + 8 + length])
        at += 12 + length
    raise HeaderError("the PNG has too many chunks")


def read_bmp(data: bytes) -> Size:
    """Read the core (OS/2) or the info header; a negative height means rows from the top."""
    try:
        (header_size,) = struct.unpack_from("<I", data, 14)
        if header_size == 12:  # noqa: PLR2004 - BITMAPCOREHEADER
            width, height = struct.unpack_from("<HH", data, 18)
        elif header_size >= 36:  # noqa: PLR2004 - BITMAPINFOHEADER (40) and its successors
            width, height = struct.unpack_from("<ii", data, 18)
        else:
            raise HeaderError("the BMP has an unknown kind of header")
    except struct.error as error:
        raise HeaderError("the BMP ends inside its header") from error
    return width, abs(height), UPRIGHT


def read_tiff(data: bytes) -> Size:
    """Read the first directory (of several pages the first) of a TIFF or BigTIFF."""
    wanted = (
        _TAG_WIDTH,
        _TAG_HEIGHT,
        _TAG_ORIENTATION,
        _TAG_SAMPLES,
        _TAG_TILE_WIDTH,
        _TAG_TILE_HEIGHT,
    )
    try:
        tags = read_first_directory(data, wanted)
    except TiffStructureError as error:
        raise HeaderError(f"the TIFF is malformed: {error}") from error
    if _TAG_WIDTH not in tags or _TAG_HEIGHT not in tags:
        raise HeaderError("the TIFF gives no width or no height")
    if tags.get(_TAG_SAMPLES, 1) > _MAX_SAMPLES:
        raise HeaderError("the TIFF has too many samples per pixel")
    tile = tags.get(_TAG_TILE_WIDTH, 0), tags.get(_TAG_TILE_HEIGHT, 0)
    if max(tile) > _MAX_TILE_SIDE or tile[0] * tile[1] > _MAX_TILE_PIXELS:
        raise HeaderError("the TIFF has absurdly large tiles")
    return tags[_TAG_WIDTH], tags[_TAG_HEIGHT], _known(tags.get(_TAG_ORIENTATION, UPRIGHT))


def exif_orientation(block: bytes) -> int:
    """Return the orientation 1..8 of an EXIF block; 1 where it has none or cannot be read.

    A broken EXIF block says nothing about the pixels, so it does not make the picture bad.
    """
    try:
        return _known(read_first_directory(block, (_TAG_ORIENTATION,)).get(_TAG_ORIENTATION, 1))
    except TiffStructureError:
        return UPRIGHT


def _known(orientation: int) -> int:
    return orientation if orientation in _ORIENTATIONS else UPRIGHT
