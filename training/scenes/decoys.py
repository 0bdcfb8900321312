"""Things that look like plates and are not: what a plate detector confuses first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenes import lettering
from training.scenes.lookalikes import badge, display, lamp, rings, stripes, wheel
from training.scenes.sheets import Decoy, blank

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.render.faces import Purpose


def caption(rng: np.random.Generator, purpose: Purpose = "training") -> Decoy:
    """A camera's caption or a site's watermark, without a sheet behind it."""
    return lettering.caption(rng, purpose).decoy


def sheet(rng: np.random.Generator, purpose: Purpose = "training") -> Decoy:
    """A sign, a sticker, a price, a telephone number: words or a number on a sheet."""
    return lettering.sheet(rng, purpose).decoy


def mark(rng: np.random.Generator, purpose: Purpose = "training") -> Decoy:
    """Letters straight on the body work."""
    return lettering.mark(rng, purpose).decoy


LETTERING: tuple[tuple[Callable[[np.random.Generator, Purpose], Decoy], float], ...] = (
    (sheet, 0.36),
    (mark, 0.14),
    (caption, 0.04),
)
SHAPES: tuple[tuple[Callable[[np.random.Generator], Decoy], float], ...] = (
    (blank, 0.12),
    (display, 0.06),
    (rings, 0.05),
    (stripes, 0.10),
    (lamp, 0.08),
    (wheel, 0.03),
    (badge, 0.05),
)


def random_decoy(rng: np.random.Generator, purpose: Purpose = "training") -> Decoy:
    """One decoy of a random kind.

    Args:
        rng: source of randomness.
        purpose: which type faces its lettering may be in.

    Raises:
        FileNotFoundError: if no type face for the purpose is installed.
    """
    weights = np.array([weight for _, weight in (*LETTERING, *SHAPES)])
    index = int(rng.choice(len(weights), p=weights / weights.sum()))
    if index < len(LETTERING):
        return LETTERING[index][0](rng, purpose)
    return SHAPES[index - len(LETTERING)][0](rng)
