"""Raw scores to a confidence that means what it says: the probability of a right reading."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from platestream.vision.detection.edges import EdgeContact
from platestream.vision.models.calibration import (
    CalibrationSpec,
    ConfidenceInput,
    Judgement,
    RejectionSpec,
)
from platestream.vision.recognition.recognizer import PlateText

# Scores nearer to 0 or 1 than this say no more: networks give 0.9999 far too easily, and a single
# score must not outweigh all others.
_LEAST: Final = 1e-3
# Pixels. From about this height on, more of it hardly helps reading.
_USUAL_HEIGHT: Final = 24.0
# A text with a character that the alphabet lacks is not the whole number. What is left of its
# confidence tells how sure the rest is, and is below every threshold that anyone acts upon.
WITH_UNKNOWN: Final = 0.1
_UNKNOWN: Final = "\ufffd"
# Plate heights. A plate whose outline is farther from the picture's edge is not cut by it: a
# detector's corners are off by less.
_CLEAR_GAP: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that speaks for or against one reading.

    Attributes:
        plate: What the recognizer said.
        detection_score: 0..1.
        height: Of the plate in the picture, pixels.
        edge: Where it lies with respect to the picture's edges; None for a crop as a whole.
    """

    plate: PlateText
    detection_score: float
    height: float
    edge: EdgeContact | None = None


class Calibration:
    """The bundle's monotone maps from scores to probabilities."""

    def __init__(self, spec: CalibrationSpec) -> None:
        self._spec = spec
        self._x = np.array(spec.x)
        self._y = np.array(spec.y)

    def plate(self, evidence: Evidence) -> float | None:
        """Return the probability, 0..1, that this is a registration plate; None if not known."""
        return _judged(self._spec.plate, evidence)

    def least_plate(self, spec: RejectionSpec) -> float:
        """Return the probability of a plate below which :func:`is_plate` refuses whatever else.

        Args:
            spec: What is asked for.

        Returns:
            0..1, of the recognizer's first output of evidence; 0 where nothing follows from it.
        """
        judgement = self._spec.plate
        if judgement is None or not 0 < spec.plate < 1:
            return 0.0
        weights = dict(zip(judgement.inputs, judgement.weights, strict=True))
        weight = weights.pop("plate", 0.0)
        if weight <= 0:
            return 0.0
        best = sum(abs(other) for other in weights.values()) * log_odds(1.0)
        asked = math.log(spec.plate / (1 - spec.plate))
        bound = logistic((asked - judgement.bias - best) / weight)
        # Log-odds are held inside these.
        return bound if _LEAST < bound < 1 - _LEAST else 0.0

    def complete(self, evidence: Evidence) -> float | None:
        """Return the probability that all of the number can be seen; None if not known."""
        return _judged(self._spec.complete, evidence)

    def is_complete(self, evidence: Evidence) -> bool | None:
        """Return whether all of the number can be seen; None where the bundle cannot tell."""
        chance = self.complete(evidence)
        if chance is None or self._spec.complete is None:
            return None
        return chance >= self._spec.complete.threshold

    def lack(self, evidence: Evidence) -> Literal["incomplete"] | None:
        """Return what a plate lacks, as it is counted where such plates are left out."""
        return "incomplete" if self.is_complete(evidence) is False else None

    def raw(self, evidence: Evidence) -> float:
        """Return the raw score, 0..1, of the bundle's inputs.

        The mean of the characters would hide the one bad character that makes a reading wrong;
        bundles use it only together with others. A plate without text scores 0.
        """
        if not evidence.plate.char_confidences:
            return 0.0
        value = self._of_text(evidence)
        for chance in (self.plate(evidence), self.complete(evidence)):
            value *= 1.0 if chance is None else chance
        return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0

    def confidence(self, evidence: Evidence) -> float:
        """Return the calibrated probability, 0..1, that the whole number is right; never NaN.

        A number with unknown characters is not known: its confidence is at most 0.1.
        """
        if not evidence.plate.char_confidences:
            return 0.0
        known = 1.0 if is_known(evidence.plate.text) else WITH_UNKNOWN
        return known * float(np.interp(self.raw(evidence), self._x, self._y))

    def _of_text(self, evidence: Evidence) -> float:
        spec = self._spec
        scores = [score(name, evidence) for name in spec.inputs]
        if spec.weights is not None:
            return logistic(spec.bias + _weighted(spec.weights, scores))
        return math.prod(scores) if spec.raw == "product" else min(scores)


