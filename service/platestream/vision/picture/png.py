"""The chunks of a PNG: its size and its orientation."""

import struct
from typing import Final

from platestream.vision.picture.header import UPRIGHT, HeaderError, PictureFormat, PictureHeader
from platestream.vision.picture.tiff_directory import exif_orientation

# PNGs of 10 MB in IDAT chunks of 8 KB have some 1,300; a walk over a million takes a second.
_MAX_CHUNKS: Final = 50_000


def read_png(data: bytes) -> PictureHeader:
    """Read IHDR; orientation from the first eXIf chunk, wherever it stands.

    Raises:
        HeaderError: if IHDR is not first, or a chunk does not lie inside the data.
    """
    if data[12:16] != b"IHDR":
        raise HeaderError("the PNG does not begin with IHDR")
    try:
        width, height = struct.unpack_from(">II", data, 16)
    except struct.error as error:
        raise HeaderError("the PNG ends inside its header") from error
    orientation = _walk(data)
    return PictureHeader(
        format=PictureFormat.PNG, width=width, height=height, orientation=orientation
    )


def _walk(data: bytes) -> int:
    """Return the orientation after checking that every chunk lies inside the data.

    The decoder reserves as much memory as a chunk claims to have, before it looks for the content:
    one flipped bit would cost gigabytes.
    """
    at = 8
    orientation: int | None = None
    for _ in range(_MAX_CHUNKS):
        if at + 12 > len(data):
            raise HeaderError("the PNG is cut off")
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise HeaderError("the PNG is cut off")
        if kind == b"IEND":
            return orientation or UPRIGHT
        if kind == b"eXIf" and orientation is None:
            orientation = exif_orientation(data[at + 8 : at + 8 + length])
        at += 12 + length
    raise HeaderError("the PNG has too many chunks")
