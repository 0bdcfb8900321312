"""Puts a run's figures into ``ACCURACY.md`` and its diagrams beside it."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import onnxruntime

from benchmarks.accuracy.diagrams import LEAST_READINGS, reliability_diagrams
from benchmarks.accuracy.measure import AXES
from benchmarks.accuracy.tables import (
    kinds_table,
    number,
    peers_table,
    sets_table,
    slice_table,
    threshold_table,
    times_table,
)
from platestream.cli.evaluate.figures import confidences_of, expected_calibration_error

if TYPE_CHECKING:
    from benchmarks.accuracy.results import Run

NOTES: Final = Path(__file__).with_name("notes.md")
DIAGRAMS: Final = "accuracy"


def write_report(run: Run, folder: Path) -> Path:
    """Write ``ACCURACY.md`` and the folder ``accuracy`` with its diagrams; return the former."""
    diagrams = folder / DIAGRAMS
    diagrams.mkdir(parents=True, exist_ok=True)
    for old in diagrams.glob("*.svg"):
        old.unlink()
    parts = [
        _opening(run),
        _sets(run),
        _peers(run),
        _kinds(run),
        _confidence(run, diagrams),
        _slices(run),
        NOTES.read_text(encoding="utf-8"),
    ]
    path = folder / "ACCURACY.md"
    text = "\n\n".join(part.strip() for part in parts if part) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


def _opening(run: Run) -> str:
    day = datetime.now(UTC).date().isoformat()
    return f"""# Accuracy

Written by `python -m benchmarks.accuracy`; do not edit. The words that do not come from
measurements are in `benchmarks/accuracy/notes.md`.

Measured on {day} with **{run.model}** on {_hardware()},
onnxruntime {onnxruntime.__version__}, one thread, one picture at a time, default settings.

- **read**: the whole text exactly as labelled, of all plates with a known text, found or not.
- **found**: a reading whose box overlaps the labelled plate's box by half (IoU 0.5 or more).
- **false per picture**: readings where no plate is labelled. In street scenes and gate photos a
  good part of them are real plates that nobody labelled.
- **ECE**: expected calibration error over ten bins of confidence, of found plates with a known
  text.
- Pictures are the rows marked `dev`, from which no weights were learnt; sets marked *all untrained
  rows* or *all rows* come from sources that trained nothing at all. The confidence map and the
  thresholds were fitted on the same held-out pictures: a few numbers in all, whose error by
  cross-validation stands below. Small sets say little: one plate among 38 is 2.6 points."""


def _hardware() -> str:
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{name} ({os.cpu_count()} cores, {platform.system()})"


def _sets(run: Run) -> str:
    return f"""## Sets

{sets_table(run.results)}

*Aimed at* is found / read in per cent, for crops read alone."""


def _peers(run: Run) -> str:
    if not run.peers:
        return ""
    licences = "\n".join(f"- {title}: {spec.licence}." for title, (spec, _) in run.peers.items())
    asked = [result for result in run.results if result.of.title in run.ours]
    return f"""## Beside other readers

The same pictures in the same run, each reader in its own environment as its package comes, with
one thread where it lets one say so; found / read in per cent (crops: read). Texts are taken in
upper case without separators. A general text reader knows no plates: it is *given* their places,
all lines inside a plate's box are joined, and it is never charged a false plate. Readers made for
Chinese plates are asked for those alone. Of large sets every n-th picture is taken.

{peers_table(run.results, run.peers, run.ours)}

{times_table(asked, run.peers)}

Mean processor time of all threads per picture, decoding the file included.

{licences}"""


def _kinds(run: Run) -> str:
    if not run.kinds:
        return ""
    return f"""## Special Chinese kinds

{run.rendered} rendered, readable plates of each kind, cut out by their true corners. There are
hardly any photographs of these kinds to measure on; rendered plates (others) are what the
recognizer learnt them from, so this says that they were learnt, not how they do on a street.

{kinds_table(run.kinds)}"""


def _confidence(run: Run, diagrams: Path) -> str:
    fitted = run.manifest.metrics.get("calibration", {})
    lines = [
        f"- {name}: ECE {number(of['ece'])} over {of['readings']} readings, {of['wrong']} wrong"
        for name, of in fitted.items()
        if isinstance(of, dict) and "ece" in of
    ]
    chinese = [outcome for result in run.chinese_photos for outcome in result.outcomes]
    every = [outcome for result in run.counted for outcome in result.outcomes]
    plates = [plate for outcome in chinese for plate in outcome.plates if plate.label.text]
    pairs = confidences_of(plates)
    drawn = reliability_diagrams(run, diagrams)
    cross = "\n".join(lines) or "- not recorded in this bundle"
    return f"""## Confidence

Cross-validated (each car's readings judged by a map fitted without them):

{cross}

As the bundle stands, over the Chinese photo sets: ECE
{number(expected_calibration_error(pairs))} over {len(pairs)} readings.

### Threshold, precision, recall

`vision.min_confidence` leaves out readings below it. Chinese photos, readings of labelled plates:

{threshold_table(chinese, count_false=False)}

The same, a reading where no plate is labelled counted as wrong although part of them are right:

{threshold_table(chinese, count_false=True)}

All sets with known texts, photos and crops:

{threshold_table(every, count_false=False)}

The default threshold is **0**: a reading that is reported with a low confidence can still be
dropped by whoever takes it, one that is left out cannot be brought back; and found but illegible
plates are news to many users. Where only readings to act on are wanted, 0.8 is a good start.

### Reliability

Each dot is a bin: how sure the reader said it was, and how often it was right. Fewer than
{LEAST_READINGS} readings are not drawn.

{drawn}"""


def _slices(run: Run) -> str:
    tables = "\n\n".join(slice_table(run.plates, axis) for axis in AXES)
    return f"""## Slices

All plates of all sets above, none twice. Colour and rows are as read, since labels have none.
Tilt is known for true corners only, light for whole photos only.

{tables}"""
