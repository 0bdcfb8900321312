"""Which labelled pictures trained nothing: those that confidence and rejection are fitted on.

Held out are the ``dev`` rows of every folder and all rows of folders that no training touches.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from platestream.cli.evaluate.labels import LabelledPicture, Split, read_labels

if TYPE_CHECKING:
    from pathlib import Path

CHINESE_PHOTOS: Final = (
    "ccpd_subset",
    "easypr_general_test",
    "shaowenfu_car2024",
    "cn_hand_labelled",
)
OTHER_PHOTOS: Final = ("aolp_ac",)
CHINESE_CROPS: Final = ("lprnet_pytorch_test_crops", "ccpd_crops_extra", "easypr_train_crops")
OTHER_CROPS: Final = ("european_crops", "chile_crops", "vietnam_crops", "peru_crops")
UNREAD_PHOTOS: Final = (
    "robertlucian_dashcam",
    "egypt_motorcycle",
    "kaggle_car_plate_detection",
    "easypr_negative_patches",
)
# Nothing of these folders trains anything, so all their rows are held out.
NEVER_TRAINED: Final = frozenset({"aolp_ac", "shaowenfu_car2024", *OTHER_CROPS})
# Of this folder only the part of one origin is kept out of training.
MIXED_LICENCES: Final = "cn_hand_labelled"
UNLICENSED_ORIGIN: Final = "Tombolibo"


def held_out(data: Path, folder: str) -> list[LabelledPicture]:
    """Return a folder's pictures that trained nothing.

    Raises:
        LabelError: if its label file is missing or broken.
    """
    file = data / folder / "labels.csv"
    split: Split = "all" if folder in NEVER_TRAINED else "dev"
    pictures = read_labels([file], split=split)
    if folder != MIXED_LICENCES:
        return pictures
    seen = {picture.path.name for picture in pictures}
    unlicensed = _files_from(data / folder / "origins.csv", UNLICENSED_ORIGIN) - seen
    return pictures + [one for one in read_labels([file]) if one.path.name in unlicensed]


def _files_from(origins: Path, source: str) -> set[str]:
    with origins.open(encoding="utf-8", newline="") as lines:
        rows = [list(row.values()) for row in csv.DictReader(lines)]
    return {row[0] for row in rows if any(source in cell for cell in row[1:] if cell)}
