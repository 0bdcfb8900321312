"""Runs a bundle over labelled pictures that its weights never saw, and keeps what it said.

Photos are read as they are, and altered as road cameras alter them.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from platestream.cli.pictures import load
from platestream.vision.matching import match_one_to_one
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings
from training.calibration.altered import Altered, altered
from training.calibration.held_out import held_out
from training.scenes.geometry import box_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from platestream.cli.evaluate.labels import LabelledPicture
    from platestream.vision.examined import Examined
    from platestream.vision.models.bundle import ModelBundle
    from platestream.vision.recognition.confidence import Evidence

# Whose photos are altered, and every how manieth, so that no country outweighs the others.
ALTERED: Final = {
    "ccpd_subset": 3,
    "easypr_general_test": 1,
    "shaowenfu_car2024": 1,
    "cn_hand_labelled": 1,
    "aolp_ac": 8,
    "openimages_plates": 1,
    "poland_web": 1,
    "poland_photos": 2,
    "thailand_photos": 2,
}
# Plates narrower than this are hardly legible, let alone when altered.
_LEAST_WIDTH: Final = 56.0
_SEED: Final = 5
# A detection's middle may lie this far beyond a box, in its heights.
_REACH: Final = 0.3
LEAST_SCORE: Final = 0.25
"""Detections below this are not looked at: they are noise by the hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One reading of a plate whose text is known, or of lettering that is none.

    Attributes:
        dataset: The folder's name, or what was done to its photos.
        group: Samples of one group (one car) are held out together.
        evidence: What the models said.
        right: Whether the whole text is; never of a plate of which a part cannot be seen, nor of
            a text with characters that the reader does not know.
        is_plate: Whether it is one.
        complete: Whether the whole number can be seen.
    """

    dataset: str
    group: str
    evidence: Evidence
    right: bool
    is_plate: bool = True
    complete: bool = True


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

    def add_altered(self, made: Altered, group: str, found: Sequence[Examined]) -> None:
        """Hold what was found in an altered photo against what was done to it.

        A cut plate may be found in any outline; so whatever has its middle in what can be seen of a
        plate, or in lettering, is a reading of it.
        """
        for one in found:
            middle = one.detection.corners.mean(0)
            in_plate = made.quad is not None and _holds(made.quad, middle)
            in_lettering = any(_holds(quad, middle) for quad in made.lettering)
            if one.text.text and (in_plate or in_lettering):
                self.samples.append(
                    Sample(
                        dataset=made.condition,
                        group=group,
                        evidence=one.evidence,
                        right=in_plate and made.complete and one.text.text == made.text,
                        is_plate=in_plate,
                        complete=in_plate and made.complete,
                    )
                )

    def _add_sample(self, dataset: str, text: str, one: Examined) -> None:
        self.samples.append(
            Sample(dataset=dataset, group=text, evidence=one.evidence, right=one.text.text == text)
        )


def collect(bundle: ModelBundle, data: Path, folders: Iterable[str]) -> Collected:
    """Run a bundle over the held-out pictures of some folders.

    Raises:
        LabelError: if a label file is missing or broken.
    """
    reader = _reader(bundle)
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


def collect_altered(bundle: ModelBundle, data: Path, collected: Collected) -> None:
    """Run a bundle over altered photos and add what it said.

    Raises:
        LabelError: if a label file is missing or broken.
    """
    reader = _reader(bundle)
    for folder, step in ALTERED.items():
        if not (data / folder).is_dir():
            continue
        usable = [one for one in held_out(data, folder) if _can_be_altered(one)]
        for labelled in usable[::step]:
            picture = load(labelled.path, PictureLimits(min_side=1)).picture
            if picture is None:
                continue
            plates = sorted(labelled.plates, key=lambda plate: not plate.text)
            quads = [np.array(plate.corners, np.float32) for plate in plates]
            rng = np.random.default_rng([_SEED, zlib.crc32(labelled.path.name.encode())])
            for made in altered(picture, quads, plates[0].text, rng):
                collected.add_altered(made, plates[0].text, reader.examine([made.picture])[0])


def _can_be_altered(picture: LabelledPicture) -> bool:
    if any(plate.corners is None for plate in picture.plates):
        return False
    texts = [plate for plate in picture.plates if plate.text]
    if not texts or texts[0].corners is None:
        return False
    left, _, right, _ = box_of(np.array(texts[0].corners, np.float32))
    return right - left >= _LEAST_WIDTH


def _reader(bundle: ModelBundle) -> PlateReader:
    return PlateReader(bundle, settings=VisionSettings(score_threshold=LEAST_SCORE, threads=1))


def _holds(quad: NDArray[np.float32], point: NDArray[np.float32]) -> bool:
    """Whether a point lies in a quad's box, or just above or below it."""
    left, top, right, bottom = box_of(quad)
    room = _REACH * (bottom - top)
    x, y = point.tolist()
    return bool(left - room <= x <= right + room and top - room <= y <= bottom + room)


def _points(corners: NDArray[np.float32]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in corners]
