"""Fits a bundle's confidence and rejection on held-out pictures and writes them into it.

``python -m training.calibration.fit --bundle DIR --data DATA``

The confidence is a logistic function of a few scores
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
from platestream.vision.recognition.confidence import log_odds, score
from training.bundle.write import rewrite_bundle
from training.calibration.logistic import Logistic, fit_logistic, isotonic
from training.calibration.rejection import fit_rejection
from training.calibration.samples import (
    CHINESE_CROPS,
    CHINESE_PHOTOS,
    OTHER_CROPS,
    OTHER_PHOTOS,
    UNREAD_PHOTOS,
    Collected,
    Sample,
    collect,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from platestream.vision.models.manifest import ConfidenceInput

    FloatArray = NDArray[np.float64]

INPUTS: Final[tuple[ConfidenceInput, ...]] = ("text", "detector", "height")
FOLDS: Final = 10
# What each group counts, whatever its number of pictures: photos first, above all Chinese ones.
SHARES: Final = (
    (CHINESE_PHOTOS, 0.55),
    (OTHER_PHOTOS, 0.15),
    (CHINESE_CROPS, 0.2),
    (OTHER_CROPS, 0.1),
)
# An isotonic correction is kept only if it lowers the cross-validated loss by this much.
_GAIN: Final = 0.002
_PRIOR: Final = 20.0
_LOWEST, _HIGHEST = 0.002, 0.998


def log_odds_of(samples: Sequence[Sample]) -> FloatArray:
    """Return the inputs of every sample as log-odds, ``[N, inputs]``."""
    rows = [[log_odds(score(name, one.evidence)) for name in INPUTS] for one in samples]
    return np.array(rows, np.float64).reshape(-1, len(INPUTS))


def importance_of(samples: Sequence[Sample]) -> FloatArray:
    """Return how much each sample counts; on average 1."""
    weights = np.zeros(len(samples))
    for folders, share in SHARES:
        members = np.array([one.dataset in folders for one in samples], bool)
        if members.any():
            weights[members] = share / members.sum()
    return np.asarray(weights * len(samples) / max(weights.sum(), 1e-12))


def fold_of(group: str) -> int:
    """Return the fold of a group, the same on every machine."""
    return zlib.crc32(group.encode()) % FOLDS


class Map:
    """A fitted map: the logistic part and, where it pays, an isotonic correction."""

    def __init__(self, samples: Sequence[Sample], *, corrected: bool) -> None:
        inputs, importance = log_odds_of(samples), importance_of(samples)
        right = np.array([one.right for one in samples], np.float64)
        self.logistic: Logistic = fit_logistic(inputs, right, importance)
        self.x, self.y = [0.0, _LOWEST, _HIGHEST, 1.0], [_LOWEST, _LOWEST, _HIGHEST, _HIGHEST]
        if corrected:
            raw = self.logistic(inputs).tolist()
            steps = isotonic(raw, right.tolist(), importance.tolist())
            self.x, self.y = steps.knots(_PRIOR)

    def __call__(self, samples: Sequence[Sample]) -> FloatArray:
        """Return the confidence of every sample."""
        raw = self.logistic(log_odds_of(samples))
        return np.asarray(np.interp(raw, self.x, self.y))

    def specification(self) -> dict[str, Any]:
        """Return the manifest's ``calibration``."""
        return {
            "inputs": list(INPUTS),
            "raw": "logistic",
            "weights": [round(weight, 5) for weight in self.logistic.weights],
            "bias": round(self.logistic.bias, 5),
            "x": [round(value, 6) for value in self.x],
            "y": [round(value, 6) for value in self.y],
        }


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
    groups = {
        "Chinese photos": CHINESE_PHOTOS,
        "other photos": OTHER_PHOTOS,
        "Chinese crops": CHINESE_CROPS,
        "other crops": OTHER_CROPS,
    }
    for name, folders in groups.items():
        members = [index for index, one in enumerate(samples) if one.dataset in folders]
        if members:
            pairs = [(float(confidences[index]), samples[index].right) for index in members]
            figures[name] = {
                "readings": len(members),
                "wrong": sum(not right for _, right in pairs),
                "ece": round(expected_calibration_error(pairs) or 0.0, 4),
            }
    return Map(samples, corrected=pays), figures


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.calibration.fit", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--bundle", type=Path, required=True, help="changed in place")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep-rejection", action="store_true", help="fit the confidence alone")
    options = parser.parse_args(arguments)
    folders = [name for group, _ in SHARES for name in group]
    wanted = [name for name in (*folders, *UNREAD_PHOTOS) if (options.data / name).is_dir()]
    collected: Collected = collect(ModelBundle.load(options.bundle), options.data, wanted)
    fitted, figures = fit(collected.samples)
    changes: dict[str, Any] = {"calibration": fitted.specification()}
    if not options.keep_rejection:
        rejection, found = fit_rejection(collected)
        changes |= rejection.changes()
        figures["rejection"] = found
    rewrite_bundle(options.bundle, changes=changes, metrics={"calibration": figures})
    print(json.dumps({**changes, "figures": figures}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
