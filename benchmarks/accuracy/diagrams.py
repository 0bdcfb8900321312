"""The report's reliability diagrams, one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.accuracy.measure import AXES, Plate
from benchmarks.accuracy.tables import number, percent
from platestream.cli.charts import reliability
from platestream.cli.charts.figure import standalone
from platestream.cli.evaluate.figures import (
    calibration_bins,
    confidences_of,
    expected_calibration_error,
    height_class,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.accuracy.results import Run

# A diagram of fewer readings shows chance, not calibration.
LEAST_READINGS: Final = 25


def reliability_diagrams(run: Run, folder: Path) -> str:
    """Draw a diagram of every group with enough readings; return the Markdown that shows them.

    Args:
        run: What was measured.
        folder: Where the diagrams go, and the page that shows them.
    """
    groups: dict[str, Callable[[Plate], str]] = {
        "kind": AXES["kind of plate and picture"],
        "colour": AXES["background colour as read"],
        "height": lambda plate: height_class(plate.outcome.height),
    }
    chosen: list[tuple[str, list[Plate]]] = [
        ("Chinese photos", [p for r in run.chinese_photos for p in r.plates]),
        ("everything", run.plates),
    ]
    for axis, slice_of in groups.items():
        found: dict[str, list[Plate]] = {}
        for plate in run.plates:
            found.setdefault(slice_of(plate), []).append(plate)
        chosen += [(f"{axis}: {name}", members) for name, members in sorted(found.items())]
    images = [
        diagram(
            title,
            confidences_of([one.outcome for one in members if one.outcome.label.text]),
            folder,
        )
        for title, members in chosen
    ]
    return "\n\n".join(image for image in images if image)


def diagram(title: str, pairs: Sequence[tuple[float, bool]], folder: Path) -> str:
    """Draw one diagram into a folder; return the Markdown that shows it from a page there.

    Args:
        title: Of what it is.
        pairs: ``(confidence, is right)``; too few give no diagram and no text.
        folder: Where it goes.
    """
    if len(pairs) < LEAST_READINGS:
        return ""
    name = "".join(char if char.isalnum() and char.isascii() else "-" for char in title)
    file = f"reliability-{name.lower()}.svg"
    svg = standalone(reliability(calibration_bins(pairs), title=f"Reliability: {title}"))
    (folder / file).write_text(svg, encoding="utf-8")
    share = sum(right for _, right in pairs) / len(pairs)
    error = number(expected_calibration_error(pairs))
    return (
        f"**{title}**: {len(pairs)} readings, {percent(share)} % right, ECE {error}\n\n"
        f"![Reliability diagram, {title}]({file})"
    )
