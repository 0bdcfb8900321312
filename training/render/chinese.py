"""Drawing of mainland China's plates, at one pixel per millimetre of the standard (GA 36)."""

from __future__ import annotations

import numpy as np

from training.render.canvas import Bgr, Canvas, shade
from training.render.chinese_layout import Writer, row_cells, small_pair
from training.render.chinese_text import PROVINCES, number
from training.render.kinds import PlateKind, RenderedPlate

WHITE_INK: Bgr = (245, 245, 245)
BLACK_INK: Bgr = (25, 22, 22)
RED_INK: Bgr = (40, 35, 200)
_TWO_ROWS = frozenset(
    {
        PlateKind.YELLOW_TWO_ROWS,
        PlateKind.ARMED_POLICE_TWO_ROWS,
        PlateKind.TRAILER,
        PlateKind.AGRICULTURAL,
        PlateKind.MOTORCYCLE,
    }
)
_COLOR = {
    PlateKind.BLUE: "blue",
    PlateKind.YELLOW: "yellow",
    PlateKind.YELLOW_TWO_ROWS: "yellow",
    PlateKind.GREEN_SMALL: "green",
    PlateKind.GREEN_LARGE: "green",
    PlateKind.POLICE: "white",
    PlateKind.ARMED_POLICE: "white",
    PlateKind.ARMED_POLICE_TWO_ROWS: "white",
    PlateKind.MILITARY: "white",
    PlateKind.EMERGENCY: "white",
    PlateKind.HONGKONG_MACAU: "black",
    PlateKind.EMBASSY: "black",
    PlateKind.CONSULATE: "black",
    PlateKind.LEARNER: "yellow",
    PlateKind.TRAILER: "yellow",
    PlateKind.CIVIL_AVIATION: "green",
    PlateKind.AGRICULTURAL: "green",
}


def _background(rng: np.random.Generator, color: str) -> Bgr:
    base: dict[str, Bgr] = {
        "blue": (165, 70, 12),
        "yellow": (18, 180, 245),
        "green": (90, 130, 20),
        "white": (240, 240, 240),
        "black": (28, 26, 26),
    }
    return shade(rng, base[color], 14 if color in {"white", "black"} else 26)


def _inks(rng: np.random.Generator, kind: PlateKind, text: str, color: str) -> list[Bgr]:
    light = color in {"blue", "black"} or kind in {
        PlateKind.CIVIL_AVIATION,
        PlateKind.AGRICULTURAL,
    }
    base = shade(rng, WHITE_INK if light else BLACK_INK, 10)
    inks = [base] * len(text)
    red = shade(rng, RED_INK, 15)
    for place, char in enumerate(text):
        armed = kind in {PlateKind.ARMED_POLICE, PlateKind.ARMED_POLICE_TWO_ROWS} and (
            place < 2 or char in PROVINCES
        )
        military = kind is PlateKind.MILITARY and place < 2
        embassy = char in "使领" and rng.random() < 0.4
        if char in "警应急" or armed or military or embassy:
            inks[place] = red
    return inks


def _separator(kind: PlateKind, rng: np.random.Generator) -> int | None:
    """Return the index of the character before the raised dot, if there is a dot."""
    match kind:
        case PlateKind.POLICE | PlateKind.EMERGENCY:
            return 0 if rng.random() < 0.6 else 1
        case PlateKind.ARMED_POLICE:
            return 2 if rng.random() < 0.8 else None
        case PlateKind.EMBASSY:
            return int(rng.integers(0, 4))
        case PlateKind.CONSULATE:
            return int(rng.integers(0, 5))
        case _:
            return 1


def render_chinese(rng: np.random.Generator, kind: PlateKind) -> RenderedPlate:
    """Return a clean Chinese plate of the given kind."""
    text = number(rng, kind)
    if kind in _TWO_ROWS or (kind is PlateKind.MILITARY and rng.random() < 0.25):
        return _two_rows(rng, kind, text)
    return _one_row(rng, kind, text)


def _finish(canvas: Canvas, kind: PlateKind, color: str, rows: int) -> RenderedPlate:
    return RenderedPlate(
        image=canvas.image,
        text=canvas.text,
        color=color,
        rows=rows,
        kind=kind,
        char_centers=np.array(canvas.centers, np.float32),
    )


def _bolts(rng: np.random.Generator, canvas: Canvas, ink: Bgr, down: float) -> None:
    """Draw the fixing slots or the screws in them."""
    style = rng.random()
    if style < 0.25:
        return
    screw = shade(rng, ((130, 130, 130) if rng.random() < 0.6 else ink), 60)
    for x in (canvas.width * 0.25, canvas.width * 0.75):
        for y in (down, canvas.height - down):
            if rng.random() < 0.85:
                canvas.dot(x + rng.normal(0, 4), y + rng.normal(0, 2), rng.uniform(3, 7), screw)


