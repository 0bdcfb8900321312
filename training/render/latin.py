"""Drawing of plates in Latin letters from the formats' descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.render import latin_formats as formats
from training.render.canvas import Bgr, Canvas
from training.render.chinese import shade, stroke_variation
from training.render.glyphs import (
    LATIN_FONTS,
    SIGN_FONTS,
    available_fonts,
    font_glyph,
    font_line,
)
from training.render.kinds import PlateKind, RenderedPlate
from training.render.letterforms import plate_letterforms

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.render.canvas import Mask
    from training.render.latin_formats import Format
    from training.render.letterforms import Reshape

FORMATS: dict[PlateKind, tuple[Format, ...]] = {
    PlateKind.EUROPE: formats.EUROPE,
    PlateKind.EUROPE_TWO_ROWS: formats.EUROPE_TWO_ROWS,
    PlateKind.US: formats.US,
    PlateKind.BRAZIL: formats.BRAZIL,
    PlateKind.BRAZIL_TWO_ROWS: formats.BRAZIL_TWO_ROWS,
    PlateKind.ARGENTINA: formats.ARGENTINA,
    PlateKind.CHILE: formats.CHILE,
    PlateKind.PERU: formats.PERU,
    PlateKind.TAIWAN: formats.TAIWAN,
    PlateKind.VIETNAM: formats.VIETNAM,
    PlateKind.VIETNAM_TWO_ROWS: formats.VIETNAM_TWO_ROWS,
    PlateKind.UZBEKISTAN: formats.UZBEKISTAN,
    PlateKind.INDIA: formats.INDIA,
    PlateKind.INDIA_TWO_ROWS: formats.INDIA_TWO_ROWS,
    PlateKind.GENERIC: formats.GENERIC,
}

# background name -> BGR and the colour reported for it
_BACKGROUNDS: dict[str, tuple[Bgr, str]] = {
    "white": ((238, 238, 238), "white"),
    "yellow": ((30, 195, 240), "yellow"),
    "black": ((30, 30, 30), "black"),
    "blue": ((150, 70, 20), "blue"),
    "green": ((90, 140, 30), "green"),
    "red": ((40, 35, 180), "unknown"),
    "grey": ((165, 165, 165), "unknown"),
    "pale": ((215, 225, 205), "white"),
    "orange": ((20, 90, 225), "unknown"),
    "sunset": ((200, 220, 250), "white"),
}
_INKS: dict[str, Bgr] = {
    "black": (30, 28, 28),
    "navy": (110, 45, 25),
    "red": (35, 30, 190),
    "green": (70, 110, 20),
    "white": (240, 240, 240),
}
_DARK = frozenset({"black", "blue", "green", "red"})
_PIXELS = 150  # height of a one-row plate; two rows get half as much again


def _choice(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


class _Row:
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


def _strip(rng: np.random.Generator, canvas: Canvas, letters: str, *, right: bool) -> float:
    """Draw a blue strip with small lettering; return its width."""
    width = canvas.height * rng.uniform(0.28, 0.42) * min(canvas.width / canvas.height / 4, 1)
    x0 = canvas.width - width if right else 0.0
    canvas.rectangle(x0, 0, x0 + width, canvas.height, shade(rng, (160, 70, 20), 30))
    white = shade(rng, (235, 235, 235), 15)
    if right and rng.random() < 0.6:
        # a region's emblem instead of the stars
        for _ in range(int(rng.integers(1, 5))):
            y = canvas.height * rng.uniform(0.15, 0.5)
            reach = width * rng.uniform(0.1, 0.38)
            colour = shade(rng, (130, 130, 150), 110)
            if rng.random() < 0.5:
                canvas.dot(x0 + width * rng.uniform(0.35, 0.65), y, reach, colour)
            else:
                left = x0 + width / 2 - reach
                canvas.rectangle(left, y, left + 2 * reach, y + reach * rng.uniform(0.5, 2), colour)
    stars = 0 if right and rng.random() < 0.6 else 8
    for step in range(stars):
        angle = 2 * np.pi * step / stars
        radius = width * 0.27
        canvas.dot(
            x0 + width / 2 + radius * np.cos(angle),
            canvas.height * 0.3 + radius * np.sin(angle),
            width * 0.06,
            shade(rng, (60, 210, 235), 20),
        )
    if letters:
        mask = font_line(available_fonts(LATIN_FONTS)[0], letters)
        high = canvas.height * rng.uniform(0.16, 0.22)
        wide = min(mask.shape[1] / mask.shape[0] * high, width * 0.85)
        canvas.stamp(
            mask,
            (x0 + (width - wide) / 2, canvas.height * rng.uniform(0.62, 0.72), wide, high),
            white,
        )
    return width


def _caption(  # noqa: PLR0917
    rng: np.random.Generator, canvas: Canvas, words: str, y: float, high: float, ink: Bgr
) -> None:
    fonts = available_fonts(LATIN_FONTS)
    mask = font_line(fonts[int(rng.integers(len(fonts)))], words)
    wide = min(mask.shape[1] / mask.shape[0] * high, canvas.width * 0.75)
    canvas.stamp(mask, ((canvas.width - wide) / 2, y, wide, high), ink)


def render_latin(rng: np.random.Generator, kind: PlateKind) -> RenderedPlate:
    """Return a clean plate of a kind in Latin letters."""
    options = FORMATS[kind]
    weights = np.array([option.weight for option in options])
    chosen = options[int(rng.choice(len(options), p=weights / weights.sum()))]
    lines = formats.fill(rng, _choice(rng, chosen.patterns), chosen.letters).split("/")
    height = _PIXELS if len(lines) == 1 else 210
    width = round(height * rng.uniform(*chosen.aspect))
    name = _choice(rng, chosen.backgrounds)
    base, color = _BACKGROUNDS[name]
    canvas = Canvas(width, height, shade(rng, base, 18))
    if name == "sunset" or (chosen is formats.US[0] and rng.random() < 0.3):
        canvas.gradient(shade(rng, (235, 225, 215), 20), shade(rng, base, 25))
    ink_name = _choice(rng, chosen.inks) if chosen.inks else ""
    if name in _DARK:
        ink_name = "white"
    ink = shade(rng, _INKS[ink_name or "black"], 18)
    left, top, right, bottom = _furniture(rng, canvas, chosen, ink)
    fonts = available_fonts(SIGN_FONTS if rng.random() < chosen.sign_fonts else LATIN_FONTS)
    font = fonts[int(rng.integers(len(fonts)))]
    # most European and Asian authorities give every character, M and W too, the same cell
    fixed = rng.random() < (0.55 if kind is PlateKind.EUROPE else chosen.fixed_pitch)
    vary = stroke_variation(rng)
    reshape = plate_letterforms(rng, kind)
    pad = rng.uniform(0.02, 0.06) * width
    area_width = right - left - 2 * pad
    if len(lines) == 1:
        high = (bottom - top) * rng.uniform(0.66, 0.86)
        y = top + (bottom - top - high) / 2
        _Row(rng, lines[0], font, reshape, fixed=fixed).draw(
            canvas, (left + pad, y, area_width, high), ink, vary
        )
    else:
        share = rng.uniform(0.4, 0.5)
        room = bottom - top
        for place, line in enumerate(lines):
            high = room * (share if place == 0 else 1 - share) * rng.uniform(0.76, 0.86)
            y = top + room * (0.04 if place == 0 else share + 0.02)
            _Row(rng, line, font, reshape, fixed=fixed).draw(
                canvas, (left + pad, y, area_width, high), ink, vary
            )
    return RenderedPlate(
        image=canvas.image,
        text=canvas.text,
        color=color,
        rows=len(lines),
        kind=kind,
        char_centers=np.array(canvas.centers, np.float32),
    )


def _furniture(
    rng: np.random.Generator, canvas: Canvas, chosen: Format, ink: Bgr
) -> tuple[float, float, float, float]:
    """Draw frame, strips, bands, captions; return the number's area: left, top, right, bottom."""
    width, height = canvas.width, canvas.height
    left, top, right, bottom = 0.0, 0.0, float(width), float(height)
    two = width / height < 2.4
    white = (240, 240, 240)
    if chosen.right in {"band", "peru"}:
        band = height * rng.uniform(0.14, 0.24)
        colour: Bgr = shade(rng, (150, 70, 20), 30)
        if chosen.right == "peru":
            options: tuple[Bgr, ...] = ((40, 60, 220), (60, 150, 60), (20, 200, 240), (225,) * 3)
            colour = shade(rng, options[int(rng.integers(4))], 25)
        canvas.rectangle(0, 0, width, band, colour)
        _caption(
            rng,
            canvas,
            _choice(rng, chosen.header),
            band * 0.15,
            band * 0.7,
            white if sum(colour) < 500 else ink,
        )
        top = band
    elif chosen.header and (words := _choice(rng, chosen.header)):
        high = height * rng.uniform(0.1, 0.17)
        _caption(rng, canvas, words, height * 0.05, high, ink)
        top = height * 0.05 + high
    if chosen.footer and (words := _choice(rng, chosen.footer)):
        high = height * rng.uniform(0.08, 0.14)
        _caption(rng, canvas, words, height * 0.94 - high, high, ink)
        bottom = height * 0.94 - high
    if chosen.left and rng.random() < 0.85:
        left = _strip(rng, canvas, chosen.left, right=False)
    if chosen.right == "uz" and rng.random() < 0.6:
        # screws left and right of the region's number
        for x in (0.02, 0.155):
            canvas.dot(width * x, height * 0.5, rng.uniform(3, 6), shade(rng, (90, 90, 90), 60))
    if chosen.right == "strip" and rng.random() < 0.85:
        right -= _strip(
            rng, canvas, str(int(rng.integers(1, 96))) if rng.random() < 0.9 else "", right=True
        )
    elif chosen.right in {"flag", "uz"}:
        right = width - height * rng.uniform(0.25, 0.4)
        _flag(rng, canvas, right, "UZ" if chosen.right == "uz" else "")
        if chosen.right == "flag" and rng.random() < 0.6:
            left = height * rng.uniform(0.25, 0.4)
            canvas.rectangle(
                left * 0.2, height * 0.3, left * 0.85, height * 0.7, shade(rng, (40, 40, 200), 20)
            )
            canvas.rectangle(left * 0.45, height * 0.38, left * 0.6, height * 0.62, white)
    if rng.random() < 0.75:
        canvas.border(rng.uniform(1, 5), int(rng.integers(2, 5)), ink, 10)
    for x in (0.2, 0.8) if two else (0.12, 0.88):
        if rng.random() < 0.2:
            canvas.dot(
                width * x,
                height * (0.1 if two else 0.5),
                rng.uniform(3, 7),
                shade(rng, (120, 120, 120), 60),
            )
    return left, top, right, bottom


