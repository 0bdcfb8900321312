"""More views of real plates: a photographed plate is flattened and taken anew.

Real plates are few; their paint, dirt and lettering are what rendering does not have. A plate seen
large enough bears to be seen smaller, from another side, in other light, before another background.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from platestream.vision.recognition.rectify import rectify_one_row, whole_crop_corners
from training.recognizer.views import GEOMETRY, make_view
from training.render import PlateKind, RenderedPlate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

# A plate lower than this in its picture, pixels, has nothing to give to a further view.
_LEAST_HEIGHT = 32.0
# The flattened plate, pixels; the standard's plates are 440 x 140 mm.
_FLAT = (220, 70)
# Sizes at which published sets deliver their crops, width x height; None: as cut.
_BOX_SIZES = ((94, 24), (94, 24), (136, 36), None)


def retaken_crops(  # noqa: PLR0917
    rng: np.random.Generator,
    picture: UInt8Array,
    corners: Float32Array,
    text: str,
    count: int,
    photos: Sequence[UInt8Array],
) -> list[UInt8Array]:
    """Return crops of the plate as other cameras would have taken it.

    Args:
        rng: source of randomness.
        picture: uint8 BGR ``[H, W, 3]``.
        corners: of the plate, float32 ``[4, 2]``, or of the whole picture where it is a crop.
        text: its number.
        count: how many.
        photos: backgrounds; may be empty.

    Returns:
        uint8 ``[48, 168, 3]`` each; none where the plate is too small.
    """
    if float(np.linalg.norm(corners[3] - corners[0])) < _LEAST_HEIGHT:
        return []
    width, height = _FLAT
    target = whole_crop_corners(height, width)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    flat = np.asarray(cv2.warpPerspective(picture, matrix, _FLAT, flags=cv2.INTER_AREA), np.uint8)
    plate = RenderedPlate(
        image=flat,
        text=text,
        color="",
        rows=1,
        kind=PlateKind.GREEN_SMALL if len(text) == 8 else PlateKind.BLUE,
        # where the characters stand is not known; the views need some place
        char_centers=np.array([[width / 2, height / 2]], np.float32),
    )
    return [make_view(rng, plate, photos).crop for _ in range(count)]


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
