"""Drawing of plates in Latin letters, and in scripts, from the formats' descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.render.canvas import Bgr, Canvas, shade
from training.render.kinds import PlateKind, RenderedPlate
from training.render.latin.formats import FORMATS
from training.render.latin.furniture import draw_furniture, draw_middle
from training.render.latin.lettering import Lettering
from training.render.latin.pattern import ROW_BREAK, Format, choose, fill_marks
from training.render.latin.row import Row
from training.render.scripts.script import script_fonts

if TYPE_CHECKING:
    from training.render.faces import Purpose

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
    "sky": ((225, 190, 140), "blue"),
}
_INKS: dict[str, Bgr] = {
    "black": (30, 28, 28),
    "navy": (110, 45, 25),
    "red": (35, 30, 190),
    "green": (70, 110, 20),
    "white": (240, 240, 240),
    "yellow": (40, 200, 240),
}
_DARK = frozenset({"black", "blue", "green", "red"})
_PIXELS = 150  # height of a one-row plate; two rows get half as much again


def can_draw(kind: PlateKind) -> bool:
    """Return whether fonts for every script of a kind's formats are installed."""
    scripts = {chosen.script for chosen in FORMATS.get(kind, ()) if chosen.script is not None}
    try:
        return all(script_fonts(script) for script in scripts)
    except FileNotFoundError:
        return False


def render_latin(
    rng: np.random.Generator, kind: PlateKind, purpose: Purpose = "training"
) -> RenderedPlate:
    """Return a clean plate of a kind in Latin letters or a script."""
    options = FORMATS[kind]
    weights = np.array([option.weight for option in options])
    chosen = options[int(rng.choice(len(options), p=weights / weights.sum()))]
    return draw_format(rng, kind, chosen, purpose)


def split_rows(marks: list[str]) -> list[list[str]]:
    """Return the marks of each row."""
    if ROW_BREAK not in marks:
        return [marks]
    end = marks.index(ROW_BREAK)
    return [marks[:end], marks[end + 1 :]]


def draw_format(
    rng: np.random.Generator, kind: PlateKind, chosen: Format, purpose: Purpose = "training"
) -> RenderedPlate:
    """Return a clean plate of a format."""
    lines = split_rows(fill_marks(rng, chosen, choose(rng, chosen.patterns)))
    height = _PIXELS if len(lines) == 1 else 210
    width = round(height * rng.uniform(*chosen.aspect))
    name = choose(rng, chosen.backgrounds)
    base, color = _BACKGROUNDS[name]
    canvas = Canvas(width, height, shade(rng, base, 18))
    ink_name = choose(rng, chosen.inks) if chosen.inks else ""
    if name in _DARK and ink_name != "yellow":
        ink_name = "white"
    elif name not in _DARK and ink_name in {"yellow", "white"}:
        ink_name = "black"
    ink = shade(rng, _INKS[ink_name or "black"], 18)
    left, top, right, bottom = draw_furniture(rng, canvas, chosen, ink)
    lettering = Lettering(rng, kind, chosen, purpose)
    # most European and Asian authorities give every character, M and W too, the same cell
    fixed = rng.random() < (0.55 if kind is PlateKind.EUROPE else chosen.fixed_pitch)
    pad = rng.uniform(0.02, 0.06) * width
    area_width = right - left - 2 * pad
    if len(lines) == 1:
        high = (bottom - top) * rng.uniform(0.66, 0.86)
        y = top + (bottom - top - high) / 2
        Row(rng, lines[0], lettering, fixed=fixed, box=chosen.box).draw(
            canvas, (left + pad, y, area_width, high), ink
        )
    else:
        share = rng.uniform(*chosen.upper)
        room = bottom - top
        gap = height * rng.uniform(*chosen.caption) if chosen.middle else 0.0
        room -= gap
        if chosen.middle:
            draw_middle(rng, canvas, chosen, (top + room * share, gap * 0.85), ink)
        for place, line in enumerate(lines):
            high = room * (share if place == 0 else 1 - share) * rng.uniform(0.76, 0.86)
            y = top + room * (0.04 if place == 0 else share + 0.02) + gap * place
            Row(rng, line, lettering, fixed=fixed, box=chosen.box).draw(
                canvas, (left + pad, y, area_width, high), ink
            )
    return RenderedPlate(
        image=canvas.image,
        text=canvas.text,
        color=color,
        rows=len(lines),
        kind=kind,
        char_centers=np.array(canvas.centers, np.float32),
    )
