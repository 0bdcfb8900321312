"""Containers written by hand: false headers, odd forms and damage that no encoder writes."""

import struct
import zlib
from collections.abc import Sequence
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

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
    tile: int | None = None,
    alpha: int | None = None,
    extra: Sequence[tuple[int, int, int]] = (),
    claim: tuple[int, int] | None = None,
) -> bytes:
    """Return an uncompressed TIFF written by hand, in one strip or in tiles.

    Args:
        pixels: uint8 or uint16, grey ``[H, W]``, BGR ``[H, W, 3]`` or BGR with alpha.
        order: ``<`` or ``>``.
        orientation: Tag 274; none when None.
        big: BigTIFF.
        tile: Side of the square tiles, pixels; a multiple of 16.
        alpha: Tag 338: 0 unspecified, 1 associated, 2 unassociated.
        extra: Entries ``(tag, type, value)`` in addition to or instead of the right ones.
        claim: Width and height to put into the tags instead of the true ones.
    """
    height, width = pixels.shape[:2]
    samples = 1 if pixels.ndim == 2 else pixels.shape[2]
    rgb = pixels if samples == 1 else pixels[..., [2, 1, 0, 3][:samples]]
    parts: Sequence[NDArray[Any]] = [rgb] if tile is None else _tiles(rgb, tile)
    stored = [np.ascontiguousarray(part, rgb.dtype.newbyteorder(order)).tobytes() for part in parts]
    head, cell = (16, 8) if big else (8, 4)
    long_type = 16 if big else 4
    at = [head + sum(map(len, stored[:number])) for number in range(len(stored))]
    sizes = [len(part) for part in stored]
    claimed = claim or (width, height)
    entries: list[tuple[int, int, list[int]]] = [
        (256, 4, [claimed[0]]),
        (257, 4, [claimed[1]]),
        (258, 3, [pixels.dtype.itemsize * 8] * samples),
        (259, 3, [1]),
        (262, 3, [1 if samples == 1 else 2]),
        (277, 3, [samples]),
    ]
    if tile is None:
        entries += [(273, long_type, at), (278, 4, [claimed[1]]), (279, long_type, sizes)]
    else:
        entries += [(322, 4, [tile]), (323, 4, [tile]), (324, long_type, at)]
        entries += [(325, long_type, sizes)]
    if orientation is not None:
        entries.append((274, 3, [orientation]))
    if alpha is not None:
        entries.append((338, 3, [alpha]))
    replaced = {tag for tag, _, _ in extra}
    entries = [e for e in entries if e[0] not in replaced]
    entries += [(tag, kind, [value]) for tag, kind, value in extra]
    body = b"".join(stored)
    body += b"\0" * (len(body) % 2)
    directory = b""
    for tag, kind, values in sorted(entries):
        packed = struct.pack(f"{order}{len(values)}{ {3: 'H', 4: 'I', 16: 'Q'}[kind] }", *values)
        if len(packed) > cell:
            place = head + len(body)
            body += packed + b"\0" * (len(packed) % 2)
            packed = struct.pack(order + ("Q" if big else "I"), place)
        directory += struct.pack(order + "HH" + ("Q" if big else "I"), tag, kind, len(values))
        directory += packed.ljust(cell, b"\0")
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    mark = b"II" if order == "<" else b"MM"
    form = "HHHQ" if big else "HI"
    start = (43, 8, 0, head + len(body)) if big else (42, head + len(body))
    return mark + struct.pack(order + form, *start) + body + count + directory + bytes(cell)


def _tiles(pixels: Pixels, side: int) -> Sequence[NDArray[Any]]:
    """Cut into tiles in rows; what stands out over the edges is filled up with the edge."""
    high, wide = -pixels.shape[0] % side, -pixels.shape[1] % side
    whole = np.pad(pixels, [(0, high), (0, wide), (0, 0)][: pixels.ndim], "edge")
    return [
        whole[top : top + side, left : left + side]
        for top in range(0, whole.shape[0], side)
        for left in range(0, whole.shape[1], side)
    ]


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
