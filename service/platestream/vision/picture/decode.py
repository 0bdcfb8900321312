"""Encoded bytes to pixels: uint8 BGR, upright, nothing left of any other picture.

Decisions, each held by a test:

- 16-bit pictures keep their upper 8 bits (PNG) or are divided by 257 (TIFF); grey becomes three
  equal channels; CMYK becomes BGR.
- Alpha is dropped, not composited: the pixels below a transparent area are what the camera saw,
  and a background invented by us could hide a plate. Colours that a TIFF stores already multiplied
  by their alpha stay as they are.
- Where the header says better than the decoder would do, the header counts (see
  :class:`platestream.vision.picture.header.PictureHeader`).
- A picture that ends early fails (AIS.0104). With ``tolerate_truncated`` a JPEG gets the missing
  end marker and is decoded as far as it goes; what is missing is grey.
- Of several TIFF pages or PNG frames the first counts.
- Decoding proves no integrity: bytes corrupted inside a JPEG's scan can still give a picture.
"""

import os
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import cv2
import numpy as np

from platestream.contract.errors import ErrorCode, FrameError
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.bmp import decode_bitfields
from platestream.vision.picture.c_stderr import silenced
from platestream.vision.picture.guard import inspect_picture
from platestream.vision.picture.header import PictureFormat, PictureHeader
from platestream.vision.picture.memory import keep_freed_memory
from platestream.vision.settings import PictureLimits

_CHANNELS: Final = 3
_JPEG_END: Final = b"\xff\xd9"
# Orientation is applied here by the header's number, so that header and pixels cannot disagree.
# OpenCV turns TIFFs whatever the flags say, so theirs is patched away.
_COLOR: Final = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
_COLORS: Final = {
    1: _COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2 | cv2.IMREAD_IGNORE_ORIENTATION,
    4: cv2.IMREAD_REDUCED_COLOR_4 | cv2.IMREAD_IGNORE_ORIENTATION,
    8: cv2.IMREAD_REDUCED_COLOR_8 | cv2.IMREAD_IGNORE_ORIENTATION,
}
_GREY: Final = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
_TURNS: Final[dict[int, Callable[[UInt8Array], Any]]] = {
    2: lambda p: cv2.flip(p, 1),
    3: lambda p: cv2.rotate(p, cv2.ROTATE_180),
    4: lambda p: cv2.flip(p, 0),
    5: cv2.transpose,
    6: lambda p: cv2.rotate(p, cv2.ROTATE_90_CLOCKWISE),
    7: lambda p: cv2.rotate(cv2.transpose(p), cv2.ROTATE_180),
    8: lambda p: cv2.rotate(p, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


@cache
def prepare_opencv() -> None:
    """Set OpenCV up for a service; every later call does nothing.

    One thread per call: the parallelism is ours (a decode pool), and OpenCV's own threads on top
    would multiply. Freed pixels stay with the process (``picture/memory.py``). Silence: a bad
    picture is our counted error, not a line of C++ on stderr.
    """
    cv2.setNumThreads(1)
    keep_freed_memory()
    logging = cv2.utils.logging
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)


def decode_picture(
    data: bytes,
    limits: PictureLimits,
    header: PictureHeader | None = None,
    *,
    divisor: int = 1,
) -> UInt8Array:
    """Decode a picture that the guard lets through.

    Args:
        data: JPEG, PNG, BMP or TIFF.
        limits: What it may be.
        header: What the guard said of these bytes under these limits, where it was asked already.
        divisor: 2, 4 or 8 for a half, a quarter or an eighth of the sides, rounded up: only of a
            picture whose header says that it is scalable.

    Returns:
        uint8 BGR ``[height, width, 3]`` of the upright picture, contiguous, owned by the caller.

    Raises:
        FrameError: as :func:`platestream.vision.picture.guard.inspect_picture`, and AIS.0104 where
            the bytes cannot be decoded to what their header promises.
    """
    if header is None:
        header = inspect_picture(data, limits)
    prepare_opencv()
    with silenced():
        pixels = _decode(data, header, divisor)
        if pixels is None and limits.tolerate_truncated and header.format is PictureFormat.JPEG:
            pixels = _decode(data + _JPEG_END, header, divisor)
    if pixels is None:
        raise FrameError(ErrorCode.PICTURE_DAMAGED, "It is damaged, cut off or of a rare kind.")
    turn = _TURNS.get(header.orientation)
    if turn is not None:
        pixels = np.asarray(turn(pixels), np.uint8)
    width, height = (-(-side // divisor) for side in header.upright_size)
    if pixels.shape != (height, width, _CHANNELS) or pixels.dtype != np.uint8:
        raise FrameError(ErrorCode.PICTURE_DAMAGED, "Its pixels do not agree with its header.")
    return np.ascontiguousarray(pixels)


def _decode(data: bytes, header: PictureHeader, divisor: int) -> UInt8Array | None:
    """Decode to BGR as stored, neither flipped nor turned; None where that cannot be done."""
    if header.bitfields is not None:
        return decode_bitfields(data, header, header.bitfields)
    try:
        encoded = np.frombuffer(data, np.uint8)
        if header.patches:
            encoded = encoded.copy()
            for patch in header.patches:
                encoded[patch.at : patch.at + len(patch.content)] = memoryview(patch.content)
        if header.mapped and hasattr(os, "memfd_create"):
            pixels = _decode_file(encoded)
        else:
            pixels = cv2.imdecode(encoded, _GREY if header.grey_only else _COLORS[divisor])
        if pixels is not None and header.grey_only:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
    except (cv2.error, MemoryError, OSError):
        return None
    return None if pixels is None else np.asarray(pixels, np.uint8)


def _decode_file(encoded: UInt8Array) -> Any:
    """Decode from a file in memory, which libtiff maps.

    Out of a buffer it refuses uncompressed tiles unless they take a multiple of 1,024 bytes.
    """
    with os.fdopen(os.memfd_create("picture"), "wb") as file:
        file.write(encoded.data)
        file.flush()
        return cv2.imread(f"/proc/self/fd/{file.fileno()}", _COLOR)
