"""Chooses which detections count as plates: the detector's threshold and the text's say in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from platestream.vision.recognition.confidence import log_odds

if TYPE_CHECKING:
    from training.calibration.samples import Collected

WEIGHTS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
DETECTOR: Final = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
# Highest first: of equals the one that reads fewest detections is taken.
FLOORS: Final = (0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3)
# False plates per picture that a set may have before they are held against a choice. Half of the
# "false" plates of photos are real ones that nobody labelled, so no less is asked there.
ALLOWED: Final = {"easypr_negative_patches": 0.004}
ALLOWED_ELSEWHERE: Final = 0.1
# Where distant plates are labelled well enough, this many are too many.
LIMITS: Final = {
    "robertlucian_dashcam": 0.17,
    "egypt_motorcycle": 0.17,
    "kaggle_car_plate_detection": 0.17,
    "easypr_negative_patches": 0.01,
}
# What a false plate above the allowed ones, and above the limit, costs in found plates.
_PRICE, _PRICE_ABOVE_LIMIT = 0.25, 10.0
# A folder of fewer photos says nothing about false plates.
_FEW_PHOTOS = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """One setting of the three values."""

    text_weight: float
    detector: float
    score_threshold: float

    def changes(self) -> dict[str, Any]:
        """Return the parts of the manifest that say so."""
        return {
            "rejection": {"text_weight": self.text_weight, "detector": self.detector},
            "detector": {"score_threshold": self.score_threshold},
        }


def fit_rejection(collected: Collected) -> tuple[Choice, dict[str, dict[str, float]]]:
    """Try all settings; the best has the most found plates for few false ones, set by set.

    Every set counts the same: a small one of another continent as much as a large one.

    Returns:
        The choice, and for each set the share found and the false plates per picture with it.
    """
    scores = np.array([log_odds(c.evidence.detection_score) for c in collected.candidates])
    texts = np.array(
        [
            log_odds(c.evidence.plate.text_probability if c.evidence.plate.text else 0.0)
            for c in collected.candidates
        ]
    )
    labelled = np.array([c.is_labelled for c in collected.candidates], bool)
    sets = {
        name: np.array([c.dataset == name for c in collected.candidates], bool)
        for name in collected.photos
    }
    best: tuple[float, Choice, dict[str, dict[str, float]]] | None = None
    for values in product(WEIGHTS, DETECTOR, FLOORS):
        choice = Choice(*values)
        kept = scores + choice.text_weight * texts >= log_odds(choice.detector)
        kept &= scores >= log_odds(choice.score_threshold)
        figures = {
            name: _figures(collected, name, kept & members, labelled)
            for name, members in sets.items()
        }
        worth = sum(_worth(name, one, collected.photos[name]) for name, one in figures.items())
        if best is None or worth > best[0] + 1e-9:
            best = worth, choice, figures
    if best is None:
        raise ValueError("no photos to choose by")
    return best[1], best[2]


def _figures(
    collected: Collected, name: str, kept: np.ndarray[Any, Any], labelled: np.ndarray[Any, Any]
) -> dict[str, float]:
    plates = collected.plates[name]
    figures = {"false": round(float((kept & ~labelled).sum()) / collected.photos[name], 4)}
    if plates:
        figures["found"] = round(float((kept & labelled).sum()) / plates, 4)
    return figures


def _worth(name: str, figures: dict[str, float], photos: int) -> float:
    false = figures["false"] if photos >= _FEW_PHOTOS else 0.0
    above = max(0.0, false - ALLOWED.get(name, ALLOWED_ELSEWHERE))
    beyond = max(0.0, false - LIMITS.get(name, 1.0))
    return figures.get("found", 0.0) - _PRICE * above - _PRICE_ABOVE_LIMIT * beyond
