"""A picture of four colours as TIFF, and decoding with OpenCV."""  # noqa: INP001 - for scripts

import io
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
quarters = np.zeros((96, 160, 3), np.uint8)
"""RGB ``[96,160,3]``."""
quarters[:48, :80], quarters[:48, 80:] = RED, GREEN
quarters[48:, :80], quarters[48:, 80:] = BLUE, YELLOW


def tiff(pixels: NDArray[np.uint8], **options: Any) -> bytes:
    """A TIFF file of ``pixels``; the options are tifffile's."""
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def decode(data: bytes, flags: int = cv2.IMREAD_COLOR) -> Any:
    """RGB pixels, or None."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    return None if pixels is None else pixels[..., ::-1]
