"""The one table of what may arrive, and the documented code that each bad picture must get."""

import struct
from dataclasses import dataclass

import cv2
import numpy as np

from tests.pictures.containers import (
    avif,
    bmp,
    jpeg_of_many_scans,
    jpeg_with_exif,
    jpeg_with_size,
    png_with_header,
    tiff,
    tiff_without_width,
)
from tests.pictures.pixels import encode, good_picture, noise
from tests.pictures.rare import (
    bmp_with_masks,
    jpegs_full_of_scan_bytes,
    lossless_grey_jpeg,
    padded_jpeg,
)

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
        ("tiff in small tiles", tiff(pixels, tile=16)),
        ("tiff in tiles, upside down", tiff(pixels, tile=32, orientation=3)),
        ("tiff with alpha of its own", tiff(alpha, alpha=2)),
        ("jpeg lossless and grey", lossless_grey_jpeg(grey)),
        ("jpeg padded before its end", padded_jpeg()),
        ("bmp with red first", bmp_with_masks(pixels, 32, (0xFF, 0xFF00, 0xFF0000))),
        ("bmp of 16 bits", bmp_with_masks(pixels, 16, (0xF800, 0x7E0, 0x1F), header=124)),
    ]
    kinds += jpegs_full_of_scan_bytes()
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
        ("avif", avif()),
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
        ("jpeg of endless segments", jpeg[:2] + b"\xff\xfe\0\x02" * 20_000 + jpeg[2:]),
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
        ("bmp with masks full of holes", bmp_with_masks(noise(), 32, (0xFF0000, 0xFF00, 0x55))),
        ("bmp with masks too wide", bmp_with_masks(noise(), 16, (0xFF0000, 0xFF00, 0xFF))),
        ("bmp with masks, cut off", bmp_with_masks(noise(), 16, (0x1F, 0x3E0, 0x7C00))[:-1]),
        ("tiff magic alone", b"II*\0"),
        ("tiff cut in half", tif[: len(tif) // 2]),
        ("tiff with its directory outside", flat[:4] + struct.pack("<I", 2**31) + flat[8:]),
        ("tiff without entries", b"II*\0" + struct.pack("<IHI", 8, 0, 0)),
        ("tiff without a width", tiff_without_width()),
        ("tiff of a million samples", tiff(noise()[..., 0], extra=[(277, 4, 1_000_000)])),
        ("tiff of absurd tiles", tiff(noise(), extra=[(322, 4, 1 << 20), (323, 4, 1 << 20)])),
        ("tiff of jpeg xl", tiff(noise(), extra=[(259, 3, 50002)])),
        ("tiff of jpeg 2000 in tiles", tiff(noise(), tile=32, extra=[(259, 3, 34712)])),
        ("bigtiff of a private codec", tiff(noise(), big=True, extra=[(259, 3, 65_000)])),
        ("bigtiff of strange offsets", b"II+\0" + struct.pack("<HHQ", 4, 0, 16) + b"\0" * 64),
    ]
    return [BadPicture(name, data, DAMAGE_CODE) for name, data in kinds]


def _segment(jpeg: bytes, at: int) -> bytes:
    (length,) = struct.unpack_from(">H", jpeg, at + 2)
    return jpeg[at : at + 2 + length]
