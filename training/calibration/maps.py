"""Fits a bundle's judgements on samples: is it a plate, complete, read right; and all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from platestream.vision.recognition.confidence import WITH_UNKNOWN, is_known, log_odds, score
from training.calibration.held_out import CHINESE_CROPS, CHINESE_PHOTOS, OTHER_CROPS, OTHER_PHOTOS
from training.calibration.logistic import Logistic, fit_logistic, isotonic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from platestream.vision.models.calibration import ConfidenceInput
    from training.calibration.samples import Sample

    FloatArray = NDArray[np.float64]
    Inputs = tuple[ConfidenceInput, ...]

TEXT_ALONE: Final[Inputs] = ("text", "detector", "height")
"""Of a recognizer that gives no evidence."""
TEXT: Final[Inputs] = (*TEXT_ALONE, "form", "length")
PLATE: Final[Inputs] = ("plate", "detector", "length", "form", "digit")
COMPLETE: Final[Inputs] = ("complete", "inside", "end_char")
# What each group counts, whatever its number of pictures: photos first, above all Chinese ones. All
# that is altered comes to less than whole plates as they are. With half of these shares of other
# photos and of plates near an edge, 5 more of 100 of either, read right, were less than 0.8 sure.
SHARES: Final = (
    (CHINESE_PHOTOS, 0.55),
    (OTHER_PHOTOS, 0.3),
    (CHINESE_CROPS, 0.2),
    (OTHER_CROPS, 0.1),
    (("cut",), 0.12),
    (("covered",), 0.12),
    (("near",), 0.25),
    (("close",), 0.05),
    (("grey",), 0.05),
    (("script",), 0.08),
    (("lettering",), 0.12),
)
# Of expectation maximisation: the loss changes in its fourth decimal after.
_ROUNDS: Final = 30
_PRIOR: Final = 20.0
_LOWEST, _HIGHEST = 0.002, 0.998
_ORDINARY: Final = frozenset((*CHINESE_PHOTOS, *OTHER_PHOTOS, *CHINESE_CROPS, *OTHER_CROPS, "near"))
# Of ordinary whole plates that are read right, so many may be called incomplete or no plate: that
# is what is lost where such are left out.
_CALLED_INCOMPLETE: Final = 0.015
_CALLED_NO_PLATE: Final = 0.004
_SCRIPTS_CALLED_NO_PLATE: Final = 0.05
_THRESHOLDS: Final = tuple(round(0.02 * step, 2) for step in range(1, 26))


def log_odds_of(samples: Sequence[Sample], inputs: Inputs) -> FloatArray:
    """Return the inputs of every sample as log-odds, ``[N, inputs]``."""
    rows = [[log_odds(score(name, one.evidence)) for name in inputs] for one in samples]
    return np.array(rows, np.float64).reshape(-1, len(inputs))


def importance_of(samples: Sequence[Sample]) -> FloatArray:
    """Return how much each sample counts; on average 1."""
    weights = np.zeros(len(samples))
    for folders, share in SHARES:
        members = np.array([one.dataset in folders for one in samples], bool)
        if members.any():
            weights[members] = share / members.sum()
    return np.asarray(weights * len(samples) / max(weights.sum(), 1e-12))


@dataclass(frozen=True, slots=True)
class Judged:
    """One fitted judgement: by which scores, and how."""

    inputs: Inputs
    logistic: Logistic

    def __call__(self, samples: Sequence[Sample]) -> FloatArray:
        """Return the probability of every sample."""
        return self.logistic(log_odds_of(samples, self.inputs))

    def specification(self) -> dict[str, Any]:
        """Return it as the manifest has it."""
        return {
            "inputs": list(self.inputs),
            "weights": [round(weight, 5) for weight in self.logistic.weights],
            "bias": round(self.logistic.bias, 5),
        }


def judge(samples: Sequence[Sample], wanted: Sequence[Inputs]) -> list[Judged]:
    """Fit whether this is a plate, is complete, is read right; of one judgement, the last.

    First each by itself, where it is the question. But blur makes all three unsure at once, and the
    product of what is right each by itself is then too low. So they are fitted once more, together,
    to what counts in the end, by expectation maximisation: of a reading that is wrong each has its
    part in the blame, as the others leave it.

    Args:
        samples: what was read.
        wanted: the inputs of each.
    """
    importance = importance_of(samples)
    right = np.array([one.right for one in samples], np.float64)
    plates = np.array([one.is_plate for one in samples], bool)
    whole = np.array([one.complete for one in samples], bool)
    questions = (
        (plates.astype(np.float64), np.ones(len(samples), bool)),
        (whole.astype(np.float64), plates),
        (right, whole),
    )[-len(wanted) :]
    inputs = [log_odds_of(samples, names) for names in wanted]
    fitted = [
        fit_logistic(values[among], truth[among], importance[among])
        for values, (truth, among) in zip(inputs, questions, strict=True)
    ]
    for _ in range(_ROUNDS if len(fitted) > 1 else 0):
        chances = [one(values) for one, values in zip(fitted, inputs, strict=True)]
        product = np.clip(np.prod(chances, axis=0), 1e-6, 1 - 1e-6)
        blameless = [
            np.where(right > 0, 1.0, (chance - product) / (1 - product)) for chance in chances
        ]
        fitted = [
            fit_logistic(values, np.clip(truth, 0.0, 1.0), importance)
            for values, truth in zip(inputs, blameless, strict=True)
        ]
    return [Judged(names, one) for names, one in zip(wanted, fitted, strict=True)]


class Map:
    """All judgements together and, where it pays, an isotonic correction of their product.

    Whether there is evidence is told by the samples. Texts with unknown characters are not fitted:
    they are never right, and their confidence is lowered by a rule.
    """

    def __init__(self, samples: Sequence[Sample], *, corrected: bool) -> None:
        # Plates that nobody here can read are plates, too.
        scripts = [one for one in samples if one.dataset == "script"]
        samples = [one for one in samples if is_known(one.evidence.plate.text)]
        evident = all(one.evidence.plate.plate_probability is not None for one in samples)
        self.plate: Judged | None = None
        self.complete: Judged | None = None
        if evident and not all(one.complete for one in samples):
            self.plate, self.complete, self.text = judge(samples, (PLATE, COMPLETE, TEXT))
        else:
            (self.text,) = judge(samples, (TEXT if evident else TEXT_ALONE,))
        self.x, self.y = [0.0, _LOWEST, _HIGHEST, 1.0], [_LOWEST, _LOWEST, _HIGHEST, _HIGHEST]
        if corrected:
            right = [float(one.right) for one in samples]
            steps = isotonic(self.raw(samples).tolist(), right, importance_of(samples).tolist())
            self.x, self.y = steps.knots(_PRIOR)
        ordinary = [one for one in samples if one.right and one.dataset in _ORDINARY]
        self.complete_from = _threshold(ordinary, self.complete, _CALLED_INCOMPLETE)
        self.plate_from = min(
            _threshold(ordinary, self.plate, _CALLED_NO_PLATE),
            _threshold(scripts, self.plate, _SCRIPTS_CALLED_NO_PLATE),
        )

    def raw(self, samples: Sequence[Sample]) -> FloatArray:
        """Return the product of the judgements for every sample."""
        product = self.text(samples)
        for judged in (self.plate, self.complete):
            if judged is not None:
                product = product * judged(samples)
        return product

    def __call__(self, samples: Sequence[Sample]) -> FloatArray:
        """Return the confidence of every sample."""
        known = [is_known(one.evidence.plate.text) for one in samples]
        lowered = np.where(known, 1.0, WITH_UNKNOWN)
        return np.asarray(lowered * np.interp(self.raw(samples), self.x, self.y))

    def specification(self) -> dict[str, Any]:
        """Return the manifest's ``calibration``."""
        spec: dict[str, Any] = {"raw": "logistic", **self.text.specification()}
        if self.plate is not None and self.complete is not None:
            spec["plate"] = self.plate.specification()
            spec["complete"] = {
                **self.complete.specification(),
                "threshold": self.complete_from,
            }
        return spec | {
            "x": [round(value, 6) for value in self.x],
            "y": [round(value, 6) for value in self.y],
        }


def _threshold(samples: Sequence[Sample], judged: Judged | None, lost: float) -> float:
    """Return the highest threshold, up to a half, that keeps all but a share of the samples."""
    if judged is None or not samples:
        return _THRESHOLDS[-1]
    chances, counts = judged(samples), importance_of(samples)
    fitting = [
        threshold
        for threshold in _THRESHOLDS
        if counts[chances < threshold].sum() <= lost * counts.sum()
    ]
    return max(fitting, default=_THRESHOLDS[0])
