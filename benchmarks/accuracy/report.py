"""Puts a run's figures into ``ACCURACY.md``: one page, which links to all the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.accuracy.conditions.compare import asked_table
from benchmarks.accuracy.conditions.figures import figures_of, found, pairs_of, read
from benchmarks.accuracy.conditions.measure import LEAST_WIDTH, WORLD_SET
from benchmarks.accuracy.conditions.measured import Measured, bare
from benchmarks.accuracy.pages import measured_with, write_pages
from benchmarks.accuracy.tables import sets_table
from platestream.cli.evaluate.figures import confidences_of, expected_calibration_error

if TYPE_CHECKING:
    from typing import Any

    from benchmarks.accuracy.results import Run

NOTES: Final = Path(__file__).with_name("notes")
DIAGRAMS: Final = "accuracy"


def write_report(run: Run, folder: Path) -> Path:
    """Write ``ACCURACY.md`` and the folder ``accuracy`` with its pages; return the former.

    The page on other readers is written only if they were asked: else the last one stays, which
    says when and with what it was measured.
    """
    write_pages(run, folder / DIAGRAMS, NOTES)
    limits = (NOTES / "limits.md").read_text(encoding="utf-8")
    parts = [_opening(run), _sets(run), _conditions(run), _further(), limits]
    path = folder / "ACCURACY.md"
    text = "\n\n".join(part.strip() for part in parts if part) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


def _opening(run: Run) -> str:
    return f"""# Accuracy

Written by `make accuracy`; do not edit. {measured_with(run)}

- **read**: the whole text exactly as labelled, of all plates with a known text, found or not.
- **found**: a reading whose box overlaps the labelled plate's box by half (IoU 0.5 or more).
- **false per picture**: readings where no plate is labelled. In street scenes and gate photos a
  good part of them are real plates that nobody labelled.
- **ECE**: expected calibration error over ten bins of confidence, of found plates with a known
  text.
- Pictures are the rows marked `dev`, from which no weights were learnt; sets marked *all untrained
  rows* or *all rows* come from sources that trained nothing at all. The confidence map and the
  thresholds were fitted on the same held-out pictures: [confidence](accuracy/confidence.md) has the
  error by cross-validation. Small sets say little: one plate among 38 is 2.6 points."""


def _sets(run: Run) -> str:
    return f"""## Sets

{sets_table(run.results)}

*Aimed at* is found / read in per cent, for crops read alone."""


def _conditions(run: Run) -> str:
    if not run.conditions:
        return ""
    return f"""## Conditions

What a road camera really sends, made of the held-out photos by a fixed seed
([how, and every variant](accuracy/conditions.md)). *Goal* and *must* in the last column say what is
reached; *short* that it is not.

{asked_table(figures_of_run(run))}"""


def figures_of_run(run: Run) -> dict[str, Any]:
    """Return a run's figures in the form of ``benchmarks.accuracy.conditions --save``."""
    pairs = [pair for measured in run.conditions.values() for pair in pairs_of(measured)]
    pairs += confidences_of([one.outcome for one in run.plates])
    figures: dict[str, Any] = {
        "model": run.model,
        "conditions": {name: figures_of(of) for name, of in run.conditions.items()},
        "everything": {"readings": len(pairs), "ece": expected_calibration_error(pairs)},
        "sets": {},
    }
    for result in run.results:
        if result.of.title == WORLD_SET:
            world = Measured(name="world", outcomes=result.outcomes, notes=bare(result.outcomes))
            figures["sets"][WORLD_SET] = {
                "found_from_48_px": found(world, least_width=LEAST_WIDTH),
                "read": read(world),
            }
    return figures


def _further() -> str:
    return """## Further

| | |
|---|---|
| [conditions](accuracy/conditions.md) | cut, covered, close up, grey; captions; other scripts |
| [confidence](accuracy/confidence.md) | cross-validation, thresholds, reliability diagrams |
| [other readers](accuracy/peers.md) | the same pictures by three other packages |
| [slices](accuracy/slices.md) | by height, blur, tilt, light, colour, province; special kinds |
| [steps](accuracy/steps.md) | what reading does beyond one pass, and what each step brought |
| [number formats](accuracy/formats.md) | what the regions' formats do to readings |
| [large frames](accuracy/large-frames.md) | small plates in 4K, on smaller and larger canvases |"""
