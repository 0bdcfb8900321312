"""Small charts as SVG, for reports that must stand alone.

A plotting library would bring its own fonts, colours and megabytes; these few charts have to follow
the report's light or dark theme through CSS classes, which is what this package is for. Every chart
carries a title and a description, so that a screen reader can say what it shows.
"""

import math
from collections.abc import Sequence

from platestream.cli.charts.figure import Axis, Figure, nice_axis


def even_edges(values: Sequence[float], *, bins: int) -> list[float]:
    """``bins`` + 1 evenly spaced edges from zero to a round number at or above every value."""
    high = nice_axis("", values, low=0.0).high
    return [high * index / bins for index in range(bins + 1)]


def histogram_counts(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """How many values fall between each pair of neighbouring edges; the last edge is included."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        for index in range(len(counts)):
            is_last = index == len(counts) - 1
            if edges[index] <= value < edges[index + 1] or (is_last and value == edges[-1]):
                counts[index] += 1
                break
    return counts


def histogram(
    values: Sequence[float],
    *,
    edges: Sequence[float],
    x_title: str,
    y_title: str,
    title: str,
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """A histogram over given bin edges, with vertical marks (value, label) such as percentiles."""
    counts = histogram_counts(values, edges)
    chart = Figure(
        title,
        f"Histogram of {len(values)} values: {x_title} against {y_title}. "
        + " ".join(f"{label}." for _, label in marks),
        Axis(x_title, edges[0], edges[-1]),
        nice_axis(y_title, [float(number) for number in counts], low=0.0),
    )
    for index, number in enumerate(counts):
        if number:
            hint = f"{edges[index]:g} to {edges[index + 1]:g}: {number}"
            chart.bar((edges[index], edges[index + 1]), (0.0, float(number)), "bar", hint)
    for value, label in marks:
        chart.mark(value, label)
    return chart.text()


def scatter(
    points: Sequence[tuple[float, float]],
    *,
    x_title: str,
    y_title: str,
    title: str,
    flagged: Sequence[tuple[float, float]] = (),
) -> str:
    """Points over time or another measure; ``flagged`` ones are drawn in the warning colour."""
    every = [*points, *flagged]
    chart = Figure(
        title,
        f"Scatter plot of {len(every)} points: {x_title} against {y_title}.",
        nice_axis(x_title, [x for x, _ in every], low=0.0),
        nice_axis(y_title, [y for _, y in every], low=0.0),
    )
    for kind, group in (("dot", points), ("dot-2", flagged)):
        for x, y in group:
            chart.dot(x, y, 2.6, kind, f"{x:g}, {y:.1f}")
    return chart.text()


def reliability(bins: Sequence[tuple[float, float, int]], *, title: str) -> str:
    """A reliability diagram.

    Args:
        bins: For each filled bin its mean confidence, its share of right reads (both 0..1) and the
            number of reads in it.
        title: What the diagram shows.
    """
    total = sum(number for _, _, number in bins)
    chart = Figure(
        title,
        f"Reliability diagram over {total} reads: the diagonal is perfect calibration. "
        + " ".join(f"At {conf:.2f} {right:.0%} of {n} are right." for conf, right, n in bins),
        Axis("confidence said", 0.0, 1.0),
        Axis("share that is right", 0.0, 1.0),
    )
    chart.line((0.0, 1.0), (0.0, 1.0), "ideal")
    for confidence, right, number in bins:
        slot = min(int(confidence * 10), 9) / 10
        hint = f"{number} reads, mean confidence {confidence:.3f}, right {right:.1%}"
        width = (slot + 0.006, slot + 0.094)
        low, high = min(confidence, right), max(confidence, right)
        chart.bar(width, (0.0, low), "bar", hint)
        chart.bar(width, (low, high), "bar-2", hint)
    for confidence, right, number in bins:
        radius = 2.5 + 5.0 * math.sqrt(number / total)
        chart.dot(confidence, right, radius, "dot-2", f"{number} reads")
    return chart.text()
