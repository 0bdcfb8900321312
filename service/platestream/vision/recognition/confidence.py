"""Raw scores to a confidence that means what it says: the probability of a right reading."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from platestream.vision.detection.edges import EdgeContact
from platestream.vision.models.manifest import CalibrationSpec, ConfidenceInput, RejectionSpec
from platestream.vision.recognition.recognizer import PlateText

# Scores nearer to 0 or 1 than this say no more: networks give 0.9999 far too easily, and a single
# score must not outweigh all others.
_LEAST: Final = 1e-3
# Pixels. From about this height on, more of it hardly helps reading.
_USUAL_HEIGHT: Final = 24.0


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
    """The bundle's monotone map from raw score to probability."""

    def __init__(self, spec: CalibrationSpec) -> None:
        self._inputs = spec.inputs
        self._raw = spec.raw
        self._weights = spec.weights or ()
        self._bias = spec.bias
        self._x = np.array(spec.x)
        self._y = np.array(spec.y)

    def raw(self, evidence: Evidence) -> float:
        """Return the raw score, 0..1, of the bundle's inputs.

        The mean of the characters would hide the one bad character that makes a reading wrong;
        bundles use it only together with others. A plate without text scores 0.
        """
        if not evidence.plate.char_confidences:
            return 0.0
        scores = [score(name, evidence) for name in self._inputs]
        if self._raw == "logistic":
            odds = zip(self._weights, map(log_odds, scores), strict=True)
            return logistic(self._bias + sum(weight * value for weight, value in odds))
        value = math.prod(scores) if self._raw == "product" else min(scores)
        return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0

    def confidence(self, evidence: Evidence) -> float:
        """Return the calibrated probability, 0..1, that the whole text is right; never NaN."""
        if not evidence.plate.char_confidences:
            return 0.0
        return float(np.interp(self.raw(evidence), self._x, self._y))


def is_plate(evidence: Evidence, spec: RejectionSpec) -> bool:
    """Whether a detection is a plate, going by its score and by how probable its text is."""
    plate = evidence.plate
    text = plate.text_probability if plate.text else 0.0
    support = log_odds(evidence.detection_score) + spec.text_weight * log_odds(text)
    return support >= log_odds(spec.detector)


def score(name: ConfidenceInput, evidence: Evidence) -> float:
    """Return one input of a calibration, 0..1; ``height`` is h / (h + 24 px).

    Raises:
        ValueError: if the plate has no characters.
    """
    plate = evidence.plate
    chars = plate.char_confidences
    scores: dict[ConfidenceInput, float] = {
        "text": plate.text_probability,
        "min_char": min(chars),
        "product_char": math.prod(chars),
        "mean_char": sum(chars) / len(chars),
        "detector": evidence.detection_score,
        "color": plate.color_confidence,
        "height": evidence.height / (evidence.height + _USUAL_HEIGHT),
    }
    return scores[name]


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p)) with p held inside 0.001..0.999; NaN counts as 0."""
    held = min(max(probability, _LEAST), 1 - _LEAST) if math.isfinite(probability) else _LEAST
    return math.log(held / (1 - held))


def logistic(value: float) -> float:
    """Return the probability, 0..1, of given log-odds."""
    return 1 / (1 + math.exp(-min(max(value, -50.0), 50.0)))
