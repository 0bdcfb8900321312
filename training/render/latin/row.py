"""One line of a number: characters, separators and seals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.render.canvas import shade
from training.render.glyphs import font_glyph
from training.render.scripts.script import STACK, as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.render.canvas import Bgr, Canvas
    from training.render.latin.lettering import Lettering

    Box = tuple[float, float, float, float]


class Row:
    """One line of a number: marks and separators with their natural widths."""

    def __init__(
        self,
        rng: np.random.Generator,
        marks: Sequence[str],
        lettering: Lettering,
        *,
        fixed: bool,
        box: str = "",
    ) -> None:
        self.rng = rng
        self.marks = marks
        self.lettering = lettering
        self.fixed = fixed
        self.box = box
        self.gap = rng.uniform(0.06, 0.2)
        self.space = rng.uniform(0.15, 0.5)
        self.dash = rng.uniform(0.3, 0.55)
        self.shown = rng.random() < 0.85

    def natural(self, mark: str) -> float:
        """Return a mark's width for a row of height 1."""
        separators = {
            " ": self.space,
            "|": 0.25,
            "-": self.dash if self.shown else self.space,
            ".": self.dash if self.shown else self.space,
            "*": self.dash * 1.3,
        }
        if mark in separators:
            return separators[mark]
        if STACK in mark:
            return max(self.natural(part) for part in mark.split(STACK)) * 0.6
        if not self.lettering.is_plain(mark):
            return max(self.lettering.glyph(mark).width * self.lettering.script_scale, 0.2)
        if self.fixed:
            return 0.62 * self.lettering.size(mark)
        mask = self.lettering.mask(mark)
        # thin glyphs keep white around them
        own = max(float(mask.shape[1] / font_glyph(self.lettering.font, "0").shape[0]), 0.2)
        return own * self.lettering.size(mark)

    def draw(self, canvas: Canvas, area: Box, ink: Bgr) -> None:
        """Write the row into ``left, top, width, height``; squeeze it if it does not fit."""
        left, top, width, height = area
        widths = [self.natural(mark) for mark in self.marks]
        total = (sum(widths) + self.gap * (len(widths) - 1)) * height
        stretch = self.rng.uniform(0.8, 1.15)
        most = width / total
        if stretch > most:
            stretch = most
        elif most / stretch < 1.25:
            stretch = most * self.rng.uniform(0.9, 1)
        slack = width - total * stretch
        x = left + slack * float(np.clip(self.rng.normal(0.5, 0.15), 0, 1))
        bar = list(self.marks).index("|") if "|" in self.marks else -1
        # what stands in a box beside a bar, a region's number, is smaller and narrower
        boxed = range(bar) if self.box == "left" else range(bar + 1, len(self.marks))
        low, thin = self.rng.uniform(0.55, 0.95), self.rng.uniform(0.5, 0.95)
        raised = 0.5 if self.box == "left" else 0.1
        for place, (mark, natural) in enumerate(zip(self.marks, widths, strict=True)):
            cell = natural * height * stretch
            if self.box and bar >= 0 and place in boxed:
                inner = top + height * (1 - low) * raised
                self._mark(canvas, mark, (x, inner, cell * thin, height * low), ink)
                x += (cell + self.gap * height * stretch) * thin
                continue
            self._mark(canvas, mark, (x, top, cell, height), ink)
            x += cell + self.gap * height * stretch

    def _mark(self, canvas: Canvas, mark: str, box: Box, ink: Bgr) -> None:
        x, top, cell, height = box
        middle = top + height / 2
        if mark == " ":
            return
        if mark == "|":
            # through the plate where the row is most of it
            over = canvas.height if height > 0.5 * canvas.height else 0.2 * height
            center = x + cell / 2
            canvas.rectangle(center - 1.5, top - over, center + 1.5, top + height + over, ink)
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
        elif STACK in mark:
            parts = mark.split(STACK)
            high = height / len(parts)
            for place, part in enumerate(parts):
                self._ink(canvas, part, (x, top + high * place, cell, high * 0.92), ink)
            # beside one another for whoever reads from left to right
            self._note(canvas, mark, (x, top, cell, height))
        else:
            self._ink(canvas, mark, box, ink)
            self._note(canvas, mark, box)

    @staticmethod
    def _note(canvas: Canvas, mark: str, box: Box) -> None:
        """Note what a mark is in the text, its characters evenly along its cell."""
        x, top, cell, height = box
        text = as_text(mark)
        canvas.text += text
        canvas.centers += [
            (x + cell * (place + 0.5) / len(text), top + height / 2) for place in range(len(text))
        ]

    def _ink(self, canvas: Canvas, mark: str, box: Box, ink: Bgr) -> None:
        x, top, cell, height = self.lettering.moved(self.rng, box)
        if not self.lettering.is_plain(mark):
            glyph = self.lettering.glyph(mark)
            scale = self.lettering.script_scale
            high = glyph.height * height * scale
            y = top + height * ((1 - scale) * self.lettering.script_drop + glyph.top * scale)
            wide = min(glyph.width * height * scale, cell)
            mask = self.lettering.vary(glyph.mask)
            canvas.stamp(mask, (x + (cell - wide) / 2, y, wide, high), ink)
            return
        size = self.lettering.size(mark)
        mask = self.lettering.vary(self.lettering.mask(mark))
        own = mask.shape[1] / font_glyph(self.lettering.font, "0").shape[0] * height * size
        if self.fixed:
            own = min(own, cell) if own < 0.7 * cell else cell
        else:
            own = min(own * cell / max(own, 1), cell)
        x, y = x + (cell - own) / 2, top + height * (1 - size)
        if self.lettering.embossed:
            # the slope away from the light
            rim: Bgr = (235, 235, 235) if sum(ink) < 250 else (70, 70, 70)
            canvas.stamp(mask, (x + 1.5, y + 1.5, own, height * size), rim)
        canvas.stamp(mask, (x, y, own, height * size), ink)

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
