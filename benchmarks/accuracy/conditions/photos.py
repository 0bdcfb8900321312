"""The held-out photos that conditions are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from platestream.cli.evaluate.labels import read_labels
from platestream.cli.pictures import load
from platestream.vision.settings import PictureLimits
from training.scenes.geometry import box_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from platestream.cli.evaluate.labels import LabelledPicture
    from platestream.vision.arrays import UInt8Array
    from training.scenes.geometry import Quad

# Every n-th held-out photo of a folder, so that no country outweighs the others.
WORLD: Final = {
    "ccpd_subset": 6,
    "easypr_general_test": 3,
    "aolp_ac": 10,
    "openimages_plates": 2,
    "poland_web": 1,
    "shaowenfu_car2024": 1,
    "cn_hand_labelled": 1,
}
CHINESE: Final = {
    "ccpd_subset": 3,
    "easypr_general_test": 1,
    "shaowenfu_car2024": 1,
    "cn_hand_labelled": 1,
}
WITH_ROOM: Final = {
    "ccpd_subset": 6,
    "robertlucian_dashcam": 4,
    "thailand_photos": 2,
    "openimages_plates": 2,
    "philippines_photos": 1,
}
# A blue, yellow or green plate: OpenCV's hues of it (0..179), and how much of it must be coloured.
_HUES: Final = {"blue": (95, 130), "yellow": (14, 34), "green": (38, 90)}
_LEAST_COLOURED: Final = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo and its plates; the first is the one that is altered.

    Attributes:
        picture: uint8 BGR ``[H, W, 3]``.
        quads: The plates' corners.
        texts: What they say.
    """

    picture: UInt8Array
    quads: tuple[Quad, ...]
    texts: tuple[str, ...]

    @property
    def quad(self) -> Quad:
        """Corners of the plate that is altered."""
        return self.quads[0]

    @property
    def text(self) -> str:
        """Its text."""
        return self.texts[0]

    @property
    def width(self) -> float:
        """Its width in pixels."""
        left, _, right, _ = box_of(self.quad)
        return right - left


def photos(data: Path, folders: dict[str, int], *, least_width: float = 64) -> Iterator[Photo]:
    """Give the held-out photos whose first plate's text and place are known and legible.

    They are chosen by their labels alone, so that the choice favours no reader.

    Raises:
        LabelError: If a label file is broken.
    """
    for folder, step in folders.items():
        if (data / folder).is_dir():
            rows = read_labels([data / folder / "labels.csv"], split="dev")
            chosen = [row for row in rows if _is_usable(row, least_width)]
            for row in chosen[::step]:
                picture = load(row.path, PictureLimits()).picture
                if picture is not None:
                    ordered = sorted(row.plates, key=lambda plate: not plate.text)
                    yield Photo(
                        picture=picture,
                        quads=tuple(np.array(plate.corners, np.float32) for plate in ordered),
                        texts=tuple(plate.text for plate in ordered),
                    )


def _is_usable(row: LabelledPicture, least_width: float) -> bool:
    placed = all(plate.corners for plate in row.plates)
    texts = [plate for plate in row.plates if plate.text]
    if not placed or not texts or texts[0].corners is None:
        return False
    left, top, right, bottom = box_of(np.array(texts[0].corners, np.float32))
    return right - left >= least_width and bottom - top >= least_width / 4


def plateless_areas(data: Path, *, least: tuple[int, int] = (320, 200)) -> Iterator[UInt8Array]:
    """Give parts of real photos that hold none of their labelled plates.

    A plate that nobody labelled may be among them: what is reported there counts only where
    lettering was laid.

    Args:
        data: Folder of the data sets.
        least: Smallest width and height of such a part, pixels.

    Raises:
        LabelError: If a label file is broken.
    """
    for folder, step in WITH_ROOM.items():
        if not (data / folder).is_dir():
            continue
        for row in read_labels([data / folder / "labels.csv"], split="dev")[::step]:
            picture = load(row.path, PictureLimits()).picture
            if picture is None or any(plate.corners is None for plate in row.plates):
                continue
            area = _largest_strip(
                picture, [np.array(plate.corners, np.float32) for plate in row.plates]
            )
            if area.shape[1] >= least[0] and area.shape[0] >= least[1]:
                yield area


def _largest_strip(picture: UInt8Array, quads: Sequence[Quad]) -> UInt8Array:
    """Return the largest part above, below, left or right of all plates."""
    if not quads:
        return picture
    left, top, right, bottom = box_of(np.concatenate(quads))
    # Boxes may sit loosely, and a frame with a bare margin of a plate would be none without it.
    room = 12
    strips = (
        picture[: max(int(top) - room, 0)],
        picture[max(int(bottom) + room, 0) :],
        picture[:, : max(int(left) - room, 0)],
        picture[:, max(int(right) + room, 0) :],
    )
    return max(strips, key=lambda strip: strip.shape[0] * strip.shape[1])


def color_of(picture: UInt8Array, quad: Quad) -> str:
    """Return a plate's colour by its pixels' hue: blue, yellow, green, or nothing if unsure."""
    target = np.array([[0, 0], [96, 0], [96, 32], [0, 32]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    hsv = cv2.cvtColor(cv2.warpPerspective(picture, matrix, (96, 32)), cv2.COLOR_BGR2HSV)
    hue, saturation, value = cv2.split(hsv)
    coloured = (saturation > 70) & (value > 40)
    for name, (low, high) in _HUES.items():
        if (coloured & (hue >= low) & (hue <= high)).mean() >= _LEAST_COLOURED:
            return name
    return ""
