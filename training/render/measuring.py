"""Plates for measuring: kinds that a condition asks for, in lettering that never trains.

``benchmarks`` puts them into photographs. Latin numbers are in ``MEASURING_FONTS``, painted ones in
``MEASURING_HAND_FONTS``, scripts in those of their fonts that ``faces.purpose_of`` keeps for
measuring; layouts and designs are the training's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.render import UNKNOWN, UNKNOWN_KINDS, PlateKind, render_plate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training.render import RenderedPlate

# Two-row plates of Vietnam, India, Brazil, Argentina, Thailand.
TWO_ROW_KINDS = (
    PlateKind.VIETNAM_TWO_ROWS,
    PlateKind.INDIA_TWO_ROWS,
    PlateKind.BRAZIL_TWO_ROWS,
    PlateKind.ARGENTINA_TWO_ROWS,
    PlateKind.THAILAND_TWO_ROWS,
)
US_KINDS = (PlateKind.US,)
SCRIPT_KINDS = tuple(sorted(UNKNOWN_KINDS))


def measuring_plate(rng: np.random.Generator, kind: PlateKind) -> RenderedPlate:
    """Return a clean flat plate in lettering that never trains.

    One of ``SCRIPT_KINDS`` has at least one character that the reader does not know: some formats
    of these kinds have Latin marks alone.

    Raises:
        FileNotFoundError: if the fonts are not installed: see training/recognizer/README.md.
    """
    while True:
        plate = render_plate(rng, kind, "measuring")
        if kind not in SCRIPT_KINDS or UNKNOWN in plate.text:
            return plate


def measuring_plates(kinds: Sequence[PlateKind], each: int, seed: int) -> Iterator[RenderedPlate]:
    """Yield ``each`` plates of every kind; a plate depends on seed, kind and its own number only.

    Raises:
        FileNotFoundError: if the fonts are not installed: see training/recognizer/README.md.
    """
    for kind in kinds:
        name = list(kind.value.encode())
        for number in range(each):
            yield measuring_plate(np.random.default_rng([seed, number, *name]), kind)
