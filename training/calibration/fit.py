"""Fits a bundle's confidence and rejection on held-out pictures and writes them into it.

``python -m training.calibration.fit --bundle DIR --data DATA``

The confidence is a product of a few logistic functions of a few scores
(``platestream.vision.recognition.confidence``): with so few wrong readings to learn from, every
further parameter would fit chance. The calibration error it prints is that of cross-validation:
each car's readings are judged by a map fitted without them.
"""

from __future__ import annotations

import argparse
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from platestream.cli.evaluate.figures import expected_calibration_error
from platestream.vision.models.bundle import ModelBundle
from training.bundle.write import rewrite_bundle
from training.calibration.altered import CONDITIONS
from training.calibration.held_out import (
    CHINESE_CROPS,
    CHINESE_PHOTOS,
    OTHER_CROPS,
    OTHER_PHOTOS,
    UNREAD_PHOTOS,
)
from training.calibration.maps import Map, importance_of
from training.calibration.rejection import fit_rejection
from training.calibration.samples import Sample, collect, collect_altered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

FOLDS: Final = 10
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Chinese photos": CHINESE_PHOTOS,
    "other photos": OTHER_PHOTOS,
    "Chinese crops": CHINESE_CROPS,
    "other crops": OTHER_CROPS,
    **{name: (name,) for name in CONDITIONS},
}
# An isotonic correction is kept only if it lowers the cross-validated loss by this much.
_GAIN: Final = 0.002
# From here on a reading is acted upon without a look.
_SURE: Final = 0.8


def fold_of(group: str) -> int:
    """Return the fold of a group, the same on every machine."""
    return zlib.crc32(group.encode()) % FOLDS


def cross_validated(samples: Sequence[Sample], *, corrected: bool) -> FloatArray:
    """Return for every sample the confidence by a map that was fitted without its group."""
    folds = np.array([fold_of(one.group) for one in samples])
    confidences = np.zeros(len(samples))
    for fold in range(FOLDS):
        inside = np.flatnonzero(folds == fold).tolist()
        rest = [one for one, of in zip(samples, folds, strict=True) if of != fold]
        if inside and rest:
            fitted = Map(rest, corrected=corrected)
            confidences[inside] = fitted([samples[index] for index in inside])
    return confidences


def log_loss(samples: Sequence[Sample], confidences: FloatArray) -> float:
    """Return the mean loss, in nats, every group counting its share."""
    right = np.array([one.right for one in samples], np.float64)
    held = np.clip(confidences, 1e-4, 1 - 1e-4)
    losses = -(right * np.log(held) + (1 - right) * np.log(1 - held))
    return float((losses * importance_of(samples)).mean())


def fit(samples: Sequence[Sample]) -> tuple[Map, dict[str, Any]]:
    """Fit the confidence; the figures are cross-validated.

    Raises:
        ValueError: if the samples are all right or all wrong.
    """
    if len({one.right for one in samples}) < 2:
        raise ValueError("a map needs right and wrong readings")
    plain = cross_validated(samples, corrected=False)
    corrected = cross_validated(samples, corrected=True)
    pays = log_loss(samples, plain) - log_loss(samples, corrected) > _GAIN
    confidences = corrected if pays else plain
    figures: dict[str, Any] = {"isotonic_correction": pays}
    for name, folders in GROUPS.items():
        members = [index for index, one in enumerate(samples) if one.dataset in folders]
        if members:
            figures[name] = _figures([samples[i] for i in members], confidences[members])
    figures["everything"] = _figures(samples, confidences)
    return Map(samples, corrected=pays), figures


def _figures(samples: Sequence[Sample], confidences: FloatArray) -> dict[str, Any]:
    pairs = [(float(c), one.right) for c, one in zip(confidences, samples, strict=True)]
    wrong = [confidence for confidence, is_right in pairs if not is_right]
    right = [confidence for confidence, is_right in pairs if is_right]
    figures: dict[str, Any] = {
        "readings": len(pairs),
        "wrong": len(wrong),
        "ece": round(expected_calibration_error(pairs) or 0.0, 4),
        "wrong_and_sure": round(sum(c >= _SURE for c in wrong) / len(pairs), 4),
    }
    if right:
        figures["right_that_are_sure"] = round(sum(c >= _SURE for c in right) / len(right), 4)
    return figures


def judgement_figures(samples: Sequence[Sample], fitted: Map) -> dict[str, Any]:
    """Return what share of each group is called incomplete, and what share no plate."""
    if fitted.plate is None or fitted.complete is None:
        return {}
    incomplete = fitted.complete(samples) < fitted.complete_from
    no_plate = fitted.plate(samples) < fitted.plate_from
    figures: dict[str, Any] = {}
    for name, folders in GROUPS.items():
        members = np.array([one.dataset in folders for one in samples], bool)
        if members.any():
            figures[name] = {
                "called_incomplete": round(float(incomplete[members].mean()), 4),
                "called_no_plate": round(float(no_plate[members].mean()), 4),
            }
    return figures


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.calibration.fit", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--bundle", type=Path, required=True, help="changed in place")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep-rejection", action="store_true", help="fit the confidence alone")
    options = parser.parse_args(arguments)
    folders = (*CHINESE_PHOTOS, *OTHER_PHOTOS, *CHINESE_CROPS, *OTHER_CROPS, *UNREAD_PHOTOS)
    wanted = [name for name in folders if (options.data / name).is_dir()]
    bundle = ModelBundle.load(options.bundle)
    collected = collect(bundle, options.data, wanted)
    if bundle.manifest.recognizer.evidence:
        collect_altered(bundle, options.data, collected)
    fitted, figures = fit(collected.samples)
    figures |= {"judgements": judgement_figures(collected.samples, fitted)}
    changes: dict[str, Any] = {"calibration": fitted.specification()}
    if not options.keep_rejection:
        rejection, found = fit_rejection(collected)
        changes |= rejection.changes()
        changes["rejection"]["plate"] = fitted.plate_from if fitted.plate is not None else 0.0
        figures["rejection"] = found
    rewrite_bundle(options.bundle, changes=changes, metrics={"calibration": figures})
    print(json.dumps({**changes, "figures": figures}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
