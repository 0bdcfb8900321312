"""Whether the confidence says how often a reading is right."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Final

from platestream.cli.evaluate.outcomes import PlateOutcome

BINS: Final = 10


def confidences_of(plates: Iterable[PlateOutcome]) -> list[tuple[float, bool]]:
    """``(confidence, is right)`` of every found plate whose text is known."""
    return [
        (plate.reading.confidence, plate.is_read)
        for plate in plates
        if plate.reading is not None and plate.label.text
    ]


def calibration_bins(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """``(mean confidence, share right, number)`` of each filled one of ten equal bins."""
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in pairs:
        groups[min(max(int(confidence * BINS), 0), BINS - 1)].append((confidence, right))
    return [
        (
            statistics.fmean(confidence for confidence, _ in group),
            statistics.fmean(float(right) for _, right in group),
            len(group),
        )
        for group in groups
        if group
    ]


def expected_calibration_error(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """Mean gap between confidence and share right over the bins, weighted by their filling."""
    if not pairs:
        return None
    bins = calibration_bins(pairs)
    return sum(number * abs(conf - right) for conf, right, number in bins) / len(pairs)
