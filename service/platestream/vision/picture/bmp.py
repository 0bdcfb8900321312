"""BMP: its header, and its pixels where masks say which bits are which colour.

OpenCV believes the masks of 32-bit pixels only in headers of 56 bytes and more, and of 16 bits only
the two common layouts behind a header of 40; elsewhere it swaps colours without a word or refuses.
Such pixels are plain numbers, so numpy decodes them here.
"""

import struct
from typing import Final

import numpy as np

from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.header import (
    Bitfields,
    HeaderError,
    PictureFormat,
    PictureHeader,
    UnreadableKindError,
)

_CORE_HEADER: Final = 12
_INFO_HEADER: Final = 40
_MASKED: Final = (3, 6)  # BI_BITFIELDS, BI_ALPHABITFIELDS
_MASK_BITS: Final = (16, 32)
# Blue, green, red, as OpenCV takes 32-bit pixels whatever the masks say.
_COMMON_MASKS: Final = (0xFF, 0xFF00, 0xFF0000)
_MASKS_AT: Final = 14 + _INFO_HEADER  # behind that header, or inside a longer one
_BYTE_BITS: Final = 8


def read_bmp(data: bytes) -> PictureHeader:
    """Read the core (OS/2) or the info header; a negative height means rows from the top.

    Raises:
        HeaderError: if the header is cut off, of an unknown kind, or has senseless masks.
    """
    try:
        return _read(data)
    except struct.error as error:
        raise HeaderError("the BMP ends inside its header") from error


def _read(data: bytes) -> PictureHeader:
    start, header_size = struct.unpack_from("<II", data, 10)
    bitfields = None
    if header_size == _CORE_HEADER:
        width, height = struct.unpack_from("<HH", data, 18)
    elif header_size >= 36:  # noqa: PLR2004 - BITMAPINFOHEADER (40) and its successors
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        if header_size >= _INFO_HEADER and compression in _MASKED and bits in _MASK_BITS:
            red, green, blue = struct.unpack_from("<III", data, _MASKS_AT)
            bitfields = _unless_common(bits, (blue, green, red), compression, start, height > 0)
    else:
        raise HeaderError("the BMP has an unknown kind of header")
    return PictureHeader(
        format=PictureFormat.BMP, width=width, height=abs(height), bitfields=bitfields
    )


def _unless_common(
    bits: int, masks: tuple[int, int, int], compression: int, start: int, bottom_up: bool
) -> Bitfields | None:
    if (bits, masks, compression) == (32, _COMMON_MASKS, 3):
        return None
    if not any(masks) or any(mask >> bits or not _is_run(mask) for mask in masks):
        raise UnreadableKindError("the BMP's masks are not one run of bits each")
    return Bitfields(bits=bits, masks=masks, start=start, bottom_up=bottom_up)


def _is_run(mask: int) -> bool:
    """Whether the ones stand side by side: adding the lowest carries through all of them."""
    return mask & (mask + (mask & -mask)) == 0


def decode_bitfields(data: bytes, header: PictureHeader, fields: Bitfields) -> UInt8Array | None:
    """Return uint8 BGR ``[height, width, 3]`` as stored upright; None where the data is too short.

    Of colours of more than 8 bits the upper 8 are kept; fewer are spread over 0..255.
    """
    stride = (header.width * fields.bits + 31) // 32 * 4
    if fields.start + stride * header.height > len(data):
        return None
    rows = np.frombuffer(data, np.uint8, stride * header.height, fields.start)
    numbers = rows.reshape(header.height, stride).view(f"<u{fields.bits // 8}")[:, : header.width]
    if fields.bottom_up:
        numbers = numbers[::-1]
    pixels = np.empty((header.height, header.width, 3), np.uint8)
    for channel, mask in enumerate(fields.masks):
        lowest = (mask & -mask).bit_length() - 1 if mask else 0
        width = (mask >> lowest).bit_length()
        shown = min(width, _BYTE_BITS)
        top = (1 << shown) - 1
        spread = np.round(np.arange(top + 1) * (255 / max(top, 1))).astype(np.uint8)
        pixels[..., channel] = spread[(numbers >> (lowest + width - shown)) & top]
    return pixels
