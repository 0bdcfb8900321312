"""What an evaluation leaves behind: figures, misses, plots and one report."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from platestream.cli.charts import histogram, reliability
from platestream.cli.charts.figure import standalone
from platestream.cli.evaluate.figures import calibration_bins, confidences_of
from platestream.cli.evaluate.measure import Evaluation
from platestream.cli.evaluate.misses import Miss, contact_sheet
from platestream.cli.report import data_uri, inline, percent, write_png, write_report

SLICE_TITLES: Final = {
    "dataset": "data set",
    "kind": "kind of label",
    "height": "height of the plate in pixels",
    "province": "province character of the label",
    "color": "background colour as read",
    "rows": "rows of text as read",
    "clip": "clip, frame by frame",
}
_RELIABILITY_WORDS: Final = (
    "Each dot: what confidence was said and what share was read rightly. Red: the gap between."
)
_TENTHS: Final = [index / 10 for index in range(11)]


def write_output(
    folder: Path, evaluation: Evaluation, figures: Mapping[str, Any], *, model: str, split: str
) -> Path:
    """Write ``figures.json``, ``misses.csv``, ``misses.png``, ``reliability.svg``, ``report.html``.

    Returns:
        The report.

    Raises:
        OSError: If something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, ensure_ascii=False, indent=2)
    (folder / "figures.json").write_text(text + "\n", encoding="utf-8")
    _write_misses(folder / "misses.csv", evaluation.misses)
    sheet = contact_sheet([miss.tile() for miss in evaluation.misses], title="Misses")
    write_png(folder / "misses.png", sheet)
    plates = [plate for outcome in evaluation.outcomes for plate in outcome.plates]
    pairs = confidences_of(plates)
    diagram = reliability(calibration_bins(pairs), title="Reliability of the confidence")
    (folder / "reliability.svg").write_text(standalone(diagram), encoding="utf-8")
    confidences = histogram(
        [confidence for confidence, _ in pairs],
        edges=_TENTHS,
        x_title="confidence said",
        y_title="plates",
        title="How the confidence spreads",
    )
    report = folder / "report.html"
    write_report(
        report,
        "evaluate.html.j2",
        title="Evaluation of the plate reader",
        figures=figures,
        model=model,
        split=split,
        slice_titles=SLICE_TITLES,
        charts=[
            (inline(diagram), _RELIABILITY_WORDS),
            (inline(confidences), "Plates that were found and have a known text."),
        ],
        misses=evaluation.misses,
        sheet=data_uri(sheet),
        errors=[(o.picture.path.name, o.error) for o in evaluation.outcomes if o.error],
    )
    return report


def print_figures(console: Console, figures: Mapping[str, Any]) -> None:
    """Show the totals and the slices by data set and by height."""
    totals = Table(title="Evaluation", title_justify="left", show_header=False)
    totals.add_column("figure")
    totals.add_column("value", justify="right")
    for name, value in _totals(figures):
        totals.add_row(name, value)
    console.print(totals)
    for axis in ("dataset", "height", "color", "clip"):
        if not figures["slices"][axis]:
            continue
        table = Table(title=f"By {SLICE_TITLES[axis]}", title_justify="left")
        table.add_column(axis)
        columns = ["plates", "found", "read", "but for the province", "ECE"]
        if axis == "dataset":
            columns += ["pictures", "false per picture"]
        for column in columns:
            table.add_column(column, justify="right")
        for group, rates in figures["slices"][axis].items():
            shares = (percent(rates[name]) for name in ("found", "read", "read_but_province"))
            cells = [group, str(rates["plates"]), *shares, _number(rates["ece"], 3)]
            if axis == "dataset":
                cells += [str(rates["pictures"]), _number(rates["false_per_picture"], 3)]
            table.add_row(*cells)
        console.print(table)


def _totals(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("pictures", str(figures["pictures"])),
        ("unreadable pictures", str(figures["unreadable_pictures"])),
        ("labelled plates", str(figures["plates"])),
        ("found", percent(figures["found"], 2)),
        ("read exactly", percent(figures["read"], 2)),
        ("read but for the province", percent(figures["read_but_province"], 2)),
        ("false plates per picture", _number(figures["false_per_picture"], 3)),
        ("calibration error (ECE)", _number(figures["ece"], 4)),
        ("… false plates counted as wrong", _number(figures["ece_with_false"], 4)),
        ("corner error, plate widths", _number(figures["corner_error"], 4)),
        ("time per picture, median ms", _number(figures["ms_per_picture"], 1)),
    ]


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _write_misses(path: Path, misses: Sequence[Miss]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["dataset", "file", "reason", "expected", "read", "confidence"])
        for miss in misses:
            surety = "" if miss.confidence is None else f"{miss.confidence:.4f}"
            writer.writerow([miss.dataset, miss.file, miss.reason, miss.expected, miss.got, surety])
