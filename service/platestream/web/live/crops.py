"""Small pictures of plates for the live page."""

import base64
from typing import Final

import cv2
import numpy as np

from platestream.contract.errors import FrameError
from platestream.contract.readings import Quad
from platestream.vision.arrays import UInt8Array
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits

# The plate with a little of the car around it, so that a person can judge the corners.
_MARGIN: Final = 0.25
_MAX_WIDTH_PX: Final = 240
_QUALITY: Final = 80


def decoded(image: bytes | None, limits: PictureLimits) -> UInt8Array | None:
    """The picture's pixels; None where there are none (it came by URL, or is damaged)."""
    if image is None:
        return None
    try:
        return decode_picture(image, limits)
    except FrameError:
        return None


def crop_data_url(picture: UInt8Array, corners: Quad) -> str | None:
    """The plate with a margin as a JPEG ``data:`` URL, at most 240 px wide.

    Args:
        picture: uint8 ``[H, W, 3]``, BGR, upright.
        corners: The plate's corners in pixels of ``picture``.

    Returns:
        None where the corners enclose nothing of the picture.
    """
    height, width = picture.shape[:2]
    columns, rows = [x for x, _ in corners], [y for _, y in corners]
    pad_x = round((max(columns) - min(columns)) * _MARGIN)
    pad_y = round((max(rows) - min(rows)) * _MARGIN)
    left, right = max(0, min(columns) - pad_x), min(width, max(columns) + pad_x + 1)
    top, bottom = max(0, min(rows) - pad_y), min(height, max(rows) + pad_y + 1)
    if left >= right or top >= bottom:
        return None
    crop = picture[top:bottom, left:right]
    if crop.shape[1] > _MAX_WIDTH_PX:
        size = (_MAX_WIDTH_PX, max(1, round(crop.shape[0] * _MAX_WIDTH_PX / crop.shape[1])))
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
    done, encoded = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        return None
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()
