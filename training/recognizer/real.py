"""Real photographs and crops: which may train, and how their labels are read."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.recognizer.alphabet import within
from training.render.glyphs import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

# Folders whose licence permits training of published weights (see the data folder's README).
TRAINABLE_CROPS = ("lprnet_pytorch_test_crops", "ccpd_crops_extra", "easypr_train_crops")
CHINESE_PHOTOS = ("ccpd_subset", "easypr_general_test", "cn_hand_labelled")
TRAINABLE_PHOTOS = (
    *CHINESE_PHOTOS,
    "openimages_plates",
    "poland_web",
    "poland_photos",
    "korea_cvlab",
)
# Their labels do not tell how many rows a plate has; these have two, the others one.
_TWO_ROWS = {
    "openimages_plates": {"00097.jpg", "00206.jpg"},
    "poland_web": {"00034.jpg"},
    "korea_cvlab": {"00005.jpg", "00008.jpg", "00019.jpg"},
}
BACKGROUND_PHOTOS = (
    "ccpd_subset",
    "easypr_general_test",
    "kaggle_car_plate_detection",
    "robertlucian_dashcam",
    "easypr_negative_patches",
)
NEGATIVE_PATCHES = "easypr_negative_patches"
# Measured only.
OTHER_CROPS = (
    "european_crops",
    "chile_crops",
    "vietnam_crops",
    "peru_crops",
    "uzbekistan_crops",
)
OTHER_PHOTOS = ("aolp_ac", "shaowenfu_car2024")
# No plate, or a text of which nobody knows where in the picture it stands.
_WITHOUT_PLACE = {"none", "text"}
# A Chinese plate flatter than this has one row; others may have two.
_ONE_ROW_ASPECT = 2.2
# Only this source of cn_hand_labelled states no licence; its files are kept out of training.
_UNLICENSED_SOURCE = "Tombolibo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One labelled plate.

    Attributes:
        path: the picture's file.
        text: the number, without separators, in the recognizer's alphabet; may be empty.
        corners: float32 ``[4, 2]``, or None for a file that is a crop itself.
        split: ``train`` or ``dev``.
    """

    path: Path
    text: str
    corners: Float32Array | None
    split: str


def read_picture(path: Path) -> UInt8Array:
    """Return a picture as uint8 BGR.

    Raises:
        ValueError: if the file is not a picture.
    """
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"not a picture: {path.name}")
    return np.asarray(picture, np.uint8)


def upright(corners: Float32Array) -> Float32Array:
    """Return the corners clockwise, starting where the plate's reading begins.

    Labels made from rotated rectangles start at any corner; no plate in the data hangs by more than
    45 degrees, so the upper edge is the one that runs most to the right.

    Args:
        corners: float32 ``[4, 2]`` in order around the plate.
    """
    orders = [np.roll(each, turn, axis=0) for each in (corners, corners[::-1]) for turn in range(4)]

    def rightwards_and_down(order: Float32Array) -> float:
        right = order[1, 0] - order[0, 0] + order[2, 0] - order[3, 0]
        down = order[3, 1] - order[0, 1] + order[2, 1] - order[1, 1]
        return float(right + down)

    return np.ascontiguousarray(max(orders, key=rightwards_and_down), np.float32)


def labelled(folder: str, split: str | None = None) -> Iterator[Labelled]:
    """Yield the labelled plates of a data folder, of one split or of both.

    Raises:
        FileNotFoundError: if the data folder is not there.
    """
    root = data_folder() / folder
    with (root / "labels.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if (split and row["split"] != split) or row["kind"] in _WITHOUT_PLACE:
                continue
            corners = None
            if row["x1"]:
                values = [row[f"{axis}{place}"] for place in range(1, 5) for axis in "xy"]
                corners = upright(np.array(values, np.float32).reshape(4, 2))
            yield Labelled(
                path=root / row["file"],
                text=within(row["text"]),
                corners=corners,
                split=row["split"],
            )


def row_count(folder: str, item: Labelled) -> int:
    """Return how many rows a plate has: 1 or 2, or 0 where nothing tells."""
    if folder in CHINESE_PHOTOS and item.corners is not None:
        side = float(np.linalg.norm(item.corners[1] - item.corners[0]))
        tall = float(np.linalg.norm(item.corners[3] - item.corners[0]))
        return 1 if side >= _ONE_ROW_ASPECT * tall else 0
    return 2 if item.path.name in _TWO_ROWS.get(folder, ()) else 1


def unlabelled(folder: str, split: str) -> list[str]:
    """Return the files of a data folder that are known to show no plate."""
    with (data_folder() / folder / "labels.csv").open(encoding="utf-8", newline="") as lines:
        return [
            row["file"]
            for row in csv.DictReader(lines)
            if row["kind"] == "none" and row["split"] == split
        ]


def may_train(folder: str) -> set[str]:
    """Return the names of a folder's files whose source states a licence that permits training."""
    root = data_folder() / folder
    names = {path.name for path in root.iterdir()}
    if folder != "cn_hand_labelled":
        return names
    with (root / "origins.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["file"]
            for row in csv.DictReader(lines)
            if not any(_UNLICENSED_SOURCE in value for value in row.values() if value)
        }


def color_of(crop: UInt8Array, text: str) -> str:
    """Guess a Chinese plate's background colour from its length and its middle's hue.

    The sets give no colour; these few kinds are told apart safely enough by hue, and whatever is
    not clear-cut is left out (empty).
    """
    if len(text) == 8:
        return "green"
    height, width = crop.shape[:2]
    middle = crop[height // 4 : height * 3 // 4, width // 8 : width * 7 // 8]
    hsv = cv2.cvtColor(np.ascontiguousarray(middle), cv2.COLOR_BGR2HSV).reshape(-1, 3)
    vivid = hsv[hsv[:, 1] > 70]
    if len(vivid) < 0.3 * len(hsv):
        return ""
    hue = float(np.median(vivid[:, 0]))
    if 95 <= hue <= 130:
        return "blue"
    if 12 <= hue <= 32:
        return "yellow"
    return ""
