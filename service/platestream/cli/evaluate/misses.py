"""The misses of an evaluation: what was not found, misread or made up, as tiles to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from platestream.cli.drawing import crop_around
from platestream.cli.evaluate.labels import Corners
from platestream.cli.evaluate.outcomes import PictureOutcome, PlateOutcome
from platestream.cli.sheet import Tile
from platestream.contract.readings import Quad

UInt8Array = NDArray[np.uint8]
Reason = Literal["not found", "misread", "false plate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One miss, with a copy of the part of the picture where it happened."""

    dataset: str
    file: str
    reason: Reason
    expected: str
    got: str
    confidence: float | None
    cutout: UInt8Array

    def tile(self) -> Tile:
        """The miss as a tile of a contact sheet."""
        surety = "" if self.confidence is None else f" {self.confidence:.2f}"
        note = f"{self.reason}{surety} · {self.dataset}/{self.file}"
        unknown = "" if self.reason == "false plate" else "(no text)"
        return Tile(self.cutout, self.expected or unknown, self.got, note)


def misses_of(outcome: PictureOutcome, picture: UInt8Array) -> Iterator[Miss]:
    """Every miss of one picture."""
    for plate in outcome.plates:
        if plate.reading is None:
            yield _missed(outcome, picture, plate, "not found")
        elif plate.label.text and not plate.is_read:
            yield _missed(outcome, picture, plate, "misread")
    for reading in outcome.false_plates:
        yield Miss(
            dataset=outcome.picture.dataset,
            file=outcome.picture.path.name,
            reason="false plate",
            expected="",
            got=reading.plate_number,
            confidence=reading.confidence,
            cutout=crop_around(picture, reading.plate_location, margin=0.6).copy(),
        )


def _missed(
    outcome: PictureOutcome, picture: UInt8Array, plate: PlateOutcome, reason: Reason
) -> Miss:
    cutout = picture
    if plate.label.corners is not None:
        # A missed plate is shown with much around it: the reason often lies there.
        margin = 1.0 if reason == "not found" else 0.15
        cutout = crop_around(picture, _rounded(plate.label.corners), margin=margin)
    return Miss(
        dataset=outcome.picture.dataset,
        file=outcome.picture.path.name,
        reason=reason,
        expected=plate.label.text,
        got=plate.reading.plate_number if plate.reading else "",
        confidence=plate.reading.confidence if plate.reading else None,
        cutout=cutout.copy(),
    )


def _rounded(corners: Corners) -> Quad:
    one, two, three, four = ((round(x), round(y)) for x, y in corners)
    return one, two, three, four
