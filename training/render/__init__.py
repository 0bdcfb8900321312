"""Synthetic plates: lettering, layouts of many countries, degradations."""

from __future__ import annotations

import bisect
import functools
import itertools
import warnings
from typing import TYPE_CHECKING

from training.render.chinese import render_chinese
from training.render.degrade import degrade
from training.render.kinds import CHINESE_KINDS, UNKNOWN_KINDS, PlateKind, RenderedPlate
from training.render.latin.plate import can_draw, render_latin
from training.render.scripts.script import UNKNOWN
from training.render.states.plate import STATES, render_state

if TYPE_CHECKING:
    import numpy as np

    from training.render.faces import Purpose

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
    PlateKind.EUROPE_TWO_ROWS: 2.5,
    PlateKind.US: 8,
    PlateKind.BRAZIL: 2.5,
    PlateKind.BRAZIL_TWO_ROWS: 1.6,
    PlateKind.ARGENTINA: 1.3,
    PlateKind.CHILE: 3,
    PlateKind.PERU: 3,
    PlateKind.TAIWAN: 5,
    PlateKind.VIETNAM: 3,
    PlateKind.VIETNAM_TWO_ROWS: 3,
    PlateKind.UZBEKISTAN: 7,
    PlateKind.INDIA: 1.5,
    PlateKind.INDIA_TWO_ROWS: 3,
    PlateKind.GENERIC: 3,
    PlateKind.ARABIC: 3.5,
    PlateKind.ARABIC_TWO_ROWS: 2,
    PlateKind.SAUDI: 0.8,
    PlateKind.THAILAND: 2.5,
    PlateKind.THAILAND_TWO_ROWS: 1,
    PlateKind.KOREA: 2,
    PlateKind.KOREA_TWO_ROWS: 1.2,
    PlateKind.CYRILLIC: 1,
    PlateKind.DEVANAGARI: 0.8,
    PlateKind.BENGALI: 0.6,
    PlateKind.LAO: 0.4,
    PlateKind.KHMER: 0.5,
    PlateKind.JAPAN: 1,
    PlateKind.CANADA: 1.2,
    PlateKind.MEXICO: 1,
    PlateKind.AUSTRALIA: 1.2,
    PlateKind.AMERICAS: 0.8,
    PlateKind.AMERICAS_TWO_ROWS: 1.2,
    PlateKind.ARGENTINA_TWO_ROWS: 1.2,
    PlateKind.ASIA: 2.5,
    PlateKind.ASIA_TWO_ROWS: 1.4,
    PlateKind.AFRICA: 0.8,
    PlateKind.RUSSIA: 1.5,
    PlateKind.RUSSIA_TWO_ROWS: 0.6,
}


@functools.cache
def _weighted() -> tuple[tuple[PlateKind, ...], tuple[float, ...]]:
    """Return the kinds that can be drawn here, and the chance of each and all before it."""
    absent = {kind for kind in KIND_WEIGHTS.keys() - CHINESE_KINDS if not can_draw(kind)}
    if absent:
        names = ", ".join(sorted(absent))
        where = "see training/recognizer/README.md"
        warnings.warn(f"no font for these kinds ({where}): {names}", stacklevel=3)
    present = tuple(kind for kind in KIND_WEIGHTS if kind not in absent)
    total = sum(KIND_WEIGHTS[kind] for kind in present)
    return present, tuple(itertools.accumulate(KIND_WEIGHTS[kind] / total for kind in present))


def random_kind(rng: np.random.Generator) -> PlateKind:
    """Return a kind, drawn by ``KIND_WEIGHTS``.

    Kinds whose script no installed font has are left out, with a warning.
    """
    kinds, chances = _weighted()
    # the last sum may be a hair below 1
    return kinds[min(bisect.bisect(chances, rng.random()), len(kinds) - 1)]


def render_plate(
    rng: np.random.Generator, kind: PlateKind | None = None, purpose: Purpose = "training"
) -> RenderedPlate:
    """Return a clean flat plate of the given kind, or of a random one.

    Args:
        rng: source of randomness.
        kind: what to draw; None lets chance decide, by ``KIND_WEIGHTS``.
        purpose: with ``measuring``, Latin numbers are in type faces that never train.

    Raises:
        FileNotFoundError: if the glyph sets or the fonts are not installed.
    """
    chosen = kind or random_kind(rng)
    if chosen in CHINESE_KINDS:
        return render_chinese(rng, chosen)
    if chosen in STATES:
        return render_state(rng, chosen, purpose)
    return render_latin(rng, chosen, purpose)


__all__ = [
    "CHINESE_KINDS",
    "KIND_WEIGHTS",
    "UNKNOWN",
    "UNKNOWN_KINDS",
    "PlateKind",
    "RenderedPlate",
    "degrade",
    "random_kind",
    "render_plate",
]
