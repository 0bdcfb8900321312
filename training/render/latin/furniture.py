"""What stands around a number: strips, flags, bands, captions, the frame and the screws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.render.canvas import shade
from training.render.glyphs import LATIN_FONTS, SIGN_FONTS, available_fonts, font_line
from training.render.latin.lettering import latin_fonts
from training.render.latin.pattern import choose
from training.render.scripts.script import script_fonts

if TYPE_CHECKING:
    from training.render.canvas import Bgr, Canvas, Mask
    from training.render.latin.pattern import Format


# BGR of strips and bands.
_COLOURS: dict[str, Bgr] = {
    "blue": (155, 70, 20),
    "red": (40, 35, 190),
    "green": (80, 130, 30),
    "yellow": (40, 200, 240),
    "orange": (20, 100, 230),
    "grey": (150, 150, 150),
    "sky": (225, 170, 60),
    "brown": (50, 80, 120),
    "black": (35, 32, 30),
}


def draw_furniture(
    rng: np.random.Generator, canvas: Canvas, chosen: Format, ink: Bgr
) -> tuple[float, float, float, float]:
    """Draw frame, strips, bands, captions; return the number's area: left, top, right, bottom."""
    width, height = canvas.width, canvas.height
    left, top, right, bottom = 0.0, 0.0, float(width), float(height)
    two = width / height < 2.4
    white = (240, 240, 240)
    if chosen.right in {"band", "peru"}:
        band = height * rng.uniform(0.14, 0.24)
        colour: Bgr = shade(rng, _COLOURS[chosen.strip], 30)
        if chosen.right == "peru":
            options: tuple[Bgr, ...] = ((40, 60, 220), (60, 150, 60), (20, 200, 240), (225,) * 3)
            colour = shade(rng, options[int(rng.integers(4))], 25)
        canvas.rectangle(0, 0, width, band, colour)
        light = white if sum(colour) < 500 else ink
        words = choose(rng, chosen.header)
        _caption(rng, canvas, chosen, words, (band * 0.15, band * 0.7), light)
        top = band
    elif chosen.header and (words := choose(rng, chosen.header)):
        high = height * rng.uniform(*chosen.caption)
        _caption(rng, canvas, chosen, words, (height * 0.05, high), ink)
        top = height * 0.05 + high
    if chosen.footer and (words := choose(rng, chosen.footer)):
        high = height * rng.uniform(*chosen.caption) * 0.82
        _caption(rng, canvas, chosen, words, (height * 0.94 - high, high), ink)
        bottom = height * 0.94 - high
    if chosen.left and rng.random() < 0.85:
        colour = shade(rng, _COLOURS[chosen.strip], 30)
        left = _strip(rng, canvas, chosen.left, colour, right=False)
    if chosen.right == "uz" and rng.random() < 0.6:
        # screws left and right of the region's number
        for x in (0.02, 0.155):
            canvas.dot(width * x, height * 0.5, rng.uniform(3, 6), shade(rng, (90, 90, 90), 60))
    if chosen.right == "strip" and rng.random() < 0.85:
        number = str(int(rng.integers(1, 96))) if rng.random() < 0.9 else ""
        right -= _strip(rng, canvas, number, shade(rng, _COLOURS["blue"], 30), right=True)
    elif chosen.right == "season" and rng.random() < 0.85:
        right -= _season(rng, canvas, ink)
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


def draw_middle(
    rng: np.random.Generator, canvas: Canvas, chosen: Format, band: tuple[float, float], ink: Bgr
) -> None:
    """Draw the words between the two rows of a number into a band of ``top, height``."""
    _caption(rng, canvas, chosen, choose(rng, chosen.middle), band, ink)


def _season(rng: np.random.Generator, canvas: Canvas, ink: Bgr) -> float:
    """Draw the two months of a seasonal plate one above the other; return their width."""
    width = canvas.height * rng.uniform(0.35, 0.5)
    left = canvas.width - width
    if rng.random() < 0.7:
        canvas.rectangle(left, canvas.height * 0.48, canvas.width, canvas.height * 0.51, ink)
    font = choose(rng, tuple(available_fonts(SIGN_FONTS)))
    for place in range(2):
        mask = font_line(font, f"{int(rng.integers(1, 13)):02d}")
        high = canvas.height * rng.uniform(0.26, 0.32)
        wide = min(mask.shape[1] / mask.shape[0] * high, width * 0.85)
        y = canvas.height * (0.12 if place == 0 else 0.58)
        canvas.stamp(mask, (left + (width - wide) / 2, y, wide, high), ink)
    return width


def _strip(
    rng: np.random.Generator, canvas: Canvas, letters: str, colour: Bgr, *, right: bool
) -> float:
    """Draw a strip with small lettering; return its width."""
    width = canvas.height * rng.uniform(0.28, 0.42) * min(canvas.width / canvas.height / 4, 1)
    x0 = canvas.width - width if right else 0.0
    canvas.rectangle(x0, 0, x0 + width, canvas.height, colour)
    white = shade(rng, (235, 235, 235), 15)
    if right and rng.random() < 0.6:
        # a region's emblem instead of the stars
        for _ in range(int(rng.integers(1, 5))):
            y = canvas.height * rng.uniform(0.15, 0.5)
            reach = width * rng.uniform(0.1, 0.38)
            emblem = shade(rng, (130, 130, 150), 110)
            if rng.random() < 0.5:
                canvas.dot(x0 + width * rng.uniform(0.35, 0.65), y, reach, emblem)
            else:
                left = x0 + width / 2 - reach
                canvas.rectangle(left, y, left + 2 * reach, y + reach * rng.uniform(0.5, 2), emblem)
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
    rng: np.random.Generator,
    canvas: Canvas,
    chosen: Format,
    words: str,
    band: tuple[float, float],
    ink: Bgr,
) -> None:
    """Write small words into a band of ``top, height``; two spaces part words of two scripts."""
    pieces = [_line(rng, chosen, piece) for piece in words.split("  ") if piece]
    y, high = band
    shares = [piece.shape[1] / piece.shape[0] * high for piece in pieces]
    between = high * rng.uniform(0.5, 1.5)
    total = sum(shares) + between * (len(pieces) - 1)
    squeeze = min(canvas.width * 0.75 / max(total, 1), 1)
    x = (canvas.width - total * squeeze) / 2
    for piece, share in zip(pieces, shares, strict=True):
        canvas.stamp(piece, (x, y, share * squeeze, high), ink)
        x += (share + between) * squeeze


def _line(rng: np.random.Generator, chosen: Format, words: str) -> Mask:
    """Return the ink of words, in the format's script unless they are Latin."""
    if chosen.script is None or words.isascii():
        return font_line(choose(rng, latin_fonts(LATIN_FONTS[::2])), words)
    return font_line(choose(rng, script_fonts(chosen.script)), words, chosen.script.index)


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
