"""Reads the conditions, and the labelled sets beside them, and keeps the figures."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from benchmarks.accuracy.conditions.catalogue import CONDITIONS, Condition, build
from benchmarks.accuracy.conditions.figures import (
    figures_of,
    found,
    pairs_of,
    read,
)
from benchmarks.accuracy.conditions.made import read_notes
from benchmarks.accuracy.conditions.measured import Measured, bare
from benchmarks.accuracy.sets import SETS
from platestream.cli.evaluate.figures import (
    confidences_of,
    expected_calibration_error,
    picture_rates,
    rates,
)
from platestream.cli.evaluate.labels import read_labels
from platestream.cli.evaluate.measure import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from platestream.cli.evaluate.labels import LabelledPicture
    from platestream.cli.evaluate.outcomes import PictureOutcome
    from platestream.vision.reader import PlateReader
    from platestream.vision.settings import PictureLimits

    Judge = Callable[[list[LabelledPicture]], Sequence[PictureOutcome]]

WORLD_SET: Final = "world photos (Open Images)"
# Plates narrower than this are hardly legible, and not always labelled.
LEAST_WIDTH: Final = 48.0


@dataclass(slots=True)
class Tally:
    """All figures of a run, ready for JSON, and the readings behind its calibration.

    Attributes:
        figures: By condition, by set, over everything.
        pairs: By condition: ``(confidence, is right)``.
    """

    figures: dict[str, Any] = field(default_factory=dict)
    pairs: dict[str, list[tuple[float, bool]]] = field(default_factory=dict)


def measure(
    reader: PlateReader,
    limits: PictureLimits,
    data: Path,
    into: Path,
    *,
    only: Sequence[str] = (),
    sets: bool = True,
    limit: int | None = None,
    set_limit: int | None = None,
) -> Tally:
    """Read all conditions and, unless told otherwise, the held-out rows of all sets.

    Args:
        reader: What reads.
        limits: Of pictures.
        data: Folder of the data sets.
        into: Where the conditions' folders are, or are made.
        only: Names of conditions; all when empty.
        sets: Whether the sets are read too; without them there is no figure over everything.
        limit: Most pictures of each condition, for a quick look.
        set_limit: Most pictures of each folder of the sets.
    """
    tally = Tally(figures={"model": str(reader.model)})
    started = time.monotonic()

    def judge(pictures: list[LabelledPicture]) -> Sequence[PictureOutcome]:
        return evaluate(pictures, reader, limits).outcomes

    conditions: dict[str, Any] = {}
    for condition in CONDITIONS:
        if not only or condition.name in only:
            measured = measure_condition(condition, data, into, judge, limit)
            conditions[condition.name] = figures_of(measured)
            tally.pairs[condition.name] = pairs_of(measured)
            say(f"{condition.title}: {len(measured.outcomes)} pictures")
    tally.figures["conditions"] = conditions
    if sets:
        tally.figures["sets"] = _sets(data, judge, tally, set_limit)
        everything = [pair for pairs in tally.pairs.values() for pair in pairs]
        tally.figures["everything"] = {
            "readings": len(everything),
            "ece": expected_calibration_error(everything),
        }
    say(f"{time.monotonic() - started:.0f} s")
    return tally


def measure_condition(
    condition: Condition, data: Path, into: Path, judge: Judge, limit: int | None = None
) -> Measured:
    """Make a condition's folder if need be, and let a reader judge it."""
    folder = build(condition, data, into)
    pictures = _thinned(read_labels([folder / "labels.csv"]), limit)
    notes = read_notes(folder)
    return Measured(
        name=condition.name,
        outcomes=tuple(judge(pictures)),
        notes=tuple(notes[picture.path.name] for picture in pictures),
    )


def _sets(data: Path, judge: Judge, tally: Tally, limit: int | None) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for chosen in SETS:
        # A set of "all rows" has its held-out part as a set of its own.
        if chosen.every_row or not all((data / folder).is_dir() for folder in chosen.folders):
            continue
        outcomes = judge(chosen.pictures(data, limit))
        plates = [plate for outcome in outcomes for plate in outcome.plates]
        of = rates(plates)
        figures[chosen.title] = {
            "pictures": len(outcomes),
            "false_per_picture": picture_rates(outcomes)["false_per_picture"],
            **{name: of[name] for name in ("plates", "found", "read", "ece")},
        }
        if chosen.title == WORLD_SET:
            world = Measured(name="world", outcomes=tuple(outcomes), notes=bare(outcomes))
            figures[chosen.title] |= {
                "found_from_48_px": found(world, least_width=LEAST_WIDTH),
                "read": read(world),
            }
        tally.pairs[chosen.title] = confidences_of(plates)
        say(f"{chosen.title}: {len(outcomes)} pictures")
    return figures


def _thinned(pictures: list[LabelledPicture], limit: int | None) -> list[LabelledPicture]:
    step = max(1, -(-len(pictures) // limit)) if limit else 1
    return pictures[::step]


def say(text: str) -> None:
    """Tell how far a run is."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
