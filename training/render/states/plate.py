"""Drawing of a plate of some state: base, name, slogan, serial, stickers, frame, bolts."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from training.render.canvas import Bgr, Canvas, shade
from training.render.glyphs import LATIN_FONTS, available_fonts, font_line
from training.render.kinds import PlateKind, RenderedPlate
from training.render.latin.lettering import Lettering
from training.render.latin.pattern import Format, choose, fill_marks
from training.render.latin.row import Row
from training.render.states.art import draw_art
from training.render.states.design import COLOURS, State
from training.render.states.east import EAST
from training.render.states.others import AUSTRALIA, CANADA, MEXICO
from training.render.states.west import WEST

if TYPE_CHECKING:
    from training.render.faces import Purpose

STATES: dict[PlateKind, tuple[State, ...]] = {
    PlateKind.US: EAST + WEST,
    PlateKind.CANADA: CANADA,
    PlateKind.MEXICO: MEXICO,
    PlateKind.AUSTRALIA: AUSTRALIA,
}
# Share of plates with a month's or a year's sticker, and with a dealer's frame.
_STICKERED = {PlateKind.US: 0.75, PlateKind.CANADA: 0.6, PlateKind.MEXICO: 0.3}
_FRAMED = {PlateKind.US: 0.4, PlateKind.CANADA: 0.35, PlateKind.MEXICO: 0.2}
# Near to the dies of embossed plates, and to the print of flat ones.
DIES = (
    "GL-Nummernschild-Eng",
    "routed-gothic",
    "routed-gothic-narrow",
    "OSP-DIN",
    "GemunuLibre-SemiBold",
    "GemunuLibre-Bold",
    "GilliusADF-BoldCond",
    "GilliusADFNo2-BoldCond",
    "NationalPark-Heavy",
    "Dosis-Bold",
    "BebasNeue-Regular",
    "Mplus1-Medium",
    "tiresias_signfont_bold",
    "LeagueMono-CondensedBold",
)
_TITLES = (
    "Rufscript010",
    "DancingScript-Bold",
    "LeckerliOne-Regular",
    "Domestic_Manners",
    "ComicNeue-Bold",
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DEALERS = (
    "LEITH MOTORS",
    "CARTER",
    "AutoNation",
    "GO TEAM",
    "ALUMNI",
    "www.drive-it.com",
    "FORD  LINCOLN",
    "Honda of Midtown",
    "MY OTHER CAR",
    "SUBARU",
    "BELLEVUE",
    "University",
    "TOYOTA",
)
# What a state issues beside its serials: chosen texts and special plates with stacked letters.
_CHOSEN = ("AAAAAAA", "AAAAAA", "AAAAA", "AAA AAA", "AAAA99", "xxxxxxx", "AA AAAA", "99 AAAA")
_STACKED = ("[AA] 9999", "[AA] 999AA", "9999 [AA]", "[AA]99999", "99999[AA]", "[A9] 99A9")
_HEIGHT = 150  # px


# Enough faces for small words: each is drawn once for every word and kept.
_SMALL = LATIN_FONTS[::3]


@functools.cache
def _fonts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some fonts that are installed, or else the ordinary ones."""
    try:
        return tuple(available_fonts(names))
    except FileNotFoundError:
        return tuple(available_fonts(LATIN_FONTS))


def render_state(
    rng: np.random.Generator, kind: PlateKind, purpose: Purpose = "training"
) -> RenderedPlate:
    """Return a clean plate of some state or province of ``STATES``."""
    state = STATES[kind][int(rng.integers(len(STATES[kind])))]
    width = round(_HEIGHT * rng.uniform(*state.aspect))
    top = shade(rng, COLOURS[state.fields[0]], 10)
    canvas = Canvas(width, _HEIGHT, top)
    if len(state.fields) > 1:
        canvas.gradient(top, shade(rng, COLOURS[state.fields[1]], 10))
    # some are worn or plain
    for item in state.art if rng.random() < 0.85 else ():
        draw_art(rng, canvas, item)
    ink = shade(rng, COLOURS[state.ink], 12)
    title = shade(rng, COLOURS[state.title], 12)
    stickered = rng.random() < _STICKERED.get(kind, 0.04)
    stickers = choose(rng, tuple(_STICKERS)) if stickered else ""
    room = {"top": 0.5, "top right": 0.33}.get(stickers, 0.8)
    _words(rng, canvas, state, title, room)
    _write(rng, canvas, state, ink, purpose)
    for place, (x, y) in enumerate(_STICKERS[stickers] if stickers else ()):
        _sticker(rng, canvas, x, y, month=place == 0)
    _bolts(rng, canvas)
    if rng.random() < 0.5:
        canvas.border(rng.uniform(1, 4), int(rng.integers(1, 4)), ink, 14)
    if rng.random() < _FRAMED.get(kind, 0.1):
        _frame(rng, canvas)
    return RenderedPlate(
        image=canvas.image,
        text=canvas.text,
        color=state.color,
        rows=1,
        kind=kind,
        char_centers=np.array(canvas.centers, np.float32),
    )


