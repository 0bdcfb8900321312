"""Exact-match measurement of a recognizer on real crops and on rendered special kinds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from platestream.vision.recognition.rectify import (
    rectify_one_row,
    rectify_two_rows,
    whole_crop_corners,
)
from training.recognizer import real
from training.recognizer.alphabet import COLORS, decode
from training.recognizer.views import GEOMETRY, make_view
from training.render import CHINESE_KINDS, KIND_WEIGHTS, PlateKind, render_plate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]
    # uint8 [N, 48, 168, 3] -> char [N, T, C], colour [N, 6], two-row [N] and, but for models from
    # before it, evidence [N, 2] probabilities
    Recognizer = Callable[[UInt8Array], Sequence[Float32Array]]

ROWS_THRESHOLD = 0.5
CROP_SETS = (*real.TRAINABLE_CROPS, *real.OTHER_CROPS)
PHOTO_SETS = (*real.TRAINABLE_PHOTOS, *real.OTHER_PHOTOS)
_BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the recognizer says about one plate; certain where the model gives no evidence."""

    text: str
    color: str
    two_rows: bool
    plate: float = 1.0
    complete: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts over one set."""

    plates: int
    exact: int
    without_province: int
    misses: tuple[tuple[str, str, str], ...]

    @property
    def exact_share(self) -> float:
        """Return the share read exactly, 0..1."""
        return self.exact / self.plates if self.plates else 0.0

    @property
    def without_province_share(self) -> float:
        """Return the share read exactly but for the first character, 0..1."""
        return self.without_province / self.plates if self.plates else 0.0


def run(recognizer: Recognizer, crops: list[UInt8Array]) -> list[Reading]:
    """Return what the recognizer says about each crop, uint8 ``[48, 168, 3]``."""
    readings = []
    for start in range(0, len(crops), _BATCH):
        chars, colors, rows, *more = recognizer(np.stack(crops[start : start + _BATCH]))
        evidence = more[0] if more else np.ones((len(chars), 2), np.float32)
        readings += [
            Reading(
                text=decode(path.argmax(1).tolist()),
                color=COLORS[int(color.argmax())],
                two_rows=bool(two > ROWS_THRESHOLD),
                plate=float(plate),
                complete=float(complete),
            )
            for path, color, two, (plate, complete) in zip(
                chars, colors, rows, evidence, strict=True
            )
        ]
    return readings


def read_plates(
    recognizer: Recognizer,
    plates: Iterable[tuple[UInt8Array, Float32Array | None]],
) -> list[Reading]:
    """Read plates as the service does; corners None means that the picture is a crop itself."""
    ones: list[UInt8Array] = []
    twos: list[UInt8Array] = []
    for picture, corners in plates:
        geometry, quad = GEOMETRY, corners
        if quad is None:
            geometry, quad = GEOMETRY.without_margin(), whole_crop_corners(*picture.shape[:2])
        ones.append(rectify_one_row(picture, quad, geometry))
        twos.append(rectify_two_rows(picture, quad, geometry))
    first = run(recognizer, ones)
    again = [place for place, reading in enumerate(first) if reading.two_rows]
    if again:
        for place, reading in zip(again, run(recognizer, [twos[p] for p in again]), strict=True):
            # the split one is a view of its own; colour and evidence are the whole plate's
            first[place] = dataclasses.replace(first[place], text=reading.text)
    return first


def score(readings: list[Reading], truths: list[str], names: list[str]) -> Score:
    """Compare readings with the true texts."""
    misses = tuple(
        (name, truth, reading.text)
        for reading, truth, name in zip(readings, truths, names, strict=True)
        if reading.text != truth
    )
    tails = sum(r.text[1:] == t[1:] for r, t in zip(readings, truths, strict=True))
    return Score(
        plates=len(truths), exact=len(truths) - len(misses), without_province=tails, misses=misses
    )


def score_set(
    recognizer: Recognizer, folder: str, split: str = "dev", jitter: float = 0.0
) -> Score:
    """Read one data folder's labelled plates; photos are rectified around the labelled corners.

    Args:
        recognizer: the network.
        folder: name in the data folder.
        split: ``train`` or ``dev``.
        jitter: noise put on the corners, standard deviation as a share of the plate's width.
    """
    rng = np.random.default_rng(7)
    plates: list[tuple[UInt8Array, Float32Array | None]] = []
    truths, names = [], []
    for item in real.labelled(folder, split):
        if not item.text:
            continue
        corners = item.corners
        if corners is not None and jitter:
            side = float(np.linalg.norm(corners[1] - corners[0]))
            noise = rng.normal(0, jitter * side, (4, 2)) * np.array([1, 0.5])
            corners = (corners + noise).astype(np.float32)
        plates.append((real.read_picture(item.path), corners))
        truths.append(item.text)
        names.append(item.path.name)
    return score(read_plates(recognizer, plates), truths, names)


def rendered_kind_set(
    kind: PlateKind, count: int, seed: int = 99
) -> list[tuple[UInt8Array, str, UInt8Array]]:
    """Return readable rendered plates of a kind: unsplit crop, text, crop to read.

    For one-row kinds the two crops are the same. Latin numbers are in faces that never train.
    """
    plates = []
    for number in range(count):
        rng = np.random.default_rng((seed, sorted(PlateKind).index(kind), number))
        plate = render_plate(rng, kind, "measuring")
        state = rng.bit_generator.state
        whole = make_view(rng, plate, split=False, gentle=True)
        crop = whole.crop
        if plate.rows == 2:
            # the same view again, cut as two rows
            rng.bit_generator.state = state
            crop = make_view(rng, plate, split=True, gentle=True).crop
        plates.append((whole.crop, plate.text, crop))
    return plates


def score_kind(recognizer: Recognizer, kind: PlateKind, count: int) -> Score:
    """Read rendered plates of one kind in both steps of the service: count rows, then read."""
    plates = rendered_kind_set(kind, count)
    first = run(recognizer, [whole for whole, _, _ in plates])
    second = run(recognizer, [crop for _, _, crop in plates])
    readings = [b if a.two_rows else a for a, b in zip(first, second, strict=True)]
    return score(readings, [text for _, text, _ in plates], [str(n) for n in range(count)])


SPECIAL_KINDS = tuple(sorted(CHINESE_KINDS - {PlateKind.BLUE}, key=str))
WORLD_KINDS = tuple(sorted(KIND_WEIGHTS.keys() - CHINESE_KINDS, key=str))
