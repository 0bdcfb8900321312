"""Pixels, what a viewer does to them, and their encoding."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]
Pixels = NDArray[np.uint8] | NDArray[np.uint16]


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
