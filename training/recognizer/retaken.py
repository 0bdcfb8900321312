"""More views of real plates: a photographed plate is flattened and taken anew.

Real plates are few; their paint, dirt and lettering are what rendering does not have. A plate seen
large enough bears to be seen smaller, from another side, in other light, before another background.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from platestream.vision.recognition.rectify import rectify_one_row, whole_crop_corners
from training.recognizer.views import GEOMETRY
from training.render import PlateKind, RenderedPlate
from training.render.chinese_text import PROVINCES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

# A plate lower than this in its picture, pixels, has nothing to give to a further view.
_LEAST_HEIGHT = 32.0
# The flattened plate, pixels; the standard's plates are 440 x 140 mm.
_FLAT = (220, 70)
# Width over height of other plates, where a photo's perspective gives something else.
_SHAPES = (1.5, 5.0)
# Where the seven characters of the standard stand, and between which places others begin and end.
_CHINESE = (38.0, 95.0, 174.0, 231.0, 288.0, 345.0, 402.0)
_CHINESE_WIDTH = 440.0
_LINE = (0.12, 0.91)
# Sizes at which published sets deliver their crops, width x height; None: as cut.
_BOX_SIZES = ((94, 24), (94, 24), (136, 36), None)


def flat_plate(
    picture: UInt8Array, corners: Float32Array, text: str, color: str
) -> RenderedPlate | None:
    """Return a photographed plate of one row seen from straight ahead, to be taken anew.

    Args:
        picture: uint8 BGR ``[H, W, 3]``.
        corners: of the plate, float32 ``[4, 2]``, or of the whole picture where it is a crop.
        text: its number.
        color: its background, or empty.

    Returns:
        The plate, with the places at which characters usually stand; None where it is too small.
    """
    tall = float(np.linalg.norm(corners[3] - corners[0]))
    if tall < _LEAST_HEIGHT:
        return None
    chinese = text[0] in PROVINCES
    width, height = _FLAT
    if not chinese:
        shape = float(np.linalg.norm(corners[1] - corners[0])) / tall
        width = round(height * float(np.clip(shape, *_SHAPES)))
    target = whole_crop_corners(height, width)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    flat = cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_AREA)
    if chinese and len(text) == len(_CHINESE):
        columns = np.array(_CHINESE) / _CHINESE_WIDTH
    else:
        columns = np.linspace(*_LINE, len(text))
    centers = np.stack([columns * width, np.full(len(text), height / 2)], axis=1)
    return RenderedPlate(
        image=np.asarray(flat, np.uint8),
        text=text,
        color=color,
        rows=1,
        kind=PlateKind.GREEN_SMALL if len(text) == 8 else PlateKind.BLUE,
        char_centers=centers.astype(np.float32),
    )


def boxed_crops(
    rng: np.random.Generator, picture: UInt8Array, corners: Float32Array, count: int
) -> list[UInt8Array]:
    """Return upright boxes around the plate, cut as ready-made crops are: tight and squeezed.

    Args:
        rng: source of randomness.
        picture: uint8 BGR ``[H, W, 3]``.
        corners: float32 ``[4, 2]``.
        count: how many.

    Returns:
        uint8 ``[48, 168, 3]`` each.
    """
    crops = []
    low, high = corners.min(0), corners.max(0)
    side = high - low
    for _ in range(count):
        start = np.floor(low - side * rng.uniform(-0.01, 0.06, 2)).astype(int).clip(0)
        end = np.ceil(high + side * rng.uniform(-0.01, 0.06, 2)).astype(int)
        crop = picture[start[1] : end[1], start[0] : end[0]]
        if min(crop.shape[:2]) < 8:
            continue
        size = _BOX_SIZES[int(rng.integers(len(_BOX_SIZES)))]
        if size is not None:
            method = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_AREA
            crop = np.asarray(cv2.resize(crop, size, interpolation=method), np.uint8)
        quad = whole_crop_corners(*crop.shape[:2])
        crops.append(rectify_one_row(crop, quad, GEOMETRY.without_margin()))
    return crops
