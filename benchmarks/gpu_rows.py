"""The rows of the GPU table: what came of each variant, and whether it gave the CPU's plates."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCHES: Final = (1, 8, 32)
_CONFIDENCE: Final = 0.01
Plates = list[list[tuple[str, float]]]
"""Text and confidence of each plate of each picture."""


@dataclass(slots=True, kw_only=True)
class Row:
    """What came of a variant.

    Attributes:
        name: Of the variant.
        ran_on: The provider that ran it.
        start_s: Loading, building and warming up.
        frames_per_second: By batch size.
        ms_per_frame: By batch size.
        same_plates: Whether its plates are those of the CPU.
        confidence_off: The largest difference of a confidence.
        not_run: Why there are no figures; empty where there are.
    """

    name: str
    ran_on: str = ""
    start_s: float = 0.0
    frames_per_second: dict[int, float] = field(default_factory=dict)
    ms_per_frame: dict[int, float] = field(default_factory=dict)
    same_plates: bool = False
    confidence_off: float = 0.0
    not_run: str = ""


def compare(plates: Plates, expected: Plates) -> tuple[bool, float]:
    """Whether two readings of the same pictures have the same plates, and how far they differ."""
    texts = [[text for text, _ in one] for one in plates]
    if texts != [[text for text, _ in one] for one in expected]:
        return False, 1.0
    pairs = zip(chain(*plates), chain(*expected), strict=True)
    return True, max((abs(a - b) for (_, a), (_, b) in pairs), default=0.0)


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| variant | ran on | start, s | "
        + " | ".join(f"frames/s, batch {batch}" for batch in BATCHES)
        + " | same plates | confidence off by |",
        "| --- " * (5 + len(BATCHES)) + "|",
    ]
    for row in rows:
        if row.not_run:
            lines.append(f"| {row.name} | not run: {row.not_run} |" + " |" * (3 + len(BATCHES)))
            continue
        rates = [f"{row.frames_per_second.get(batch, '')}" for batch in BATCHES]
        cells = [row.name, row.ran_on.removesuffix("ExecutionProvider"), f"{row.start_s:g}", *rates]
        cells += ["yes" if row.same_plates else "NO", f"{row.confidence_off:g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def is_good(rows: Sequence[Row]) -> bool:
    """Whether something ran, and all that ran gave the CPU's plates."""
    ran = [row for row in rows if not row.not_run]
    return bool(ran) and all(row.same_plates and row.confidence_off <= _CONFIDENCE for row in ran)
