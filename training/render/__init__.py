"""Synthetic plates: lettering, layouts of many countries, degradations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.render.chinese import render_chinese
from training.render.degrade import degrade
from training.render.kinds import CHINESE_KINDS, PlateKind, RenderedPlate
from training.render.latin.plate import render_latin

if TYPE_CHECKING:
    import numpy as np

# How often each kind is drawn when none is asked for. The hard and rare kinds get more than their
# share on the road: they have no real photographs, so rendering carries them alone.
KIND_WEIGHTS: dict[PlateKind, float] = {
    PlateKind.BLUE: 19,
    PlateKind.YELLOW: 4,
    PlateKind.YELLOW_TWO_ROWS: 6,
    PlateKind.GREEN_SMALL: 7,
    PlateKind.GREEN_LARGE: 3,
    PlateKind.POLICE: 2.5,
    PlateKind.ARMED_POLICE: 2.5,
    PlateKind.ARMED_POLICE_TWO_ROWS: 4,
    PlateKind.MILITARY: 1,
    PlateKind.EMERGENCY: 2,
    PlateKind.HONGKONG_MACAU: 2.5,
    PlateKind.EMBASSY: 1.5,
    PlateKind.CONSULATE: 1.5,
    PlateKind.LEARNER: 2,
    PlateKind.TRAILER: 3,
    PlateKind.CIVIL_AVIATION: 1.5,
    PlateKind.AGRICULTURAL: 4,
    PlateKind.MOTORCYCLE: 3.5,
    PlateKind.EUROPE: 16,
    PlateKind.EUROPE_TWO_ROWS: 1.5,
    PlateKind.US: 3,
    PlateKind.BRAZIL: 2.5,
    PlateKind.BRAZIL_TWO_ROWS: 0.7,
    PlateKind.ARGENTINA: 1.3,
    PlateKind.CHILE: 3,
    PlateKind.PERU: 3,
    PlateKind.TAIWAN: 5,
    PlateKind.VIETNAM: 3,
    PlateKind.VIETNAM_TWO_ROWS: 1.2,
    PlateKind.UZBEKISTAN: 7,
    PlateKind.INDIA: 1.5,
    PlateKind.INDIA_TWO_ROWS: 1.2,
    PlateKind.GENERIC: 3,
}


def random_kind(rng: np.random.Generator) -> PlateKind:
    """Return a kind, drawn by ``KIND_WEIGHTS``."""
    kinds = list(KIND_WEIGHTS)
    total = sum(KIND_WEIGHTS.values())
    index = rng.choice(len(kinds), p=[weight / total for weight in KIND_WEIGHTS.values()])
    return kinds[int(index)]


def render_plate(rng: np.random.Generator, kind: PlateKind | None = None) -> RenderedPlate:
    """Return a clean flat plate of the given kind, or of a random one.

    Raises:
        FileNotFoundError: if the glyph sets or the fonts are not installed.
    """
    chosen = kind or random_kind(rng)
    if chosen in CHINESE_KINDS:
        return render_chinese(rng, chosen)
    return render_latin(rng, chosen)


__all__ = [
    "CHINESE_KINDS",
    "KIND_WEIGHTS",
    "PlateKind",
    "RenderedPlate",
    "degrade",
    "random_kind",
    "render_plate",
]
