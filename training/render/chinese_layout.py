"""Where the characters of a Chinese plate stand and in which lettering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.render.chinese_text import PROVINCES
from training.render.glyphs import Lettering, chinese_fonts, font_glyph, standard_lettering
from training.render.kinds import PlateKind
from training.render.letterforms import stroke_variation

if TYPE_CHECKING:
    import numpy as np

    from training.render.canvas import Bgr, Canvas, Mask

_ARMED = frozenset({PlateKind.ARMED_POLICE, PlateKind.ARMED_POLICE_TWO_ROWS})


class Writer:
    """Stamps characters of one plate in one consistent look."""

    def __init__(self, rng: np.random.Generator, canvas: Canvas) -> None:
        self.rng = rng
        self.canvas = canvas
        self.vary = stroke_variation(rng)
        self.variant = int(rng.integers(6))
        fonts = chinese_fonts()
        self.font = fonts[int(rng.integers(len(fonts)))]
        # now and then a province in ordinary print lettering, as on older plates
        self.printed = rng.random() < 0.06
        # where smaller characters stand: mostly at the foot of their row
        self.foot = 1.0 if rng.random() < 0.6 else float(rng.uniform(0, 1))

    def mask(self, use: str, char: str) -> Mask:
        """Return the ink of a character in this plate's look."""
        letterings: list[Lettering] = standard_lettering()[use]
        lettering = letterings[self.variant % len(letterings)]
        if char in lettering and not (self.printed and char in PROVINCES):
            return self.vary(lettering.masks[char])
        if char in "IO" and "0" in lettering:
            return self.vary(lettering.masks["0" if char == "O" else "1"])
        return self.vary(font_glyph(self.font[0], char, self.font[1]))

    def row(  # noqa: PLR0917
        self,
        use: str,
        text: str,
        cells: list[tuple[float, float]],
        band: tuple[float, float],
        inks: list[Bgr],
        low: tuple[range, float] = (range(0), 1.0),
    ) -> None:
        """Write ``text`` into cells of ``(left, width)`` between ``band`` = (top, height).

        The marks numbered ``low`` are lower by that share, and stand at the foot of the band.
        """
        dy = self.rng.normal(0, 0.8)
        places, share = low
        for place, (char, (left, width), ink) in enumerate(zip(text, cells, inks, strict=True)):
            high = band[1] * (share if place in places else 1)
            top = band[0] + (band[1] - high) * self.foot + dy
            box = (left + self.rng.normal(0, 0.7), top, width, high)
            self.canvas.char(char, self.mask(use, char), box, ink)


def row_cells(
    widths: list[float], gap: float, total: float, wide_after: int | None, wide: float
) -> list[tuple[float, float]]:
    """Return centred ``(left, width)`` cells with one wider gap after cell ``wide_after``."""
    inner = sum(widths) + gap * (len(widths) - 1)
    if wide_after is not None:
        inner += wide - gap
    left = (total - inner) / 2
    cells = []
    for place, width in enumerate(widths):
        cells.append((left, width))
        left += width + (wide if place == wide_after else gap)
    return cells


def small_pair(rng: np.random.Generator, kind: PlateKind, text: str) -> tuple[range, float]:
    """Return which characters are small, and their height as a share of the others'.

    The two digits after an armed police's WJ, a region's number, mostly are.
    """
    if kind in _ARMED and text[2].isdigit() and rng.random() < 0.75:
        return range(2, 4), float(rng.uniform(0.45, 0.75))
    return range(0), 1.0
