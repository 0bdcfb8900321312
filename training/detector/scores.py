"""From detections to figures: what was found of the labelled plates, and how well."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from training.scenes.geometry import Quad, overlap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.detector.photos import LabelledFile, LabelledPlate

FOUND_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """A detection in picture pixels."""

    quad: Quad
    score: float


@dataclass(slots=True)
class Judged:
    """A picture with what was found (down to a low threshold) and what should have been."""

    file: LabelledFile
    found: list[Found]
    plates: list[LabelledPlate] = field(default_factory=list)


def match(
    found: Sequence[Found], plates: Sequence[LabelledPlate]
) -> tuple[list[int | None], list[int]]:
    """Greedy one-to-one matching by IoU.

    Returns:
        For each plate the index of its detection or None, and the detections left over.
    """
    pairs = sorted(
        (
            (overlap(f.quad, p.quad), fi, pi)
            for fi, f in enumerate(found)
            for pi, p in enumerate(plates)
        ),
        reverse=True,
    )
    answer: list[int | None] = [None] * len(plates)
    used: set[int] = set()
    for iou, fi, pi in pairs:
        if iou < FOUND_IOU:
            break
        if fi not in used and answer[pi] is None:
            answer[pi] = fi
            used.add(fi)
    return answer, [fi for fi in range(len(found)) if fi not in used]


def corner_error(found: Quad, true: Quad) -> float:
    """Mean distance of the corners as a part of the plate's width."""
    width = (np.linalg.norm(true[1] - true[0]) + np.linalg.norm(true[2] - true[3])) / 2
    return float(np.linalg.norm(found - true, axis=1).mean() / max(float(width), 1.0))


def score_folder(judged: Sequence[Judged], threshold: float) -> dict[str, float]:
    """Found %, false plates per photo, median corner error % and IoU at a threshold."""
    plates = hits = false = 0
    errors: list[float] = []
    ious: list[float] = []
    for one in judged:
        found = [f for f in one.found if f.score >= threshold]
        answer, left = match(found, one.plates)
        plates += len(one.plates)
        false += len(left)
        for plate, index in zip(one.plates, answer, strict=True):
            if index is None:
                continue
            hits += 1
            ious.append(overlap(found[index].quad, plate.quad))
            if plate.trust > 0:
                errors.append(corner_error(found[index].quad, plate.quad) * 100)
    return {
        "photos": len(judged),
        "plates": plates,
        "found": 100 * hits / plates if plates else float("nan"),
        "false": false / max(len(judged), 1),
        "corner": float(np.median(errors)) if errors else float("nan"),
        "corner90": float(np.quantile(errors, 0.9)) if errors else float("nan"),
        "iou": float(np.mean(ious)) if ious else float("nan"),
    }
