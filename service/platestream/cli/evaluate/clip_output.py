"""What an evaluation of clips leaves behind: figures, passages and what each frame was read as."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from platestream.cli.evaluate.passages import ClipOutcome
from platestream.cli.report import percent


def write_clip_output(
    folder: Path, outcomes: Sequence[ClipOutcome], figures: Mapping[str, Any]
) -> Path:
    """Write ``figures.json``, ``passages.csv`` and ``sightings.jsonl`` (a line for each frame).

    Returns:
        The list of passages.

    Raises:
        OSError: If something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, ensure_ascii=False, indent=2)
    (folder / "figures.json").write_text(text + "\n", encoding="utf-8")
    passages = folder / "passages.csv"
    with passages.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(
            ["clip", "expected", "number", "confidence", "looks", "dwell_ms", "direction"]
        )
        for outcome in outcomes:
            expected = " ".join(outcome.clip.texts)
            for one in outcome.passages:
                sure = f"{one.confidence:.4f}"
                row = [outcome.clip.name, expected, one.plate_number, sure]
                rows.writerow([*row, one.looks, one.dwell_ms, one.direction.value])
            if not outcome.passages:
                rows.writerow([outcome.clip.name, expected, "", "", 0, 0, ""])
    with (folder / "sightings.jsonl").open("w", encoding="utf-8") as stream:
        for outcome in outcomes:
            for frame, sightings in zip(outcome.clip.frames, outcome.seen, strict=True):
                line = {
                    "clip": outcome.clip.name,
                    "frame": frame.index,
                    "seconds": frame.seconds,
                    "texts": frame.texts,
                    "sightings": [
                        {
                            "number": one.plate_number,
                            "confidence": one.confidence,
                            "corners": one.plate_location,
                            "complete": one.complete,
                            "characters": one.char_confidences,
                        }
                        for one in sightings
                    ],
                }
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    return passages


def print_clip_figures(console: Console, figures: Mapping[str, Any]) -> None:
    """Show the account of the vehicles, and single frames beside the vote."""
    table = Table(title="Passages", title_justify="left", show_header=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name in ("clips", "frames", "unreadable_pictures"):
        table.add_row(name.replace("_", " "), str(figures[name]))
    for name, count in figures["passages"].items():
        table.add_row(name, str(count))
    table.add_row("read, single frames", percent(figures["single_frame_read"], 2))
    table.add_row("read, by vote", percent(figures["voted_read"], 2))
    console.print(table)
