"""What a reader made of a condition's pictures."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.accuracy.conditions.made import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from platestream.cli.evaluate.outcomes import PictureOutcome, PlateOutcome
    from platestream.contract.readings import PlateReading

    Points = Sequence[tuple[float, float]]

# Lettering is laid exactly, and a reader's box is a little larger.
_REACH: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A condition's outcomes, each with what its folder knows of the picture."""

    name: str
    outcomes: tuple[PictureOutcome, ...]
    notes: tuple[Note, ...]

    def where(self, keep: Callable[[str], bool]) -> Measured:
        """Return the part whose variants are wanted."""
        pairs = [
            (outcome, note)
            for outcome, note in zip(self.outcomes, self.notes, strict=True)
            if keep(note.variant)
        ]
        return Measured(
            name=self.name,
            outcomes=tuple(outcome for outcome, _ in pairs),
            notes=tuple(note for _, note in pairs),
        )

    @property
    def plates(self) -> list[PlateOutcome]:
        """All plates whose text is known."""
        return [plate for outcome in self.outcomes for plate in outcome.plates if plate.label.text]


def all_readings(outcome: PictureOutcome) -> list[PlateReading]:
    """Return everything that was read in a picture."""
    matched = [plate.reading for plate in outcome.plates if plate.reading is not None]
    return [*matched, *outcome.false_plates]


def lies_in(reading: PlateReading, place: Points) -> bool:
    """Whether the middle of a reading lies in a box, or just beside it."""
    if not place:
        return False
    xs, ys = [x for x, _ in place], [y for _, y in place]
    room = _REACH * (max(ys) - min(ys))
    x = statistics.fmean(x for x, _ in reading.plate_location)
    y = statistics.fmean(y for _, y in reading.plate_location)
    return min(xs) - room <= x <= max(xs) + room and min(ys) - room <= y <= max(ys) + room


def bare(outcomes: Sequence[PictureOutcome]) -> tuple[Note, ...]:
    """Return notes for pictures of which nothing more is known than their labels."""
    return (Note(variant="", places=(), colors=()),) * len(outcomes)