def _flag(rng: np.random.Generator, canvas: Canvas, x: float, letters: str) -> None:
    """Draw a small flag of three stripes at the right edge."""
    wide, height = canvas.width - x, canvas.height
    if not letters and rng.random() < 0.7:
        # a canton's or region's shield
        left, top = x + wide * 0.15, height * rng.uniform(0.22, 0.32)
        right, bottom = left + wide * rng.uniform(0.5, 0.7), height * rng.uniform(0.6, 0.75)
        first, second = (shade(rng, (120, 120, 120), 120) for _ in range(2))
        canvas.rectangle(left, top, right, bottom, first)
        if rng.random() < 0.5:
            canvas.rectangle(left, top, (left + right) / 2, bottom, second)
        else:
            canvas.rectangle(left, (top + bottom) / 2, right, bottom, second)
        if rng.random() < 0.5:
            middle = shade(rng, (120, 120, 120), 120)
            canvas.dot((left + right) / 2, (top + bottom) / 2, wide * 0.15, middle)
        return
    colours: tuple[Bgr, ...] = ((200, 150, 20), (240, 240, 240), (60, 150, 40))
    for place, colour in enumerate(colours):
        y = height * (0.25 + 0.09 * place)
        canvas.rectangle(
            x + wide * 0.1, y, x + wide * 0.85, y + height * 0.09, shade(rng, colour, 25)
        )
    if letters:
        mask = font_line(available_fonts(LATIN_FONTS)[0], letters)
        canvas.stamp(
            mask,
            (x + wide * 0.2, height * 0.58, wide * 0.55, height * 0.16),
            shade(rng, (190, 130, 20), 20),
        )
