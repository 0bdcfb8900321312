"""Text on pictures, Chinese characters included (OpenCV's own built-in font)."""

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]
Bgr = tuple[int, int, int]


@cache
def _font() -> Any:
    # "uni" is the built-in face that holds the Chinese characters; the default one has none.
    return cv2.FontFace("uni")


@cache
def text_size(text: str, size: int) -> tuple[int, int]:
    """Width and height in pixels of ``text`` set ``size`` px high, room for descenders included."""
    box = cv2.getTextSize((0, 0), text, (0, 0), _font(), size)
    return int(box[2]), round(size * 1.3)


def put_text(image: UInt8Array, text: str, at: tuple[int, int], color: Bgr, size: int) -> int:
    """Write ``text`` into ``image`` with its top-left corner ``at``; return where it ends (x)."""
    x, y = at
    cv2.putText(image, text, (x, y + round(size * 1.02)), color, _font(), size)
    return x + text_size(text, size)[0]


def fit_size(text: str, size: int, room: int, *, least: int = 9) -> int:
    """The largest size from ``least`` to ``size`` at which ``text`` fits into ``room`` px."""
    while size > least and text_size(text, size)[0] > room:
        size -= 1
    return size
