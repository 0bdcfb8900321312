"""Runs our reader over the sets and keeps, beside each outcome, what the slices need."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import onnxruntime as ort

from benchmarks.accuracy.slices import blur_class, corners_of, light_class, tilt_class
from platestream.cli.evaluate.figures import height_class
from platestream.cli.evaluate.measure import evaluate
from platestream.cli.evaluate.outcomes import PROVINCES, PictureOutcome, PlateOutcome
from platestream.cli.pictures import load
from training.recognizer.measure import SPECIAL_KINDS, score_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.accuracy.sets import PictureSet
    from platestream.cli.evaluate.labels import LabelledPicture
    from platestream.cli.evaluate.misses import Miss
    from platestream.vision.arrays import Float32Array, UInt8Array
    from platestream.vision.models.bundle import ModelBundle
    from platestream.vision.reader import PlateReader
    from platestream.vision.settings import PictureLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """One labelled plate with all by which it is sliced."""

    outcome: PlateOutcome
    blur: str
    tilt: str
    light: str
    is_crop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetResult:
    """What came of one set; ``cpu_ms`` is processor time per picture, decoding included."""

    of: PictureSet
    outcomes: tuple[PictureOutcome, ...]
    plates: tuple[Plate, ...]
    misses: tuple[Miss, ...]
    cpu_ms: float


def measure_set(
    chosen: PictureSet,
    pictures: list[LabelledPicture],
    reader: PlateReader,
    limits: PictureLimits,
) -> SetResult:
    """Read every picture of a set, one at a time."""
    start = time.process_time()
    evaluation = evaluate(pictures, reader, limits)
    cpu_ms = (time.process_time() - start) * 1000 / max(len(pictures), 1)
    plates: list[Plate] = []
    for outcome in evaluation.outcomes:
        picture = load(outcome.picture.path, limits).picture
        if picture is None:
            continue
        is_crop = outcome.picture.kind == "crop"
        plates += [
            Plate(
                outcome=plate,
                blur=blur_class(picture, corners_of(plate.label, picture)),
                tilt=tilt_class(plate.label),
                light="crop" if is_crop else light_class(picture),
                is_crop=is_crop,
            )
            for plate in outcome.plates
        ]
    return SetResult(
        of=chosen,
        outcomes=evaluation.outcomes,
        plates=tuple(plates),
        misses=evaluation.misses,
        cpu_ms=cpu_ms,
    )


def _province(plate: Plate) -> str:
    first = plate.outcome.label.text[:1]
    return first if first in PROVINCES else "none"


def _color(plate: Plate) -> str:
    return plate.outcome.reading.plate_color.value if plate.outcome.reading else "not found"


def _rows(plate: Plate) -> str:
    return str(plate.outcome.reading.rows) if plate.outcome.reading else "not found"


def _kind(plate: Plate) -> str:
    text = plate.outcome.label.text
    where = "crop" if plate.is_crop else "photo"
    if text[:1] not in PROVINCES:
        return f"no Chinese province, {where}"
    return f"Chinese, {len(text)} characters, {where}"


def _length(plate: Plate) -> str:
    return f"{len(plate.outcome.label.text):2d}"


AXES: Final[dict[str, Callable[[Plate], str]]] = {
    "kind of plate and picture": _kind,
    "height of the plate in pixels": lambda plate: height_class(plate.outcome.height),
    "blur": lambda plate: plate.blur,
    "tilt": lambda plate: plate.tilt,
    "light of the whole photo": lambda plate: plate.light,
    "background colour as read": _color,
    "rows as read": _rows,
    "characters": _length,
    "province": _province,
}


def rendered_kinds(bundle: ModelBundle, count: int) -> dict[str, float]:
    """Return the share read exactly of ``count`` readable rendered plates of each special kind.

    Recognizer and row count alone: the plates are cut out with their true corners.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = bundle.models[bundle.manifest.recognizer.file]
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def recognize(crops: UInt8Array) -> tuple[Float32Array, Float32Array, Float32Array]:
        chars, colors, rows = session.run(["chars", "colors", "rows"], {"crops": crops})
        return np.asarray(chars), np.asarray(colors), np.asarray(rows)

    return {str(kind): score_kind(recognize, kind, count).exact_share for kind in SPECIAL_KINDS}
