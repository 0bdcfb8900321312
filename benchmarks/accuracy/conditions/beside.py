"""Other readers on the conditions, as far as they can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.accuracy.conditions.figures import SURE, read, read_as_known, wrong_at
from benchmarks.accuracy.conditions.measured import Measured
from platestream.cli.evaluate.outcomes import PROVINCES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.accuracy.peers.client import Peer
    from platestream.cli.evaluate.outcomes import PictureOutcome

# What is asked of all readers: a share, and what it is called. Lettering and scripts are left out:
# a reader of text is right to report the one, and no reader of Chinese plates knows the other.
FIGURES: Final[Mapping[str, tuple[str, Callable[[Measured], float | None]]]] = {
    "cut": (f"wrong at {SURE:g} or more", lambda measured: wrong_at(measured, SURE)),
    "covered": (f"wrong at {SURE:g} or more", lambda measured: wrong_at(measured, SURE)),
    "whole": ("read", read),
    "close_ups": ("read", read),
    "small": ("read", read),
    "grey": ("read", read),
    "two_rows": ("read", read_as_known),
    "us": ("read", read),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One peer's figure on a condition, and ours on the same pictures."""

    title: str
    pictures: int
    theirs: float | None
    ours: float | None


def ask(peer: Peer, measured: Measured, most: int | None) -> Beside | None:
    """Ask a peer for a condition's pictures; None where it cannot be asked.

    Args:
        peer: A running peer; one that is made for Chinese plates is asked for those alone.
        measured: What our reader made of the condition.
        most: Most pictures, evenly spread.
    """
    if measured.name not in FIGURES:
        return None
    chosen = [
        index
        for index, outcome in enumerate(measured.outcomes)
        if not peer.spec.chinese_only or _is_chinese(outcome)
    ]
    step = max(1, -(-len(chosen) // most)) if most else 1
    chosen = chosen[::step]
    if not chosen:
        return None
    notes = tuple(measured.notes[index] for index in chosen)
    ours = tuple(measured.outcomes[index] for index in chosen)
    theirs = tuple(peer.outcomes([outcome.picture for outcome in ours]))
    _, figure = FIGURES[measured.name]
    return Beside(
        title=peer.title,
        pictures=len(chosen),
        theirs=figure(Measured(name=measured.name, outcomes=theirs, notes=notes)),
        ours=figure(Measured(name=measured.name, outcomes=ours, notes=notes)),
    )


def _is_chinese(outcome: PictureOutcome) -> bool:
    return all(plate.label.text[:1] in PROVINCES for plate in outcome.plates)
