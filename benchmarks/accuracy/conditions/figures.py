"""What is asked of each condition, as figures over its outcomes. All shares are 0..1."""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING, Any, Final

from benchmarks.accuracy.conditions.measured import Measured, all_readings, lies_in
from platestream.cli.evaluate.figures import expected_calibration_error
from platestream.cli.evaluate.outcomes import plate_width
from platestream.contract.readings import PlateColor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from platestream.cli.evaluate.outcomes import PlateOutcome

SURE: Final = 0.8
VERY_SURE: Final = 0.95
REPORTED: Final = 0.5
UNKNOWN: Final = "\ufffd"
# What a reader of Chinese and Latin plates can be asked to write; umlauts are on German plates.
_UNKNOWN_RUN: Final = re.compile(r"[^0-9A-ZÄÖÜ\u4e00-\u9fff]+")


def wrong_at(measured: Measured, threshold: float) -> float | None:
    """Share of plates for which a wrong text was given with at least a confidence.

    Every reading whose middle lies in the plate's box is the plate's, however badly it covers it: a
    reader that takes the visible part for a whole plate has read it wrongly.
    """
    return _share(
        any(
            reading.plate_number != plate.label.text and reading.confidence >= threshold
            for reading in all_readings(outcome)
            if reading is plate.reading or lies_in(reading, plate.label.corners or ())
        )
        for outcome in measured.outcomes
        for plate in outcome.plates
        if plate.label.text
    )


def kept_at(measured: Measured, threshold: float) -> float | None:
    """Share of plates that were read rightly with at least a confidence."""
    return _share(
        plate.is_read and plate.reading is not None and plate.reading.confidence >= threshold
        for plate in measured.plates
    )


def said_incomplete(measured: Measured) -> float | None:
    """Share of found plates of which the reader says that a part of the number is not seen."""
    return _share(
        plate.reading.complete is False for plate in measured.plates if plate.reading is not None
    )


def read(measured: Measured) -> float | None:
    """Share of plates whose whole text was read."""
    return _share(plate.is_read for plate in measured.plates)


def found(measured: Measured, *, least_width: float = 0.0) -> float | None:
    """Share of plates, with a known text or not, that were found.

    Args:
        measured: What was measured.
        least_width: Only plates at least so many pixels wide.
    """
    return _share(
        plate.reading is not None
        for outcome in measured.outcomes
        for plate in outcome.plates
        if plate.label.corners is not None and plate_width(plate.label.corners) >= least_width
    )


def reported(measured: Measured, *, by_picture: bool) -> float | None:
    """Share of the lettering (or of the pictures with any) that a reader takes for a plate."""
    taken = [
        [
            any(r.confidence >= REPORTED and lies_in(r, place) for r in all_readings(outcome))
            for place in note.places
        ]
        for outcome, note in zip(measured.outcomes, measured.notes, strict=True)
    ]
    if by_picture:
        return _share(any(one) for one in taken)
    return _share(is_taken for one in taken for is_taken in one)


def wrong_color(measured: Measured) -> float | None:
    """Share of found blue, yellow and green plates for which another colour is stated."""
    return _share(
        plate.reading.plate_color.value not in (color, PlateColor.UNKNOWN.value)
        for outcome, note in zip(measured.outcomes, measured.notes, strict=True)
        for plate, color in zip(outcome.plates, note.colors, strict=True)
        if color and plate.reading is not None
    )


def read_as_known(measured: Measured) -> float | None:
    """Share of plates whose text was read but for what stands for unknown characters."""
    return _share(_is_right_as_known(plate) for plate in measured.plates)


def _is_right_as_known(plate: PlateOutcome) -> bool:
    said = plate.reading.plate_number if plate.reading is not None else ""
    return bool(said) and in_known_characters(said) == in_known_characters(plate.label.text)


def in_known_characters(text: str) -> str:
    """Return a text with each run of characters that no reader of ours knows as one U+FFFD."""
    return _UNKNOWN_RUN.sub(UNKNOWN, text)


def pairs_of(measured: Measured) -> list[tuple[float, bool]]:
    """``(confidence, is right)`` of readings of plates with a known text, and of lettering.

    A reading with characters that the reader does not know is not right: it is no number that
    anyone could look up.
    """
    pairs = [
        (plate.reading.confidence, plate.is_read and UNKNOWN not in plate.label.text)
        for plate in measured.plates
        if plate.reading is not None
    ]
    return pairs + [
        (reading.confidence, False)
        for outcome, note in zip(measured.outcomes, measured.notes, strict=True)
        for reading in outcome.false_plates
        if any(lies_in(reading, place) for place in note.places)
    ]


def figures_of(measured: Measured) -> dict[str, Any]:
    """Return a condition's figures."""
    own = _FIGURES[measured.name](measured)
    pairs = pairs_of(measured)
    return {
        "pictures": len(measured.outcomes),
        "plates": len(measured.plates),
        "lettering": sum(len(note.places) for note in measured.notes),
        "figures": {**own, "ece": expected_calibration_error(pairs)},
        "variants": {
            variant: _FIGURES[measured.name](
                measured.where(lambda name, wanted=variant: name == wanted)  # type: ignore[misc]
            )
            for variant in dict.fromkeys(note.variant for note in measured.notes)
        },
    }


def _parts_missing(measured: Measured) -> dict[str, float | None]:
    return {
        "wrong_at_0.8": wrong_at(measured, SURE),
        "wrong_at_0.95": wrong_at(measured, VERY_SURE),
        "said_incomplete": said_incomplete(measured),
        "read": read(measured),
    }


def _whole(measured: Measured) -> dict[str, float | None]:
    return {
        "kept_at_0.8": kept_at(measured, SURE),
        "said_incomplete": said_incomplete(measured),
        "read": read(measured),
    }


def _plates(measured: Measured) -> dict[str, float | None]:
    return {
        "found": found(measured),
        "read": read(measured),
        "wrong_at_0.95": wrong_at(measured, VERY_SURE),
    }


def _two_rows(measured: Measured) -> dict[str, float | None]:
    return {**_plates(measured), "read": read_as_known(measured)}


def _close_ups(measured: Measured) -> dict[str, float | None]:
    near = measured.where(lambda variant: variant != "50 %")
    return {**_plates(measured), "read_from_65": read(near)}


def _grey(measured: Measured) -> dict[str, float | None]:
    return {"color_wrong": wrong_color(measured), "read": read(measured)}


def _lettering(measured: Measured) -> dict[str, float | None]:
    return {
        "pictures_reported": reported(measured, by_picture=True),
        "reported": reported(measured, by_picture=False),
    }


def _scripts(measured: Measured) -> dict[str, float | None]:
    pairs = pairs_of(measured)
    return {
        "mean_confidence": statistics.fmean(one for one, _ in pairs) if pairs else None,
        "read_as_known": read_as_known(measured),
        "found": found(measured),
    }


_FIGURES: Final[Mapping[str, Callable[[Measured], dict[str, float | None]]]] = {
    "cut": _parts_missing,
    "covered": _parts_missing,
    "whole": _whole,
    "close_ups": _close_ups,
    "small": _plates,
    "grey": _grey,
    "captions": _lettering,
    "sheets": _lettering,
    "scripts": _scripts,
    "two_rows": _two_rows,
    "us": _plates,
}


def _share(values: Iterable[bool]) -> float | None:
    counted = list(values)
    return sum(counted) / len(counted) if counted else None
