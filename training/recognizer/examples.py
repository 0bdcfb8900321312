"""Training examples from rendered plates and lettering: a crop and the truth about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.recognizer.chunks import Example
from training.recognizer.legibility import complete, legible
from training.recognizer.lettering import lettering_example
from training.recognizer.views import Alteration, make_view
from training.render import PlateKind, RenderedPlate, render_plate

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Shares of rendered crops that show other lettering, and of plates with something amiss.
LETTERING_SHARE = 0.1
_ALTERATION_SHARES = {Alteration.CUT: 0.14, Alteration.EDGE: 0.06, Alteration.COVERED: 0.15}
# From this hidden share of its characters on, a plate's rows are not counted.
_UNCOUNTED = 0.3


def rendered_example(
    rng: np.random.Generator,
    photos: list[NDArray[np.uint8]],
    kind: PlateKind | None = None,
    lettering: float = LETTERING_SHARE,
) -> Example:
    """Return one rendered crop with its truth: a plate, whole or not, or other lettering.

    Args:
        rng: source of randomness.
        photos: backgrounds; may be empty.
        kind: the plate's kind; None lets chance decide, also whether it is a plate.
        lettering: how often it is none.
    """
    if kind is None and rng.random() < lettering:
        return lettering_example(rng, photos)
    plate = render_plate(rng, kind)
    return plate_example(rng, plate, photos, random_alteration(rng))


def random_alteration(rng: np.random.Generator) -> Alteration | None:
    """Return what is amiss with a plate, mostly nothing."""
    choice = rng.random()
    for alteration, share in _ALTERATION_SHARES.items():
        if choice < share:
            return alteration
        choice -= share
    return None


def plate_example(
    rng: np.random.Generator,
    plate: RenderedPlate,
    photos: list[NDArray[np.uint8]],
    alteration: Alteration | None,
) -> Example:
    """Return one view of a plate with its truth: the text is what can be read of it."""
    view = make_view(rng, plate, photos, alteration=alteration)
    chosen = legible(view.hidden)
    text, centers = "", np.zeros(0, np.float32)
    if chosen is not None and (plate.rows == 1 or view.split):
        text = "".join(char for char, seen in zip(plate.text, chosen, strict=True) if seen)
        centers = view.centers[chosen]
    return Example(
        crop=view.crop,
        text=text,
        centers=centers,
        color=plate.color,
        # where half of it is hidden, nothing tells how many rows there are
        rows=0 if view.split or view.hidden.mean() > _UNCOUNTED else plate.rows,
        # lettering of no country's is also what sheets look like
        plate=None if plate.kind is PlateKind.GENERIC else True,
        complete=complete(view.hidden),
    )
