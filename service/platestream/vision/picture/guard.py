"""The picture guard: what a picture is and whether it may be decoded, from its first bytes alone.

Order of the checks, so that one picture always gets the same code: bytes over the limit (AIS.0103),
format by magic bytes (AIS.0102), header (AIS.0104), sides (AIS.0103), cost of decoding (AIS.0104).

**Orientation.** Coordinates are those of the upright picture, as any viewer shows it: the EXIF
orientation of JPEG and PNG and tag 274 of TIFF are applied, all eight of them. BMP has none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.picture import headers
from platestream.vision.settings import PictureLimits


class PictureFormat(StrEnum):
    """The formats of the contract."""

    JPEG = "jpeg"
    PNG = "png"
    BMP = "bmp"
    TIFF = "tiff"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHeader:
    """What a picture says of itself before decoding.

    Attributes:
        format: By magic bytes; names and media types are not believed.
        width: Pixels, as stored.
        height: Pixels, as stored.
        orientation: EXIF number 1..8; 5..8 swap the sides of the upright picture.
    """

    format: PictureFormat
    width: int
    height: int
    orientation: int

    @property
    def upright_size(self) -> tuple[int, int]:
        """``(width, height)`` of the picture as it is shown."""
        turned = self.orientation >= 5  # noqa: PLR2004 - 5..8 are the quarter turns
        return (self.height, self.width) if turned else (self.width, self.height)


_MAGIC: Final = (
    (b"\xff\xd8\xff", PictureFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", PictureFormat.PNG),
    (b"BM", PictureFormat.BMP),
    (b"II*\0", PictureFormat.TIFF),
    (b"MM\0*", PictureFormat.TIFF),
    (b"II+\0", PictureFormat.TIFF),
    (b"MM\0+", PictureFormat.TIFF),
)

_READERS: Final[dict[PictureFormat, Callable[[bytes], headers.Size]]] = {
    PictureFormat.JPEG: headers.read_jpeg,
    PictureFormat.PNG: headers.read_png,
    PictureFormat.BMP: headers.read_bmp,
    PictureFormat.TIFF: headers.read_tiff,
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
    if len(data) > limits.max_bytes:
        raise FrameError(
            ErrorCode.PICTURE_SIZE,
            f"It has {len(data)} bytes; at most {limits.max_bytes} are allowed.",
        )
    kind = picture_format(data)
    if kind is None:
        raise FrameError(ErrorCode.UNSUPPORTED_FORMAT, "Allowed are JPEG, PNG, BMP and TIFF.")
    try:
        width, height, orientation = _READERS[kind](data)
    except headers.HeaderError as error:
        raise FrameError(ErrorCode.PICTURE_DAMAGED, f"Its header is broken: {error}.") from error
    if width <= 0 or height <= 0:
        raise FrameError(ErrorCode.PICTURE_DAMAGED, "Its header is broken: a side is not positive.")
    if min(width, height) < limits.min_side or max(width, height) > limits.max_side:
        raise FrameError(
            ErrorCode.PICTURE_SIZE,
            f"It has {width}x{height} pixels; each side must have "
            f"{limits.min_side} to {limits.max_side}.",
        )
    if kind is PictureFormat.JPEG and data.count(_JPEG_SCAN_MARK) > limits.max_jpeg_scans:
        raise FrameError(ErrorCode.PICTURE_DAMAGED, "It has too many scans.")
    return PictureHeader(format=kind, width=width, height=height, orientation=orientation)
