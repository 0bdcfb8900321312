"""How well the evidence of an exported recognizer tells what it is for, on dev pictures.

Real photographed plates, whole and with something amiss, and lettering in type faces that never
train; the same pictures for every model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.recognizer import real
from training.recognizer.covers import cover
from training.recognizer.edges import Window, detected
from training.recognizer.lettering import lettering_example
from training.recognizer.measure import PHOTO_SETS, read_plates, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.recognizer.measure import Reading, Recognizer

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]
    Plate = tuple[UInt8Array, Float32Array | None]

_SEED = 31
# Share of the plate's width that is cut off: beyond any frame, strip or margin, into a character.
_CUT = (0.2, 0.3)
# A cover's share of the plate's middle from which on it hides a character for certain.
_HIDING = 0.12
_LETTERING = 600
_PHOTOS_PER_SET = 120
# Plates lower than this are hardly legible whole.
_LEAST_HEIGHT = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """How well a probability tells two groups apart.

    Attributes:
        yes: how many examples of the group that should score high.
        no: how many of the other.
        auc: chance that one of the first scores above one of the second.
        lost: share of the first below 0.5.
        taken: share of the second at 0.5 or more.
    """

    yes: int
    no: int
    auc: float
    lost: float
    taken: float


def separation(high: Sequence[float], low: Sequence[float]) -> Separation:
    """Return how well scores separate two groups, of which ``high`` should score above ``low``."""
    a, b = np.array(high, np.float64), np.array(low, np.float64)
    above = (a[:, None] > b).mean() + 0.5 * (a[:, None] == b).mean()
    return Separation(
        yes=len(a),
        no=len(b),
        auc=float(above),
        lost=float((a < 0.5).mean()),
        taken=float((b >= 0.5).mean()),
    )


def dev_plates() -> list[tuple[UInt8Array, Float32Array, str]]:
    """Return legible photographed dev plates: picture, corners, text."""
    found: list[tuple[UInt8Array, Float32Array, str]] = []
    for folder in PHOTO_SETS:
        items = [
            (item.path, item.corners, item.text)
            for item in real.labelled(folder, "dev")
            if item.corners is not None
            and item.text
            and np.linalg.norm(item.corners[3] - item.corners[0]) >= _LEAST_HEIGHT
        ]
        found += [
            (real.read_picture(path), corners, text)
            for path, corners, text in items[:_PHOTOS_PER_SET]
        ]
    return found


def cut(
    rng: np.random.Generator, picture: UInt8Array, corners: Float32Array
) -> tuple[UInt8Array, Float32Array]:
    """Return the picture ended through the plate's left or right part, and a detector's corners."""
    first, last = float(corners[:, 0].min()), float(corners[:, 0].max())
    share = float(rng.uniform(*_CUT)) * (last - first)
    low, high = np.zeros(2, np.int64), np.array(picture.shape[1::-1], np.int64)
    if rng.random() < 0.5:
        low[0] = max(round(first + share), 0)
    else:
        high[0] = min(round(last - share), high[0])
    part = Window(low=low, high=high).of(picture)
    quad = detected(rng, (corners - low).astype(np.float32), part.shape[:2])
    return np.ascontiguousarray(part), quad


def covered(
    rng: np.random.Generator,
    picture: UInt8Array,
    corners: Float32Array,
    photos: Sequence[UInt8Array],
) -> UInt8Array | None:
    """Return the picture with something before the plate that hides a character, if one came up."""
    size = 140, round(140 * max(_aspect(corners), 1.2))
    flat = np.array([[0, 0], [size[1], 0], [size[1], size[0]], [0, size[0]]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(flat, corners.astype(np.float32)))
    x, y = np.meshgrid(np.linspace(0.08, 0.92, 43), np.linspace(0.25, 0.75, 9))
    points = np.stack([x, y], -1).astype(np.float32) * np.array(size[::-1], np.float32)
    for _ in range(12):
        result, hidden = cover(rng, picture, size, matrix, points, photos)
        if hidden.all(axis=0).mean() >= _HIDING:
            return result
    return None


def _aspect(corners: Float32Array) -> float:
    side = np.linalg.norm(corners[1] - corners[0]) / np.linalg.norm(corners[3] - corners[0])
    return float(side)


def measure_evidence(recognizer: Recognizer, photos: Sequence[UInt8Array]) -> dict[str, Separation]:
    """Return the separation by condition.

    Args:
        recognizer: a model that gives evidence.
        photos: what lettering stands on and covers look like.
    """
    rng = np.random.default_rng(_SEED)
    plates = dev_plates()
    whole = read_plates(recognizer, [(picture, corners) for picture, corners, _ in plates])
    ended: list[Plate] = [cut(rng, picture, corners) for picture, corners, _ in plates]
    behind: list[Plate] = []
    for picture, corners, _ in plates:
        hidden = covered(rng, picture, corners, photos)
        if hidden is not None:
            behind.append((hidden, corners))
    lettering = [lettering_example(rng, photos, "measuring").crop for _ in range(_LETTERING)]
    right = [r for r, (_, _, text) in zip(whole, plates, strict=True) if r.text == text]
    return {
        "plate: photographs, lettering": separation(
            _plate(whole), _plate(run(recognizer, lettering))
        ),
        "plate: photographs read right, lettering": separation(
            _plate(right), _plate(run(recognizer, lettering))
        ),
        "complete: whole, cut": separation(
            _complete(right), _complete(read_plates(recognizer, ended))
        ),
        "complete: whole, covered": separation(
            _complete(right), _complete(read_plates(recognizer, behind))
        ),
    }


def grey_colors(recognizer: Recognizer) -> tuple[int, int]:
    """Return of how many dev plates without chroma a colour is stated, and how many there are."""
    grey: list[Plate] = []
    for picture, corners, _ in dev_plates():
        tone = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        grey.append((np.ascontiguousarray(np.repeat(tone[..., None], 3, axis=2)), corners))
    readings = read_plates(recognizer, grey)
    return sum(reading.color != "unknown" for reading in readings), len(readings)


def _plate(readings: Sequence[Reading]) -> list[float]:
    return [reading.plate for reading in readings]


def _complete(readings: Sequence[Reading]) -> list[float]:
    return [reading.complete for reading in readings]
