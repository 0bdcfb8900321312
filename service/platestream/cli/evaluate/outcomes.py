"""From readings to outcomes: which reading belongs to which labelled plate, and what it came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

import numpy as np

from platestream.cli.evaluate.labels import LabelledPicture, LabelledPlate
from platestream.contract.readings import PlateReading
from platestream.vision.matching import Points, match_one_to_one

# A plate whose place is unknown takes the reading that shares at least half of the characters with
# it, in their order, as its own, wrongly read: texts of different cars share fewer.
_SAME_PLATE_RATIO: Final = 0.5


def relative_corner_error(label: Points, reading: Points) -> float:
    """Mean distance of the four corners, in widths of the labelled plate."""
    truth = np.array(label, np.float64)
    distances = np.linalg.norm(truth - np.array(reading, np.float64), axis=1)
    return float(distances.mean() / max(plate_width(label), 1e-9))


def plate_width(corners: Points) -> float:
    """Mean length in pixels of the upper and lower edge."""
    return _mean_side(corners, 0)


def plate_height(corners: Points) -> float:
    """Mean length in pixels of the left and right edge."""
    return _mean_side(corners, 1)


def _mean_side(corners: Points, first: int) -> float:
    quad = np.array(corners, np.float64)
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return float((sides[first] + sides[first + 2]) / 2)


PROVINCES: Final = frozenset("京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateOutcome:
    """What became of one labelled plate.

    Attributes:
        label: The plate.
        height: Its height in pixels, as labelled; of a plate whose place is unknown, as read. None
            where neither is known.
        reading: The reading matched to it, None if it was not found.
        corner_error: In plate widths; None unless true corners are labelled and it was found.
    """

    label: LabelledPlate
    height: float | None
    reading: PlateReading | None
    corner_error: float | None

    @property
    def is_read(self) -> bool:
        """Whether the text is exactly right."""
        return self.reading is not None and self.reading.plate_number == self.label.text

    @property
    def is_read_but_province(self) -> bool:
        """Whether the text is right, a wrong or missing province character forgiven."""
        if self.reading is None:
            return False
        return _without_province(self.reading.plate_number) == _without_province(self.label.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOutcome:
    """What became of one picture.

    Attributes:
        picture: The picture and its labels.
        plates: One for each labelled plate, in order.
        false_plates: Readings that belong to no labelled plate. Where a plate's place is unknown
            nobody can say which those are, so there are none.
        milliseconds: Time of decoding and reading it; None if it could not be read at all.
        error: ``CODE: message`` if it could not be read.
    """

    picture: LabelledPicture
    plates: tuple[PlateOutcome, ...]
    false_plates: tuple[PlateReading, ...]
    milliseconds: float | None
    error: str | None = None


def judge(
    picture: LabelledPicture,
    size: tuple[int, int],
    readings: Sequence[PlateReading],
    milliseconds: float,
) -> PictureOutcome:
    """Match the readings of one picture to its labels.

    A plate with a place takes the reading that covers it. One whose text alone is known takes, of
    the others, the surest that says just that, else the most similar one.

    Args:
        picture: The picture and its labels.
        size: Its height and width in pixels.
        readings: What was read; of a crop the surest reading counts, and none is false.
        milliseconds: How long that took.
    """
    if picture.kind == "crop":
        surest = max(readings, key=lambda reading: reading.confidence, default=None)
        plates = tuple(_outcome(plate, float(size[0]), surest) for plate in picture.plates)
        return PictureOutcome(
            picture=picture, plates=plates, false_plates=(), milliseconds=milliseconds
        )
    placed = [index for index, plate in enumerate(picture.plates) if plate.corners is not None]
    pairs = match_one_to_one(
        [picture.plates[index].corners or () for index in placed],
        [reading.plate_location for reading in readings],
    )
    matched = {placed[index]: at for index, at in pairs.items()}
    left = [at for at in range(len(readings)) if at not in matched.values()]
    unplaced = [index for index in range(len(picture.plates)) if index not in placed]
    by_text = _match_by_text(
        [picture.plates[index].text for index in unplaced], [readings[at] for at in left]
    )
    matched |= {unplaced[index]: left[at] for index, at in by_text.items()}
    plates = tuple(
        _outcome(plate, None, readings[matched[index]] if index in matched else None)
        for index, plate in enumerate(picture.plates)
    )
    used = set(matched.values())
    false_plates = tuple(
        reading for index, reading in enumerate(readings) if index not in used and not unplaced
    )
    return PictureOutcome(
        picture=picture, plates=plates, false_plates=false_plates, milliseconds=milliseconds
    )


def unreadable(picture: LabelledPicture, error: str) -> PictureOutcome:
    """The outcome of a picture that cannot be opened: every plate in it is missed."""
    plates = tuple(_outcome(plate, None, None) for plate in picture.plates)
    return PictureOutcome(
        picture=picture, plates=plates, false_plates=(), milliseconds=None, error=error
    )


def _match_by_text(texts: Sequence[str], readings: Sequence[PlateReading]) -> dict[int, int]:
    """Pair texts with readings, the most similar first, of equals the surest; nobody twice."""
    pairs = sorted(
        (
            -SequenceMatcher(None, text, reading.plate_number, autojunk=False).ratio(),
            -reading.confidence,
            i,
            j,
        )
        for i, text in enumerate(texts)
        for j, reading in enumerate(readings)
    )
    matched: dict[int, int] = {}
    for negative, _, i, j in pairs:
        if -negative >= _SAME_PLATE_RATIO and i not in matched and j not in matched.values():
            matched[i] = j
    return matched


def _outcome(
    plate: LabelledPlate, height: float | None, reading: PlateReading | None
) -> PlateOutcome:
    error = None
    if plate.corners is not None:
        height = plate_height(plate.corners)
    elif height is None and reading is not None:
        height = plate_height(reading.plate_location)
    if plate.kind == "corners" and plate.corners and reading is not None:
        error = relative_corner_error(plate.corners, reading.plate_location)
    return PlateOutcome(
        label=plate,
        height=height,
        reading=reading,
        corner_error=error,
    )


def _without_province(text: str) -> str:
    return text[1:] if text[:1] in PROVINCES else text