def _one_row(rng: np.random.Generator, kind: PlateKind, text: str) -> RenderedPlate:
    eight = len(text) >= 8
    color = _COLOR[kind]
    canvas = Canvas(480 if eight else 440, 140, _background(rng, color))
    if kind is PlateKind.GREEN_SMALL:
        canvas.gradient(shade(rng, (235, 245, 235), 15), shade(rng, (110, 195, 70), 30))
    elif kind is PlateKind.GREEN_LARGE:
        canvas.image[:] = shade(rng, (110, 195, 70), 30)
        canvas.rectangle(0, 0, rng.uniform(0.24, 0.3) * 480, 140, shade(rng, (30, 190, 240), 20))
    inks = _inks(rng, kind, text, color)
    low = small_pair(rng, kind, text)
    after = _separator(kind, rng)
    if low[0] and after is not None:
        after = low[0][-1]
    if eight:
        widths, gap, wide = [45.0] + [43.0] * 7, 9.0, 49.0
        if kind not in {PlateKind.GREEN_SMALL, PlateKind.GREEN_LARGE}:
            squeezed = 0.97 if len(text) == 8 else 0.85
            widths, gap, wide = [45.0 * squeezed] * len(text), 10.0 * squeezed, 28.0 * squeezed
            for place in low[0]:
                widths[place] *= low[1] ** 0.7
    else:
        widths, gap, wide = [45.0] * len(text), 12.0, 34.0
    cells = row_cells(widths, gap, canvas.width, after, wide)
    use = "green" if kind in {PlateKind.GREEN_SMALL, PlateKind.GREEN_LARGE} else "one_row"
    edge = inks[-1] if kind is not PlateKind.GREEN_SMALL else shade(rng, (60, 120, 40), 30)
    if rng.random() < 0.85:
        edge = BLACK_INK if inks[-1] == RED_INK or color == "white" else edge
        canvas.border(rng.uniform(2, 5), int(rng.integers(2, 4)), edge, 10)
    _bolts(rng, canvas, edge, 12)
    if after is not None:
        left, width = cells[after]
        middle = (left + width + cells[after + 1][0]) / 2
        if eight and color == "green":
            canvas.dot(middle, 70, 14, shade(rng, (150, 170, 90), 50))
            canvas.dot(middle + 2, 70, 8, shade(rng, (220, 220, 220), 30))
        else:
            canvas.dot(middle, 70, 5 + rng.normal(0, 0.7), inks[min(after + 1, 3)])
    Writer(rng, canvas).row(use, text, cells, (25, 90), inks, low)
    return _finish(canvas, kind, color, 1)


def _two_rows(rng: np.random.Generator, kind: PlateKind, text: str) -> RenderedPlate:
    top_count = 3 if kind in {PlateKind.ARMED_POLICE_TWO_ROWS, PlateKind.AGRICULTURAL} else 2
    if kind is PlateKind.ARMED_POLICE_TWO_ROWS and text[2].isdigit():
        top_count = 4
    if kind is PlateKind.MOTORCYCLE:
        color = "yellow" if rng.random() < 0.5 else "blue"
    else:
        color = _COLOR[kind]
    small = kind in {PlateKind.MOTORCYCLE, PlateKind.AGRICULTURAL}
    width, height = (330, 210) if kind is PlateKind.MOTORCYCLE else (440, 220)
    if kind is PlateKind.AGRICULTURAL:
        width, height = 400, 220
    canvas = Canvas(width, height, _background(rng, color))
    inks = _inks(rng, kind, text, color)
    edge = BLACK_INK if color in {"white", "yellow"} else inks[-1]
    if rng.random() < 0.85:
        canvas.border(rng.uniform(2, 5), int(rng.integers(2, 4)), edge, 10)
    _bolts(rng, canvas, edge, 9)
    writer = Writer(rng, canvas)
    up, down = text[:top_count], text[top_count:]
    unit = width / 440
    if top_count == 2:
        top_cells = row_cells([80 * unit] * 2, 0, width, 0, 60 * unit)
    else:
        top_cells = row_cells([70 * unit] * top_count, 18 * unit, width, None, 0)
    if top_count == 2 and rng.random() < 0.8:
        canvas.dot(width / 2, height * 0.2, 5, inks[0])
    shift = rng.normal(0, 1.5)
    top_band = (height * (15 / 220) + shift, height * (60 / 220))
    bottom_band = (height * (90 / 220) + shift, height * (110 / 220))
    if small:
        bottom_band = (height * (0.42 + rng.normal(0, 0.01)), height * (0.48 + rng.normal(0, 0.01)))
    low = small_pair(rng, kind, text)
    writer.row("two_rows_top", up, top_cells, top_band, inks[:top_count], low)
    down_cells = row_cells([65 * unit] * len(down), 15 * unit, width, None, 0)
    writer.row("two_rows_bottom", down, down_cells, bottom_band, inks[top_count:])
    return _finish(canvas, kind, color, 2)
