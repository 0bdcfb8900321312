"""Raw scores to a confidence that means what it says: the probability of a right reading."""

import math

import numpy as np

from platestream.vision.bundle import CalibrationSpec, ConfidenceInput
from platestream.vision.recognizer import PlateText


class Calibration:
    """The bundle's monotone map from raw score to probability."""

    def __init__(self, spec: CalibrationSpec) -> None:
        self._inputs = spec.inputs
        self._product = spec.raw == "product"
        self._x = np.array(spec.x)
        self._y = np.array(spec.y)

    def raw(self, plate: PlateText, detection_score: float) -> float:
        """Return the raw score, 0..1: the product or minimum of the bundle's inputs.

        The mean of the characters would hide the one bad character that makes a reading wrong;
        bundles use it only together with others. A plate without text scores 0.
        """
        if not plate.char_confidences:
            return 0.0
        scores = [_score(name, plate, detection_score) for name in self._inputs]
        value = math.prod(scores) if self._product else min(scores)
        return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0

    def confidence(self, plate: PlateText, detection_score: float) -> float:
        """Return the calibrated probability, 0..1, that the whole text is right; never NaN."""
        if not plate.char_confidences:
            return 0.0
        return float(np.interp(self.raw(plate, detection_score), self._x, self._y))


def _score(name: ConfidenceInput, plate: PlateText, detection_score: float) -> float:
    chars = plate.char_confidences
    match name:
        case "min_char":
            return min(chars)
        case "product_char":
            return math.prod(chars)
        case "mean_char":
            return sum(chars) / len(chars)
        case "detector":
            return detection_score
        case "color":
            return plate.color_confidence
