"""The picture guard: what a picture is and whether it may be decoded, from its first bytes alone.

Order of the checks, so that one picture always gets the same code: bytes over the limit (AIS.0103),
format by magic bytes (AIS.0102), header (AIS.0104), sides (AIS.0103), cost of decoding (AIS.0104).

**Orientation.** Coordinates are those of the upright picture, as any viewer shows it: the EXIF
orientation of JPEG and PNG and tag 274 of TIFF are applied, all eight of them. BMP has none.
"""

from collections.abc import Callable
from typing import Final

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.picture.bmp import read_bmp
from platestream.vision.picture.header import (
    HeaderError,
    PictureFormat,
    PictureHeader,
    UnreadableKindError,
)
from platestream.vision.picture.jpeg import has_more_scans, read_jpeg
from platestream.vision.picture.png import read_png
from platestream.vision.picture.tiff import read_tiff
from platestream.vision.settings import PictureLimits

_MAGIC: Final = (
    (b"\xff\xd8\xff", PictureFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", PictureFormat.PNG),
    (b"BM", PictureFormat.BMP),
    (b"II*\0", PictureFormat.TIFF),
    (b"MM\0*", PictureFormat.TIFF),
    (b"II+\0", PictureFormat.TIFF),
    (b"MM\0+", PictureFormat.TIFF),
)

_READERS: Final[dict[PictureFormat, Callable[[bytes], PictureHeader]]] = {
    PictureFormat.JPEG: read_jpeg,
    PictureFormat.PNG: read_png,
    PictureFormat.BMP: read_bmp,
    PictureFormat.TIFF: read_tiff,
}

_JPEG_SCAN_MARK: Final = b"\xff\xda"


def picture_format(data: bytes) -> PictureFormat | None:
    """Return the format that ``data`` begins like, or None for anything else."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return None


def inspect_picture(data: bytes, limits: PictureLimits) -> PictureHeader:
    """Check an encoded picture against ``limits`` without decoding it.

    Raises:
        FrameError: AIS.0102 for anything but JPEG, PNG, BMP and TIFF (nothing at all, too);
            AIS.0103 for too many bytes and for sides out of range; AIS.0104 for a broken header.
    """
    check_bytes(len(data), limits)
    kind = picture_format(data)
    if kind is None:
        raise FrameError(ErrorCode.UNSUPPORTED_FORMAT, "Allowed are JPEG, PNG, BMP and TIFF.")
    try:
        header = _READERS[kind](data)
        check_sides(header.width, header.height, limits)
        if header.multiple_scans and has_more_scans(data, limits.max_jpeg_scans):
            raise FrameError(ErrorCode.PICTURE_DAMAGED, "It has too many scans.")
    except UnreadableKindError as error:
        raise FrameError(
            ErrorCode.PICTURE_DAMAGED, f"It is of a kind that cannot be read: {error}."
        ) from error
    except HeaderError as error:
        raise FrameError(ErrorCode.PICTURE_DAMAGED, f"Its header is broken: {error}.") from error
    return header


def check_bytes(size: int, limits: PictureLimits) -> None:
    """Refuse an encoded picture of ``size`` bytes where that is too many.

    Raises:
        FrameError: AIS.0103.
    """
    if size > limits.max_bytes:
        raise FrameError(
            ErrorCode.PICTURE_SIZE,
            f"It has {size} bytes; at most {limits.max_bytes} are allowed.",
        )


def check_sides(width: int, height: int, limits: PictureLimits) -> None:
    """Refuse a picture of ``width`` x ``height`` pixels where a side is out of range.

    Raises:
        FrameError: AIS.0103.
        HeaderError: if a side is not positive, which no picture has.
    """
    if width <= 0 or height <= 0:
        raise HeaderError("a side is not positive")
    if min(width, height) < limits.min_side or max(width, height) > limits.max_side:
        raise FrameError(
            ErrorCode.PICTURE_SIZE,
            f"It has {width}x{height} pixels; each side must have "
            f"{limits.min_side} to {limits.max_side}.",
        )
