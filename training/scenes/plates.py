"""Which kinds of plates scenes show, and how often."""

from __future__ import annotations

import numpy as np

# The detector learns shapes and colours rather than texts: common kinds often, every kind
# sometimes. Kinds without a weight here count 1.
KIND_WEIGHTS = {
    "blue": 5.0,
    "green_small": 5.0,
    "green_large": 2.0,
    "yellow": 3.0,
    "yellow_two_rows": 3.0,
    "police": 1.5,
    "europe": 5.0,
    "us": 3.0,
    "taiwan": 2.0,
    "india": 2.0,
}


def pick_kind(rng: np.random.Generator) -> str:
    """Name of a random plate kind."""
    from training.render.kinds import PlateKind

    kinds = [kind.value for kind in PlateKind]
    weights = np.array([KIND_WEIGHTS.get(kind, 1.0) for kind in kinds])
    return str(kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))])