def is_known(text: str) -> bool:
    """Whether a text has no character that the alphabet lacks."""
    return _UNKNOWN not in text


def is_plate(evidence: Evidence, spec: RejectionSpec, chance: float | None = None) -> bool:
    """Whether a detection is a plate, by its score, how probable its text is, and its look.

    Args:
        evidence: All that is known of it.
        spec: What is asked for.
        chance: What :meth:`Calibration.plate` says of it.
    """
    if chance is not None and chance < spec.plate:
        return False
    plate = evidence.plate
    text = plate.text_probability if plate.text else 0.0
    support = log_odds(evidence.detection_score) + spec.text_weight * log_odds(text)
    return support >= log_odds(spec.detector)


def score(name: ConfidenceInput, evidence: Evidence) -> float:
    """Return one input of a calibration, 0..1.

    ``height`` is h / (h + 24 px), ``end_char`` the less sure of the first and the last character,
    ``inside`` how far the plate lies from the picture's edge, ``form`` 1 for a number of any region
    of the world, ``length`` 0 for a text that is longer than any, ``digit`` 1 for one with a digit:
    words have none, and few plates. What a recognizer does not tell is 0.5.
    """
    return _SCORES[name](evidence)


def _chars(evidence: Evidence) -> tuple[float, ...]:
    # Without characters there is none that is sure.
    return evidence.plate.char_confidences or (0.0,)


def _known(probability: float | None) -> float:
    return 0.5 if probability is None else probability


def _inside(edge: EdgeContact | None) -> float:
    """0 for a plate at the edge or beyond, 1 for one that is clear of it, and for a whole crop."""
    if edge is None:
        return 1.0
    return min(1.0, max(0.0, edge.gap / _CLEAR_GAP))


_SCORES: Final[dict[ConfidenceInput, Callable[[Evidence], float]]] = {
    "text": lambda seen: seen.plate.text_probability if seen.plate.text else 0.0,
    "min_char": lambda seen: min(_chars(seen)),
    "product_char": lambda seen: math.prod(_chars(seen)),
    "mean_char": lambda seen: sum(_chars(seen)) / len(_chars(seen)),
    "end_char": lambda seen: min(_chars(seen)[0], _chars(seen)[-1]),
    "detector": lambda seen: seen.detection_score,
    "color": lambda seen: seen.plate.color_confidence,
    "height": lambda seen: seen.height / (seen.height + _USUAL_HEIGHT),
    "plate": lambda seen: _known(seen.plate.plate_probability),
    "complete": lambda seen: _known(seen.plate.complete_probability),
    "inside": lambda seen: _inside(seen.edge),
    "form": lambda seen: float(seen.plate.form in ("region", "world")),
    "length": lambda seen: float(seen.plate.form != "too_long"),
    "digit": lambda seen: float(any(char.isdigit() for char in seen.plate.text)),
}


def _judged(judgement: Judgement | None, evidence: Evidence) -> float | None:
    if judgement is None:
        return None
    scores = [score(name, evidence) for name in judgement.inputs]
    return logistic(judgement.bias + _weighted(judgement.weights, scores))


def _weighted(weights: Sequence[float], scores: Sequence[float]) -> float:
    odds = zip(weights, map(log_odds, scores), strict=True)
    return sum(weight * value for weight, value in odds)


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p)) with p held inside 0.001..0.999; NaN counts as 0."""
    held = min(max(probability, _LEAST), 1 - _LEAST) if math.isfinite(probability) else _LEAST
    return math.log(held / (1 - held))


def logistic(value: float) -> float:
    """Return the probability, 0..1, of given log-odds."""
    return 1 / (1 + math.exp(-min(max(value, -50.0), 50.0)))
