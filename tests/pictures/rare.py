"""Valid pictures of kinds that a decoder reads wrongly, or not at all, when it is left alone."""

import struct

import cv2
import numpy as np

from tests.pictures.containers import exif_block
from tests.pictures.pixels import UInt8Array, encode, good_picture, noise

SCAN_BYTES = b"\xff\xda"


def bmp_with_masks(
    pixels: UInt8Array,
    bits: int,
    masks: tuple[int, int, int],
    *,
    header: int = 40,
    top_down: bool = False,
    compression: int = 3,
) -> bytes:
    """Return a BMP whose masks (red, green, blue) say where the colours lie in each pixel.

    Args:
        pixels: uint8 BGR ``[H, W, 3]``.
        bits: Of a pixel, 16 or 32.
        masks: One run of bits each.
        header: Length of its header; 40 has the masks behind it, longer ones inside.
        top_down: Rows from the top.
        compression: 3 or 6, the kinds with masks.
    """
    height, width = pixels.shape[:2]
    numbers = np.zeros((height, width), np.uint64)
    for channel, mask in zip((2, 1, 0), masks, strict=True):
        lowest = (mask & -mask).bit_length() - 1
        most = mask >> lowest
        numbers |= ((pixels[..., channel].astype(np.uint64) * most + 127) // 255) << lowest
    rows = numbers.astype(f"<u{bits // 8}")
    padding = b"\0" * (-width * bits // 8 % 4)
    body = b"".join(row.tobytes() + padding for row in (rows if top_down else rows[::-1]))
    signed = -height if top_down else height
    info = struct.pack(
        "<IiiHHIIiiII", header, width, signed, 1, bits, compression, len(body), 2835, 2835, 0, 0
    )
    behind = struct.pack("<4I", *masks, 0)[: 16 if compression == 6 else 12]
    info += behind if header == 40 else behind.ljust(header - 40, b"\0")
    at = 14 + len(info)
    return b"BM" + struct.pack("<IHHI", at + len(body), 0, 0, at) + info + body


def lossless_grey_jpeg(grey: UInt8Array) -> bytes:
    """Return a lossless JPEG (SOF3) of one component: each pixel as its step from the one before.

    All ten classes of steps have codes of four bits, which is long but simple.
    """
    height, width = grey.shape
    before = np.empty(grey.shape, int)
    before[:, 1:] = grey[:, :-1]
    before[1:, 0] = grey[:-1, 0]
    before[0, 0] = 128
    bits = []
    for step in (grey.astype(int) - before).ravel().tolist():
        size = abs(step).bit_length()
        bits.append(f"{size:04b}")
        if size:
            bits.append(f"{step if step > 0 else step + (1 << size) - 1:0{size}b}")
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    scan = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\0")
    codes = bytes((0, 0, 0, 9, *[0] * 12, *range(9)))
    return (
        b"\xff\xd8"
        + _segment(0xC3, struct.pack(">BHHB3B", 8, height, width, 1, 1, 0x11, 0))
        + _segment(0xC4, b"\0" + codes)
        + _segment(0xDA, bytes((1, 1, 0, 1, 0, 0)))
        + scan
        + b"\xff\xd9"
    )


def jpegs_full_of_scan_bytes() -> list[tuple[str, bytes]]:
    """Return JPEGs of a few scans, in or behind which their marker's bytes stand 150 times.

    Those whose names begin with ``progressive`` are that, the others of one scan.
    """
    small = good_picture(height=16, width=16)
    vendor = _segment(0xE4, b"VENDOR\0" + (SCAN_BYTES + b"\0\x0c\x03") * 150)
    thumbnail = _segment(0xE1, b"Exif\0\0" + exif_block(1) + small)
    pictures = []
    for kind, jpeg in (("", good_picture()), ("progressive ", progressive_jpeg())):
        pictures += [
            (f"{kind}jpeg with a vendor's segment", jpeg[:2] + vendor + jpeg[2:]),
            (f"{kind}jpeg with many thumbnails", jpeg[:2] + thumbnail * 150 + jpeg[2:]),
            (f"{kind}jpeg with a burst behind it", jpeg + small * 150),
            (f"{kind}jpeg with a film behind it", jpeg + b"\0\0\0\x18ftyp" + SCAN_BYTES * 150),
        ]
    return pictures


def progressive_jpeg() -> bytes:
    """Return the picture of :func:`good_picture` as a progressive JPEG."""
    return encode(noise(), ".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])


def padded_jpeg() -> bytes:
    """Return a JPEG with zeros before its end, as hardware encoders pad; libjpeg prints a line."""
    jpeg = good_picture()
    return jpeg[:-2] + b"\0" * 59 + jpeg[-2:]


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
