"""Containers written by hand: false headers, odd forms and damage that no encoder writes."""

import struct
import zlib
from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np

from tests.pictures.pixels import Pixels, UInt8Array, encode, good_picture, noise


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """Return one PNG chunk with its length and checksum."""
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png_with_header(width: int, height: int, *, body: bytes = b"") -> bytes:
    """Return a PNG whose header claims a size that its pixels do not have."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(body))
        + png_chunk(b"IEND", b"")
    )


def exif_block(orientation: int, *, order: str = "<") -> bytes:
    """Return an EXIF block (a TIFF structure) with nothing but an orientation."""
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", 274, 3, 1, orientation, 0)
    return mark + struct.pack(order + "HIH", 42, 8, 1) + entry + struct.pack(order + "I", 0)


def jpeg_with_exif(data: bytes, block: bytes) -> bytes:
    """Return a JPEG with an EXIF segment put in right after its start."""
    content = b"Exif\0\0" + block
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + data[2:]


def png_with_exif(data: bytes, block: bytes) -> bytes:
    """Return a PNG with an eXIf chunk put in right after its header."""
    return data[:33] + png_chunk(b"eXIf", block) + data[33:]


def tiff(
    pixels: Pixels,
    *,
    order: Literal["<", ">"] = "<",
    orientation: int | None = None,
    big: bool = False,
    extra: Sequence[tuple[int, int, int]] = (),
    claim: tuple[int, int] | None = None,
) -> bytes:
    """Return an uncompressed TIFF written by hand.

    Args:
        pixels: uint8 or uint16, grey ``[H, W]`` or BGR ``[H, W, 3]``.
        order: ``<`` or ``>``.
        orientation: Tag 274; none when None.
        big: BigTIFF.
        extra: Entries ``(tag, type, value)`` in addition to or instead of the right ones.
        claim: Width and height to put into the tags instead of the true ones.
    """
    height, width = pixels.shape[:2]
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    rgb = pixels if samples == 1 else pixels[..., ::-1]
    raw = np.ascontiguousarray(rgb).astype(rgb.dtype.newbyteorder(order)).tobytes()
    raw += b"\0" * (len(raw) % 2)
    bits = pixels.dtype.itemsize * 8
    head = 16 if big else 8
    long_type, long_format = (16, "Q") if big else (4, "I")
    bits_at = head + len(raw)
    bits_block = struct.pack(f"{order}{samples}H", *[bits] * samples)
    bits_block += b"\0" * (len(bits_block) % 2)
    inline = len(bits_block) <= (8 if big else 4)
    claimed = claim or (width, height)
    entries: list[tuple[int, int, int, bytes]] = [
        (256, 4, 1, struct.pack(order + "I", claimed[0])),
        (257, 4, 1, struct.pack(order + "I", claimed[1])),
        (258, 3, samples, bits_block if inline else struct.pack(order + long_format, bits_at)),
        (259, 3, 1, struct.pack(order + "H", 1)),
        (262, 3, 1, struct.pack(order + "H", 1 if samples == 1 else 2)),
        (273, long_type, 1, struct.pack(order + long_format, head)),
        (277, 3, 1, struct.pack(order + "H", samples)),
        (278, 4, 1, struct.pack(order + "I", claimed[1])),
        (279, long_type, 1, struct.pack(order + long_format, len(raw))),
    ]
    if orientation is not None:
        entries.append((274, 3, 1, struct.pack(order + "H", orientation)))
    replaced = {tag for tag, _, _ in extra}
    entries = [e for e in entries if e[0] not in replaced]
    entries += [(tag, kind, 1, _value(order, kind, value)) for tag, kind, value in extra]
    entries.sort(key=lambda entry: entry[0])
    directory_at = bits_at + len(bits_block)
    cell = 8 if big else 4
    directory = struct.pack(order + ("Q" if big else "H"), len(entries))
    for tag, kind, count, value in entries:
        directory += struct.pack(order + "HH" + long_format, tag, kind, count)
        directory += value.ljust(cell, b"\0")
    directory += struct.pack(order + long_format, 0)
    mark = b"II" if order == "<" else b"MM"
    if big:
        start = mark + struct.pack(order + "HHHQ", 43, 8, 0, directory_at)
    else:
        start = mark + struct.pack(order + "HI", 42, directory_at)
    return start + raw + bits_block + directory


def _value(order: str, kind: int, value: int) -> bytes:
    return struct.pack(order + {3: "H", 4: "I", 16: "Q"}[kind], value)


def bmp(
    pixels: UInt8Array, *, core: bool = False, top_down: bool = False, claim: int | None = None
) -> bytes:
    """Return a 24-bit BMP: with the OS/2 core header, or rows from the top, or a false width."""
    height, width = pixels.shape[:2]
    rows = pixels if top_down else pixels[::-1]
    padding = b"\0" * (-3 * width % 4)
    body = b"".join(row.tobytes() + padding for row in rows)
    shown = width if claim is None else claim
    if core:
        header = struct.pack("<IHHHH", 12, shown, height, 1, 24)
    else:
        signed = -height if top_down else height
        header = struct.pack(
            "<IiiHHIIiiII", 40, shown, signed, 1, 24, 0, len(body), 2835, 2835, 0, 0
        )
    at = 14 + len(header)
    return b"BM" + struct.pack("<IHHI", at + len(body), 0, 0, at) + header + body


def jpeg_with_size(width: int, height: int) -> bytes:
    """Return a real JPEG whose frame header claims another size."""
    data = bytearray(good_picture())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def jpeg_of_many_scans(scans: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated ``scans`` times."""
    data = encode(noise(), ".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + data[-2:]


def tiff_without_width() -> bytes:
    """Return a TIFF whose only entry is a height."""
    entry = struct.pack("<HHII", 257, 4, 1, 60)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)


def avif() -> bytes:
    return struct.pack(">I", 28) + b"ftypavif\0\0\0\0avifmif1miaf" + b"\0" * 200
