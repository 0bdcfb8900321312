"""What a picture says of itself before a pixel of it is decoded."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

UPRIGHT: Final = 1


class HeaderError(ValueError):
    """A header that is cut off or contradicts its format."""


class UnreadableKindError(HeaderError):
    """A header in order, of a kind that the decoder does not know or would show wrongly."""


class PictureFormat(StrEnum):
    """The formats of the contract."""

    JPEG = "jpeg"
    PNG = "png"
    BMP = "bmp"
    TIFF = "tiff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bitfields:
    """Where the colours lie in the pixels of a BMP.

    Attributes:
        bits: Of a pixel: 16 or 32.
        masks: Of blue, green and red; each one run of bits, or 0 for a colour that is not there.
        start: Position of the first stored row.
        bottom_up: Whether that row is the lowest.
    """

    bits: int
    masks: tuple[int, int, int]
    start: int
    bottom_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Bytes that the decoder is to see instead of those in the file."""

    at: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHeader:
    """What a picture says of itself, and what a decoder has to be told because of it.

    Attributes:
        format: By magic bytes; names and media types are not believed.
        width: Pixels, as stored.
        height: Pixels, as stored.
        orientation: EXIF number 1..8; 5..8 swap the sides of the upright picture.
        multiple_scans: A JPEG that is decoded scan by scan up to its end.
        scalable: A JPEG that can be decoded at a half, a quarter or an eighth of its sides.
        grey_only: A lossless JPEG of one component, which OpenCV reads only when asked for grey.
        bitfields: A BMP whose masks OpenCV does not follow.
        patches: Tags of a TIFF that OpenCV misunderstands, as it does understand them.
        mapped: Uncompressed TIFF tiles, which OpenCV reads reliably only from a file.
    """

    format: PictureFormat
    width: int
    height: int
    orientation: int = UPRIGHT
    multiple_scans: bool = False
    scalable: bool = False
    grey_only: bool = False
    bitfields: Bitfields | None = None
    patches: tuple[Patch, ...] = ()
    mapped: bool = False

    @property
    def upright_size(self) -> tuple[int, int]:
        """``(width, height)`` of the picture as it is shown."""
        turned = self.orientation >= 5  # noqa: PLR2004 - 5..8 are the quarter turns
        return (self.height, self.width) if turned else (self.width, self.height)