def _write(
    rng: np.random.Generator, canvas: Canvas, state: State, ink: Bgr, purpose: Purpose
) -> None:
    """Write the serial between name and slogan."""
    share = rng.random()
    pattern = choose(rng, _CHOSEN if share < 0.1 else _STACKED if share < 0.18 else state.patterns)
    dies = rng.random() < 0.7
    chosen = Format(
        patterns=(pattern,),
        fonts=DIES if dies else LATIN_FONTS,
        emboss=0.6 if dies else 0.15,
    )
    lettering = Lettering(rng, PlateKind.US, chosen, purpose)
    named = bool(state.name)
    high = _HEIGHT * (rng.uniform(0.42, 0.56) if named else rng.uniform(0.52, 0.66))
    y = _HEIGHT * (0.51 if named else 0.42) - high / 2 + rng.normal(0, 2)
    pad = canvas.width * rng.uniform(0.04, 0.09)
    row = Row(rng, fill_marks(rng, chosen, pattern), lettering, fixed=rng.random() < 0.6)
    row.draw(canvas, (pad, y, canvas.width - 2 * pad, high), ink)


def _words(rng: np.random.Generator, canvas: Canvas, state: State, ink: Bgr, room: float) -> None:
    """Write the state's name into a share of the width along the top, a slogan along the foot."""
    if state.name:
        script = not state.name.isupper() and rng.random() < 0.6
        font = choose(rng, _fonts(_TITLES if script else _SMALL))
        band = (0.04, rng.uniform(0.12, 0.18))
        _centred(canvas, font, state.name, band, canvas.width * room, ink)
    slogan = choose(rng, state.slogans)
    if slogan:
        font = choose(rng, _fonts(_SMALL))
        most = canvas.width * rng.uniform(0.5, 0.75)
        colour = ink if rng.random() < 0.7 else shade(rng, COLOURS[state.ink], 12)
        _centred(canvas, font, slogan, (0.83, rng.uniform(0.08, 0.12)), most, colour)


def _centred(  # noqa: PLR0917
    canvas: Canvas, font: str, words: str, band: tuple[float, float], most: float, ink: Bgr
) -> None:
    """Write a line into a band of ``top, height``, shares of the plate's height."""
    mask = font_line(font, words)
    high = band[1] * canvas.height
    wide = mask.shape[1] / mask.shape[0] * high
    if wide > most:
        high, wide = max(high * most / wide, high * 0.6), most
    canvas.stamp(mask, ((canvas.width - wide) / 2, band[0] * canvas.height, wide, high), ink)


_STICKERS: dict[str, tuple[tuple[float, float], ...]] = {
    "top": ((0.03, 0.05), (0.83, 0.05)),
    "top right": ((0.68, 0.05), (0.83, 0.05)),
    "foot": ((0.03, 0.8), (0.83, 0.8)),
    "right": ((0.83, 0.05), (0.83, 0.8)),
    "one": ((0.83, 0.8),),
}


def _sticker(rng: np.random.Generator, canvas: Canvas, x: float, y: float, *, month: bool) -> None:
    """Put a month's or a year's sticker with its corner at shares of the size."""
    names = ("white", "yellow", "red", "green", "blue", "orange", "gold")
    colour = shade(rng, COLOURS[choose(rng, names)], 20)
    left, top = x * canvas.width + rng.normal(0, 2), y * canvas.height + rng.normal(0, 1)
    wide, high = canvas.width * rng.uniform(0.1, 0.14), canvas.height * rng.uniform(0.13, 0.17)
    canvas.rectangle(left, top, left + wide, top + high, colour)
    dark = sum(colour) < 380
    ink = shade(rng, COLOURS["white" if dark else "black"], 15)
    year = int(rng.integers(8, 29))
    words = (
        choose(rng, _MONTHS) if month else f"{year:02d}" if rng.random() < 0.7 else f"20{year:02d}"
    )
    mask = font_line(choose(rng, _fonts(_SMALL)), words)
    tall = high * rng.uniform(0.45, 0.75)
    reach = min(mask.shape[1] / mask.shape[0] * tall, wide * 0.85)
    canvas.stamp(mask, (left + (wide - reach) / 2, top + (high - tall) / 2, reach, tall), ink)


def _bolts(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draw slots or bolts at the four places where American plates have holes."""
    lower = rng.random() < 0.5
    colour = shade(rng, (120, 120, 120), 70)
    for x in (0.21, 0.79):
        for y in (0.07, 0.93) if lower else (0.07,):
            if rng.random() < 0.8:
                radius = rng.uniform(3, 6)
                canvas.dot(canvas.width * x, canvas.height * y, radius, colour)


def _frame(rng: np.random.Generator, canvas: Canvas) -> None:
    """Cover the plate's edge with a dealer's frame; the serial stays free."""
    colour = shade(rng, COLOURS[choose(rng, ("black", "black", "silver", "grey", "navy"))], 20)
    ink = shade(rng, COLOURS["white" if sum(colour) < 380 else "black"], 20)
    width, height = canvas.width, canvas.height
    top, foot, side = (rng.uniform(0.04, 0.14), rng.uniform(0.06, 0.17), rng.uniform(0.01, 0.03))
    canvas.rectangle(0, 0, width, height * top, colour)
    canvas.rectangle(0, height * (1 - foot), width, height, colour)
    canvas.rectangle(0, 0, width * side, height, colour)
    canvas.rectangle(width * (1 - side), 0, width, height, colour)
    for y, high in ((0.0, top), (1 - foot, foot)):
        if high > 0.09 and rng.random() < 0.75:
            font = choose(rng, _fonts(_SMALL))
            band = (y + high * 0.2, high * 0.6)
            _centred(canvas, font, choose(rng, _DEALERS), band, width * 0.7, ink)
