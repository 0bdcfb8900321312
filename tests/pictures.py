"""Pictures made in code, good and bad, for the tests of every floor.

``bad_pictures()`` is the one table of what may arrive and the documented code that each must get.
All builders are deterministic.
"""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]
Pixels = NDArray[np.uint8] | NDArray[np.uint16]

SIZE_CODE = "AIS.0103"
FORMAT_CODE = "AIS.0102"
DAMAGE_CODE = "AIS.0104"


@dataclass(frozen=True, slots=True)
class BadPicture:
    """Bytes that must fail, and the documented code they must fail with."""

    name: str
    data: bytes
    code: str


@dataclass(frozen=True, slots=True)
class GoodPicture:
    """Bytes that must be decoded to ``height`` x ``width`` pixels."""

    name: str
    data: bytes
    height: int
    width: int


# -- pixels -------------------------------------------------------------------------------------


def noise(height: int = 60, width: int = 80, seed: int = 0) -> UInt8Array:
    """Return a picture without structure, which no format can make small.

    Its colours are dull, so that neither a real detector nor the stand-in finds a plate in it.
    """
    generator = np.random.default_rng(seed)
    return generator.integers(80, 150, (height, width, 3), np.uint8)


def quadrants(height: int = 40, width: int = 64) -> UInt8Array:
    """Return red, green / blue, white quarters (BGR): every turn and flip of it looks different."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (0, 0, 255)
    picture[: height // 2, width // 2 :] = (0, 255, 0)
    picture[height // 2 :, : width // 2] = (255, 0, 0)
    picture[height // 2 :, width // 2 :] = (255, 255, 255)
    return picture


def encode(pixels: Pixels, extension: str, flags: Sequence[int] = ()) -> bytes:
    """Encode with OpenCV; ``extension`` such as ``.jpg``."""
    done, data = cv2.imencode(extension, pixels, list(flags))
    assert done
    return bytes(data)


def good_picture(
    extension: str = ".jpg", *, height: int = 60, width: int = 80, seed: int = 0
) -> bytes:
    """Return an encoded picture that every check lets through and that shows no plate."""
    return encode(noise(height, width, seed), extension)


# -- containers by hand -------------------------------------------------------------------------


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


# -- the tables ---------------------------------------------------------------------------------


def good_pictures() -> list[GoodPicture]:
    """Return one picture of every kind that must come through."""
    pixels = noise()
    deep = np.full((60, 80, 3), 40_000, np.uint16)
    alpha = np.dstack([pixels, np.zeros((60, 80), np.uint8)])
    grey = pixels[..., 0]
    jpeg = encode(pixels, ".jpg")
    progressive = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
    kinds: list[tuple[str, bytes]] = [
        ("jpeg", jpeg),
        ("jpeg progressive", encode(pixels, ".jpg", progressive)),
        ("jpeg grey", encode(grey, ".jpg")),
        ("jpeg with restart markers", encode(pixels, ".jpg", [cv2.IMWRITE_JPEG_RST_INTERVAL, 2])),
        ("jpeg with bytes after its end", jpeg + b"\0" * 100),
        ("jpeg with a broken EXIF block", jpeg_with_exif(jpeg, b"II*\0\xff\xff\xff\xff")),
        ("jpeg with fill bytes", jpeg[:2] + b"\xff\xff\xff" + jpeg[2:]),
        ("png", encode(pixels, ".png")),
        ("png grey", encode(grey, ".png")),
        ("png of 16 bits", encode(deep, ".png")),
        ("png with alpha", encode(alpha, ".png")),
        ("png of one bit", encode(grey, ".png", [cv2.IMWRITE_PNG_BILEVEL, 1])),
        ("bmp", encode(pixels, ".bmp")),
        ("bmp grey with palette", encode(grey, ".bmp")),
        ("bmp from the top", bmp(pixels, top_down=True)),
        ("bmp with core header", bmp(pixels, core=True)),
        ("tiff", encode(pixels, ".tif")),
        ("tiff grey", encode(grey, ".tif")),
        ("tiff of 16 bits", encode(deep, ".tif")),
        ("tiff big-endian", tiff(pixels, order=">")),
        ("bigtiff", tiff(pixels, big=True)),
        ("bigtiff big-endian", tiff(pixels, big=True, order=">")),
    ]
    return [GoodPicture(name, data, 60, 80) for name, data in kinds] + [
        GoodPicture("smallest", encode(noise(15, 15), ".png"), 15, 15),
        GoodPicture("widest", encode(np.zeros((15, 4096, 3), np.uint8), ".png"), 15, 4096),
    ]


def bad_pictures() -> list[BadPicture]:
    """Return what must fail under the default limits, each with its documented code."""
    return [*_wrong_formats(), *_wrong_sizes(), *_damaged()]


def _wrong_formats() -> list[BadPicture]:
    pixels = noise()
    kinds: list[tuple[str, bytes]] = [
        ("nothing", b""),
        ("one byte", b"\xff"),
        ("zeros", b"\0" * 5000),
        ("text", b"This is no picture at all, however long one looks at it."),
        ("json", b'{"image": "aGVsbG8="}'),
        ("html", b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"),
        ("svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"/>'),
        ("gif", encode(pixels, ".gif")),
        ("webp", encode(pixels, ".webp")),
        ("jpeg 2000", encode(pixels, ".jp2")),
        ("avif", _avif()),
        ("pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"),
        ("zip", b"PK\x03\x04" + b"\0" * 100),
        ("netpbm", encode(pixels, ".ppm")),
        ("jpeg with a byte before it", b"\n" + good_picture()),
    ]
    return [BadPicture(name, data, FORMAT_CODE) for name, data in kinds]


def _wrong_sizes() -> list[BadPicture]:
    narrow, low = noise(100, 14), noise(14, 100)
    black = np.zeros((15, 4097, 3), np.uint8)
    kinds: list[tuple[str, bytes]] = [
        ("jpeg too narrow", encode(narrow, ".jpg")),
        ("png too low", encode(low, ".png")),
        ("bmp too narrow", encode(narrow, ".bmp")),
        ("tiff too low", encode(low, ".tif")),
        ("one pixel", encode(noise(1, 1), ".png")),
        ("jpeg too wide", encode(black, ".jpg")),
        ("png too high", encode(np.zeros((4097, 15, 3), np.uint8), ".png")),
        ("bmp too wide", encode(black, ".bmp")),
        ("tiff too wide", encode(black, ".tif")),
        ("png bomb", png_with_header(30_000, 30_000, body=b"\0" * 1_000_000)),
        ("png with the largest sides", png_with_header(2**31 - 1, 2**31 - 1)),
        ("jpeg bomb", jpeg_with_size(65_500, 65_500)),
        ("bmp bomb", bmp(noise(), claim=2**31 - 1)),
        ("tiff bomb", tiff(noise(), claim=(2**32 - 1, 2**32 - 1))),
        ("bigtiff bomb", tiff(noise(), big=True, claim=(100_000, 100_000))),
        ("too many bytes", good_picture() + b"\0" * (10 * 1024 * 1024)),
    ]
    return [BadPicture(name, data, SIZE_CODE) for name, data in kinds]


def _damaged() -> list[BadPicture]:
    jpeg, png = good_picture(), good_picture(".png")
    big, tif = good_picture(".bmp"), good_picture(".tif")
    frame = jpeg.index(b"\xff\xc0")
    flat = tiff(noise())
    kinds: list[tuple[str, bytes]] = [
        ("jpeg magic alone", jpeg[:3]),
        ("jpeg cut inside its header", jpeg[: frame + 6]),
        ("jpeg cut in half", jpeg[: len(jpeg) // 2]),
        ("jpeg without its end marker", jpeg[:-2]),
        ("jpeg start and end", b"\xff\xd8\xff\xd9"),
        ("jpeg with a scan first", jpeg[:2] + jpeg[jpeg.index(b"\xff\xda") :]),
        ("jpeg of no height", jpeg_with_size(80, 0)),
        ("jpeg with two frame headers", jpeg[:frame] + _segment(jpeg, frame) + jpeg[frame:]),
        ("jpeg with an impossible segment", jpeg[:2] + b"\xff\xe0\0\0" + jpeg[2:]),
        ("jpeg of many scans", jpeg_of_many_scans(500)),
        ("png magic alone", png[:8]),
        ("png cut inside its header", png[:20]),
        ("png cut in half", png[: len(png) // 2]),
        ("png without its end", png[:-12]),
        ("png with a wrong checksum", png[:29] + b"\0\0\0\0" + png[33:]),
        ("png with an endless chunk", png[:33] + b"\x7f\xff\xff\xfftEXt" + png[33:]),
        ("png of no width", png_with_header(0, 60)),
        ("png without pixels", png_with_header(80, 60)),
        ("png with another first chunk", png[:12] + b"tEXt" + png[16:]),
        ("bmp magic alone", b"BM"),
        ("bmp cut in half", big[: len(big) // 2]),
        ("bmp with an unknown header", big[:14] + struct.pack("<I", 20) + big[18:]),
        ("bmp of negative width", bmp(noise(), claim=-80)),
        ("tiff magic alone", b"II*\0"),
        ("tiff cut in half", tif[: len(tif) // 2]),
        ("tiff with its directory outside", flat[:4] + struct.pack("<I", 2**31) + flat[8:]),
        ("tiff without entries", b"II*\0" + struct.pack("<IHI", 8, 0, 0)),
        ("tiff without a width", tiff_without_width()),
        ("tiff of a million samples", tiff(noise()[..., 0], extra=[(277, 4, 1_000_000)])),
        ("tiff of absurd tiles", tiff(noise(), extra=[(322, 4, 1 << 20), (323, 4, 1 << 20)])),
        ("bigtiff of strange offsets", b"II+\0" + struct.pack("<HHQ", 4, 0, 16) + b"\0" * 64),
    ]
    return [BadPicture(name, data, DAMAGE_CODE) for name, data in kinds]


def _segment(jpeg: bytes, at: int) -> bytes:
    (length,) = struct.unpack_from(">H", jpeg, at + 2)
    return jpeg[at : at + 2 + length]


def tiff_without_width() -> bytes:
    """Return a TIFF whose only entry is a height."""
    entry = struct.pack("<HHII", 257, 4, 1, 60)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)


def _avif() -> bytes:
    return struct.pack(">I", 28) + b"ftypavif\0\0\0\0avifmif1miaf" + b"\0" * 200


Turn = Callable[[UInt8Array], UInt8Array]

# What a viewer does to the stored pixels, by EXIF orientation; in plain numpy, so that the tests do
# not check OpenCV with itself.
TURNS: dict[int, Turn] = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: p[::-1].transpose(1, 0, 2),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: p[:, ::-1].transpose(1, 0, 2),
}
