"""Drawing of plates in Latin letters from the formats' descriptions."""

from __future__ import annotations

import numpy as np

from training.render.canvas import Bgr, Canvas, shade
from training.render.glyphs import LATIN_FONTS, SIGN_FONTS, available_fonts
from training.render.kinds import PlateKind, RenderedPlate
from training.render.latin.americas import US
from training.render.latin.formats import FORMATS
from training.render.latin.furniture import draw_furniture
from training.render.latin.pattern import choose, fill
from training.render.latin.row import Row
from training.render.letterforms import plate_letterforms, stroke_variation

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


def render_latin(rng: np.random.Generator, kind: PlateKind) -> RenderedPlate:
    """Return a clean plate of a kind in Latin letters."""
    options = FORMATS[kind]
    weights = np.array([option.weight for option in options])
    chosen = options[int(rng.choice(len(options), p=weights / weights.sum()))]
    lines = fill(rng, choose(rng, chosen.patterns), chosen.letters).split("/")
    height = _PIXELS if len(lines) == 1 else 210
    width = round(height * rng.uniform(*chosen.aspect))
    name = choose(rng, chosen.backgrounds)
    base, color = _BACKGROUNDS[name]
    canvas = Canvas(width, height, shade(rng, base, 18))
    if name == "sunset" or (chosen is US[0] and rng.random() < 0.3):
        canvas.gradient(shade(rng, (235, 225, 215), 20), shade(rng, base, 25))
    ink_name = choose(rng, chosen.inks) if chosen.inks else ""
    if name in _DARK:
        ink_name = "white"
    ink = shade(rng, _INKS[ink_name or "black"], 18)
    left, top, right, bottom = draw_furniture(rng, canvas, chosen, ink)
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
        Row(rng, lines[0], font, reshape, fixed=fixed).draw(
            canvas, (left + pad, y, area_width, high), ink, vary
        )
    else:
        share = rng.uniform(0.4, 0.5)
        room = bottom - top
        for place, line in enumerate(lines):
            high = room * (share if place == 0 else 1 - share) * rng.uniform(0.76, 0.86)
            y = top + room * (0.04 if place == 0 else share + 0.02)
            Row(rng, line, font, reshape, fixed=fixed).draw(
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
