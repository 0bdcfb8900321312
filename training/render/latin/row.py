"""One line of a number: characters, separators and seals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.render.canvas import shade
from training.render.glyphs import font_glyph

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.render.canvas import Bgr, Canvas, Mask
    from training.render.letterforms import Reshape


class Row:
    """One line of a number: characters and separators with their natural widths."""

    def __init__(
        self, rng: np.random.Generator, text: str, font: str, reshape: Reshape, *, fixed: bool
    ) -> None:
        self.rng = rng
        self.text = text
        self.font = font
        self.reshape = reshape
        self.fixed = fixed
        self.gap = rng.uniform(0.06, 0.2)
        self.space = rng.uniform(0.15, 0.5)
        self.mark = rng.uniform(0.3, 0.55)
        self.shown = rng.random() < 0.85

    def natural(self, mark: str) -> float:
        """Return a mark's width for a row of height 1."""
        if mark == " ":
            return self.space
        if mark == "|":
            return 0.25
        if mark in "-.":
            return self.mark if self.shown else self.space
        if mark == "*":
            return self.mark * 1.3
        if self.fixed:
            return 0.62
        mask = self.reshape(mark, font_glyph(self.font, mark))
        # thin glyphs keep white around them
        return max(float(mask.shape[1] / font_glyph(self.font, "0").shape[0]), 0.2)

    def draw(
        self,
        canvas: Canvas,
        area: tuple[float, float, float, float],
        ink: Bgr,
        vary: Callable[[Mask], Mask],
    ) -> None:
        """Write the row into ``left, top, width, height``; squeeze it if it does not fit."""
        left, top, width, height = area
        widths = [self.natural(mark) for mark in self.text]
        total = (sum(widths) + self.gap * (len(widths) - 1)) * height
        stretch = self.rng.uniform(0.8, 1.15)
        most = width / total
        if stretch > most:
            stretch = most
        elif most / stretch < 1.25:
            stretch = most * self.rng.uniform(0.9, 1)
        slack = width - total * stretch
        x = left + slack * float(np.clip(self.rng.normal(0.5, 0.15), 0, 1))
        # what stands in a box before a bar, a region's number, is smaller and narrower
        boxed = self.text.find("|")
        low, thin = self.rng.uniform(0.55, 0.95), self.rng.uniform(0.5, 0.95)
        for place, (mark, natural) in enumerate(zip(self.text, widths, strict=True)):
            cell = natural * height * stretch
            if place < boxed:
                inner = top + height * (1 - low) / 2
                self._mark(canvas, mark, (x, inner, cell * thin, height * low), ink, vary)
                x += (cell + self.gap * height * stretch) * thin
                continue
            self._mark(canvas, mark, (x, top, cell, height), ink, vary)
            x += cell + self.gap * height * stretch

    def _mark(
        self,
        canvas: Canvas,
        mark: str,
        box: tuple[float, float, float, float],
        ink: Bgr,
        vary: Callable[[Mask], Mask],
    ) -> None:
        x, top, cell, height = box
        middle = top + height / 2
        if mark == " ":
            return
        if mark == "|":
            canvas.rectangle(x + cell / 2 - 1.5, 0, x + cell / 2 + 1.5, canvas.height, ink)
        elif mark == "-":
            if self.shown:
                thick = height * 0.06
                canvas.rectangle(x, middle - thick, x + cell, middle + thick, ink)
        elif mark == ".":
            if self.shown:
                y = middle if self.rng.random() < 0.6 else top + height * 0.92
                canvas.dot(x + cell / 2, y, height * 0.07, ink)
        elif mark == "*":
            self._seals(canvas, x + cell / 2, top, cell, height)
        else:
            mask = vary(self.reshape(mark, font_glyph(self.font, mark)))
            own = mask.shape[1] / font_glyph(self.font, "0").shape[0] * height
            if self.fixed:
                own = min(own, cell) if own < 0.7 * cell else cell
            else:
                own = min(own * cell / max(own, 1), cell)
            canvas.stamp(mask, (x + (cell - own) / 2, top, own, height), ink)
            canvas.text += mark
            canvas.centers.append((x + cell / 2, middle))

    def _seals(self, canvas: Canvas, x: float, top: float, cell: float, height: float) -> None:
        """Draw one or two registration seals."""
        colours: tuple[Bgr, ...] = ((60, 120, 40), (160, 80, 30), (30, 60, 190), (40, 170, 220))
        count = int(self.rng.integers(1, 3))
        for place in range(count):
            y = top + height * ((place + 0.5) / count)
            colour = shade(self.rng, colours[int(self.rng.integers(4))], 40)
            radius = min(cell, height / count) * 0.45
            canvas.dot(x, y, radius, colour)
            canvas.dot(x, y, radius * 0.55, shade(self.rng, (190, 190, 190), 50))
