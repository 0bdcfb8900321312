"""Chooses which detections count as plates: the detector's threshold and the text's say in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from platestream.vision.confidence import log_odds

if TYPE_CHECKING:
    from training.calibration.samples import Collected

WEIGHTS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
DETECTOR: Final = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
FLOORS: Final = (0.4, 0.45, 0.5, 0.55, 0.6)
# False plates per picture that a set may have before they are held against a choice. Half of the
# "false" plates of street scenes are real ones that nobody labelled, so no less is asked there.
ALLOWED: Final = {"easypr_negative_patches": 0.004}
ALLOWED_ELSEWHERE: Final = 0.1
HARD_LIMIT: Final = 0.17
# What a false plate above the allowed ones costs, in found plates.
_PRICE, _PRICE_ABOVE_LIMIT = 0.25, 5.0


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
        worth = sum(_worth(name, one) for name, one in figures.items())
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


def _worth(name: str, figures: dict[str, float]) -> float:
    allowed = ALLOWED.get(name, ALLOWED_ELSEWHERE)
    limit = 10 * allowed if name in ALLOWED else HARD_LIMIT
    false = figures["false"]
    cost = _PRICE * max(0.0, false - allowed) + _PRICE_ABOVE_LIMIT * max(0.0, false - limit)
    if name in ALLOWED:
        cost *= 10
    return figures.get("found", 0.0) - cost
