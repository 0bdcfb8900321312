"""The pages that ``ACCURACY.md`` links: each says when and with what it was measured."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import onnxruntime

from benchmarks.accuracy.conditions.beside import FIGURES
from benchmarks.accuracy.conditions.catalogue import CONDITIONS
from benchmarks.accuracy.conditions.compare import variants_table
from benchmarks.accuracy.conditions.figures import figures_of, pairs_of
from benchmarks.accuracy.diagrams import LEAST_READINGS, diagram, reliability_diagrams
from benchmarks.accuracy.measure import AXES
from benchmarks.accuracy.tables import (
    kinds_table,
    number,
    peers_table,
    percent,
    slice_table,
    table,
    threshold_table,
    times_table,
)
from platestream.cli.capacity.machine import processor
from platestream.cli.evaluate.figures import confidences_of, expected_calibration_error

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.accuracy.results import Run


def write_pages(run: Run, folder: Path, notes: Path) -> None:
    """Write all pages that a run has figures for, and those that are words alone.

    Args:
        run: What was measured.
        folder: Where they go; its old diagrams are removed.
        notes: Folder of the pages that are words.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    pages = {
        "conditions": _conditions(run, folder),
        "confidence": _confidence(run, folder),
        "peers": _peers(run),
        "slices": _slices(run),
    }
    for name in ("steps", "formats", "large-frames"):
        pages[name] = (notes / f"{name}.md").read_text(encoding="utf-8")
    for name, text in pages.items():
        if text:
            (folder / f"{name}.md").write_text(text.strip() + "\n", encoding="utf-8")


def measured_with(run: Run) -> str:
    """Say when a run was, of which model, on what."""
    day = datetime.now(UTC).date().isoformat()
    return f"""Measured on {day} with **{run.model}** on {_hardware()},
onnxruntime {onnxruntime.__version__}, one thread, one picture at a time, default settings."""


def _hardware() -> str:
    return f"{processor()} ({os.cpu_count()} cores, {platform.system()})"


def _conditions(run: Run, folder: Path) -> str:
    if not run.conditions:
        return ""
    parts = [
        f"""# Conditions

Made by `benchmarks/accuracy/conditions` of held-out photos, by a fixed seed; pictures are chosen by
their labels alone. `make accuracy` measures them with all else, and
`python -m benchmarks.accuracy.conditions --data DATA --variants` by themselves.

{measured_with(run)}

- *wrong at 0.8*: of all plates, those for which a text that is not the whole right one was given
  with a confidence of 0.8 or more; a reading whose middle lies in the plate's box is the plate's.
- *kept at 0.8*: read rightly with 0.8 or more.
- *reported*: lettering on which a reading with 0.5 or more lies; *pictures reported*: pictures with
  any such. Type faces and wordings train nothing.
- *color wrong*: of found blue, yellow and green plates, those of which another colour is stated.
- *read as known*: as labelled, where a run of characters that the alphabet lacks is one U+FFFD.
  Such a reading is never *right* in an ECE: the number is not known.
- *said incomplete*: of found plates, those for which the event says `complete: false`.
- All shares are per cent of all plates, found or not, unless said otherwise."""
    ]
    for condition in CONDITIONS:
        measured = run.conditions.get(condition.name)
        if measured is None:
            continue
        figures = {"conditions": {condition.name: figures_of(measured)}}
        of = figures["conditions"][condition.name]
        counts = f"{of['pictures']} pictures, {of['plates']} plates with a known text"
        if of["lettering"]:
            counts = f"{of['pictures']} pictures, {of['lettering']} captions or sheets"
        parts += [
            f"## {condition.title[0].upper()}{condition.title[1:]}",
            f"{counts}. ECE {number(of['figures']['ece'])}.",
            variants_table(figures, condition.name),
            _beside(run, condition.name),
            diagram(f"condition: {condition.name.replace('_', ' ')}", pairs_of(measured), folder),
        ]
    return "\n\n".join(part for part in parts if part)


def _beside(run: Run, name: str) -> str:
    """Other readers on a condition."""
    asked = run.peers_on_conditions.get(name, ())
    if not asked:
        return ""
    what, _ = FIGURES[name]
    rows = [[one.title, str(one.pictures), percent(one.theirs), percent(one.ours)] for one in asked]
    return table(["reader", "pictures", f"{what} %", "ours on the same"], rows)


def _peers(run: Run) -> str:
    if not run.peers:
        return ""
    licences = "\n".join(f"- {title}: {spec.licence}." for title, (spec, _) in run.peers.items())
    asked = [result for result in run.results if result.of.title in run.ours]
    return f"""# Beside other readers

{measured_with(run)}

The same pictures in the same run, each reader in its own environment as its package comes, with
one thread where it lets one say so; found / read in per cent (crops: read). Texts are taken in
upper case without separators. A general text reader knows no plates: it is *given* their places,
all lines inside a plate's box are joined, and it is never charged a false plate. Readers made for
Chinese plates are asked for those alone. Of large sets every n-th picture is taken.

{peers_table(run.results, run.peers, run.ours)}

{times_table(asked, run.peers)}

Mean processor time of all threads per picture, decoding the file included.

{licences}"""


def _confidence(run: Run, folder: Path) -> str:
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
    cross = "\n".join(lines) or "- not recorded in this bundle"
    return f"""# Confidence

{measured_with(run)}

Cross-validated (each car's readings judged by a map fitted without them):

{cross}

As the bundle stands, over the Chinese photo sets: ECE
{number(expected_calibration_error(pairs))} over {len(pairs)} readings.

## Threshold, precision, recall

`vision.min_confidence` leaves out readings below it. Chinese photos, readings of labelled plates:

{threshold_table(chinese, count_false=False)}

The same, a reading where no plate is labelled counted as wrong although part of them are right:

{threshold_table(chinese, count_false=True)}

All sets with known texts, photos and crops:

{threshold_table(every, count_false=False)}

The default threshold is **0**: a reading that is reported with a low confidence can still be
dropped by whoever takes it, one that is left out cannot be brought back; and found but illegible
plates are news to many users. Where only readings to act on are wanted, 0.8 is a good start.

## Reliability

Each dot is a bin: how sure the reader said it was, and how often it was right. Fewer than
{LEAST_READINGS} readings are not drawn. Each condition's diagram stands on
[the conditions' page](conditions.md).

{reliability_diagrams(run, folder)}"""


def _slices(run: Run) -> str:
    tables = "\n\n".join(slice_table(run.plates, axis) for axis in AXES)
    kinds = ""
    if run.kinds:
        kinds = f"""## Special Chinese kinds

{run.rendered} rendered, readable plates of each kind, cut out by their true corners. There are
hardly any photographs of these kinds to measure on; rendered plates (others) are what the
recognizer learnt them from, so this says that they were learnt, not how they do on a street.

{kinds_table(run.kinds)}"""
    return f"""# Slices

{measured_with(run)}

All plates of all sets, none twice. Colour and rows are as read, since labels have none.
Tilt is known for true corners only, light for whole photos only.

{tables}

{kinds}"""
