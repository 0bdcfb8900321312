"""Runs a bundle over labelled pictures that its weights never saw, and keeps what it said.

Held out are the ``dev`` rows of every folder and all rows of folders that no training touches.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from platestream.cli.evaluate.labels import LabelledPicture, Split, read_labels
from platestream.cli.evaluate.outcomes import match_one_to_one
from platestream.cli.pictures import load
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from platestream.vision.examined import Examined
    from platestream.vision.models.bundle import ModelBundle
    from platestream.vision.recognition.confidence import Evidence

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
LEAST_SCORE: Final = 0.25
"""Detections below this are not looked at: they are noise by the hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One reading of a plate whose text is known.

    Attributes:
        dataset: The folder's name.
        group: Samples of one group (one car) are held out together.
        evidence: What the models said.
        right: Whether the whole text is.
    """

    dataset: str
    group: str
    evidence: Evidence
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One detection in a photo, and whether a labelled plate is there."""

    dataset: str
    evidence: Evidence
    is_labelled: bool


@dataclass(slots=True)
class Collected:
    """All that was seen, with the number of photos and labelled plates of each folder."""

    samples: list[Sample] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    photos: dict[str, int] = field(default_factory=dict)
    plates: dict[str, int] = field(default_factory=dict)

    def add_photo(self, picture: LabelledPicture, found: Sequence[Examined]) -> None:
        """Hold what was found in a photo against its labels."""
        name = picture.dataset
        self.photos[name] = self.photos.get(name, 0) + 1
        self.plates[name] = self.plates.get(name, 0) + len(picture.plates)
        matched = match_one_to_one(
            [plate.corners or () for plate in picture.plates],
            [_points(one.detection.corners) for one in found],
        )
        for label, reading in matched.items():
            text, one = picture.plates[label].text, found[reading]
            if text and one.text.text:
                self._add_sample(name, text, one)
        labelled = set(matched.values())
        self.candidates += [
            Candidate(dataset=name, evidence=one.evidence, is_labelled=index in labelled)
            for index, one in enumerate(found)
        ]

    def add_crop(self, picture: LabelledPicture, one: Examined) -> None:
        """Hold a crop's reading against its label."""
        text = picture.plates[0].text
        if text and one.text.text:
            self._add_sample(picture.dataset, text, one)

    def _add_sample(self, dataset: str, text: str, one: Examined) -> None:
        self.samples.append(
            Sample(dataset=dataset, group=text, evidence=one.evidence, right=one.text.text == text)
        )


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


def collect(bundle: ModelBundle, data: Path, folders: Iterable[str]) -> Collected:
    """Run a bundle over the held-out pictures of some folders.

    Raises:
        LabelError: if a label file is missing or broken.
    """
    settings = VisionSettings(score_threshold=LEAST_SCORE, threads=1)
    reader = PlateReader(bundle, settings=settings)
    limits = PictureLimits(min_side=1)
    collected = Collected()
    for folder in folders:
        for labelled in held_out(data, folder):
            picture = load(labelled.path, limits).picture
            if picture is None:
                continue
            if labelled.kind == "crop":
                collected.add_crop(labelled, reader.examine_crops([picture])[0])
            else:
                collected.add_photo(labelled, reader.examine([picture])[0])
    return collected


def _points(corners: NDArray[np.float32]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in corners]
