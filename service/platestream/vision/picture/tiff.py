"""TIFF: its first page's header, and where that says better than the decoder's answer.

OpenCV 5.0 (libtiff 4.7) gives an all-black picture, and no error, for a compression that it does
not know; mirrors the tiles, each in its place, of a tiled page that is flipped or turned; and
multiplies colours by an alpha that is not in them. The header says all of that beforehand: the
first is refused, the others are patched away in a copy, and the page is turned as any other.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from platestream.vision.picture.header import (
    UPRIGHT,
    HeaderError,
    Patch,
    PictureFormat,
    PictureHeader,
    UnreadableKindError,
)
from platestream.vision.picture.tiff_directory import (
    ORIENTATION,
    Entry,
    TiffStructureError,
    known_orientation,
    read_first_directory,
)

_WIDTH: Final = 256
_HEIGHT: Final = 257
_COMPRESSION: Final = 259
_SAMPLES: Final = 277
_TILE_WIDTH: Final = 322
_TILE_HEIGHT: Final = 323
_EXTRA_SAMPLES: Final = 338
_WANTED: Final = frozenset(
    {
        _WIDTH,
        _HEIGHT,
        _COMPRESSION,
        ORIENTATION,
        _SAMPLES,
        _TILE_WIDTH,
        _TILE_HEIGHT,
        _EXTRA_SAMPLES,
    }
)
# CMYK with alpha has 5; a decoder reserves memory for every sample that a header claims.
_MAX_SAMPLES: Final = 8
# A tile may stand out over the picture's edge; the decoder reserves whole tiles.
_MAX_TILE_SIDE: Final = 16_384
_MAX_TILE_PIXELS: Final = 1 << 24

_NONE: Final = 1
# None, CCITT (2, 3, 4), LZW, JPEG, deflate, CCITT with word alignment, PackBits, the older deflate.
_READABLE: Final = frozenset({_NONE, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946})
_UNASSOCIATED_ALPHA: Final = 2
_UNSPECIFIED: Final = 0


def read_tiff(data: bytes) -> PictureHeader:
    """Read the first directory (of several pages the first) of a TIFF or BigTIFF.

    Raises:
        HeaderError: if it cannot be followed or claims what nobody writes.
        UnreadableKindError: if its compression is not known to the decoder.
    """
    try:
        tags = read_first_directory(data, _WANTED)
    except TiffStructureError as error:
        raise HeaderError(f"the TIFF is malformed: {error}") from error
    if _WIDTH not in tags or _HEIGHT not in tags:
        raise HeaderError("the TIFF gives no width or no height")
    if _value(tags, _SAMPLES, 1) > _MAX_SAMPLES:
        raise HeaderError("the TIFF has too many samples per pixel")
    tile = _value(tags, _TILE_WIDTH, 0), _value(tags, _TILE_HEIGHT, 0)
    if max(tile) > _MAX_TILE_SIDE or tile[0] * tile[1] > _MAX_TILE_PIXELS:
        raise HeaderError("the TIFF has absurdly large tiles")
    compression = _value(tags, _COMPRESSION, _NONE)
    if compression not in _READABLE:
        raise UnreadableKindError(f"TIFF with compression {compression}")
    return PictureHeader(
        format=PictureFormat.TIFF,
        width=tags[_WIDTH].value,
        height=tags[_HEIGHT].value,
        orientation=known_orientation(_value(tags, ORIENTATION, UPRIGHT)),
        patches=tuple(_patches(tags)),
        mapped=any(tile) and compression == _NONE,
    )


def _value(tags: Mapping[int, Entry], tag: int, default: int) -> int:
    return tags[tag].value if tag in tags else default


def _patches(tags: Mapping[int, Entry]) -> Iterator[Patch]:
    if _value(tags, ORIENTATION, UPRIGHT) != UPRIGHT:
        yield tags[ORIENTATION].replaced(UPRIGHT)
    if _value(tags, _EXTRA_SAMPLES, _UNSPECIFIED) == _UNASSOCIATED_ALPHA:
        yield tags[_EXTRA_SAMPLES].replaced(_UNSPECIFIED)
