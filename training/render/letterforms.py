"""Letterforms that no free font has, made out of a font's own glyphs; heavier and lighter strokes.

Taiwan's figures carry little serifs (a 7 with a barb, a T with two, a 1 that stands like an I); the
M of French and Romanian plates has a valley that ends half-way, and at a distance looks like an H;
the G of Italian ones is a C with a short bar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from training.render.kinds import PlateKind

    Mask = NDArray[np.uint8]
    Reshape = Callable[[str, Mask], Mask]

# How often a kind's plates have the letterforms: (barbs and serifs, a short M).
_SHARES: dict[str, tuple[float, float]] = {
    "taiwan": (0.75, 0.1),
    "europe": (0.05, 0.45),
    "europe_two_rows": (0.05, 0.4),
    "us": (0.15, 0.15),
    "generic": (0.15, 0.25),
}


def stroke_variation(rng: np.random.Generator) -> Callable[[Mask], Mask]:
    """Return a function that makes strokes a little thinner or thicker, the same for a plate."""
    choice = rng.random()
    if choice < 0.55:
        return lambda mask: mask
    kernel = np.ones((3, 3), np.uint8)
    thicker = choice < 0.83
    # thin strokes vanish soon when eroded
    times = int(rng.integers(1, 4)) if thicker else 1
    operation = cv2.dilate if thicker else cv2.erode

    def vary(mask: Mask) -> Mask:
        # a border, so that thickened strokes are not cut at the glyph's box
        padded = cv2.copyMakeBorder(mask, times, times, times, times, cv2.BORDER_CONSTANT, value=0)
        return np.asarray(operation(padded, kernel, iterations=times), np.uint8)

    return vary


def _stroke(mask: Mask) -> int:
    """Return about how thick a glyph's strokes are, in pixels of the mask."""
    # a border: the ink of a plain bar reaches every edge
    ink = np.pad((mask > 127).astype(np.uint8), 1)
    distance = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    return max(round(float(np.percentile(distance[distance > 0], 95)) * 2), 4)


def barbed(char: str, mask: Mask, length: float) -> Mask:
    """Return a 7, T or J with serifs that hang from its upper bar; others unchanged.

    Args:
        char: the character.
        mask: its ink, uint8 ``[h, w]``.
        length: of the serifs, share of the height.
    """
    height, width = mask.shape
    thick = _stroke(mask)
    low = thick + round(length * height)
    drawn = mask.copy()
    if char in "7T":
        drawn[:low, : round(thick * 0.8)] = 255
    if char == "T":
        drawn[:low, width - round(thick * 0.8) :] = 255
    if char == "J":
        drawn[: round(thick * 0.9), width // 4 :] = 255
    return drawn


def standing_one(mask: Mask, wide: float) -> Mask:
    """Return a 1 that stands like a Roman I: a stem between two serifs.

    Args:
        mask: the font's own 1, for height and stroke.
        wide: share of the height.
    """
    height, thick = mask.shape[0], _stroke(mask)
    width = max(round(wide * height), thick + 4)
    drawn = np.zeros((height, width), np.uint8)
    left = (width - thick) // 2
    drawn[:, left : left + thick] = 255
    serif = max(round(thick * 0.8), 2)
    drawn[:serif] = drawn[-serif:] = 255
    return drawn


def short_valley(mask: Mask, depth: float) -> Mask:
    """Return an M whose valley ends at a share of the height, as wide as the font's own."""
    height, width = mask.shape
    thick = min(_stroke(mask), width // 4)
    drawn = np.zeros_like(mask)
    drawn[:, :thick] = drawn[:, width - thick :] = 255
    middle, bottom = width / 2, depth * height
    for edge in (0.0, float(width)):
        inner = thick if edge == 0 else width - thick
        outline = [
            (edge, 0),
            (inner, 0),
            (middle, bottom - thick * 1.1),
            (middle, bottom + thick * 0.5),
        ]
        cv2.fillPoly(drawn, [np.array(outline, np.int32)], 255, cv2.LINE_AA)
    return drawn


def barred_c(mask: Mask, length: float, *, spur: bool) -> Mask:
    """Return a G that is a C with a short bar, as on Italian plates.

    Args:
        mask: the font's own C.
        length: of the bar, share of the width.
        spur: whether the bar's end goes down to the lower bow.
    """
    height, width = mask.shape
    thick = min(_stroke(mask), height // 6)
    drawn = mask.copy()
    middle = round(height * 0.54)
    drawn[middle : middle + thick, round(width * (1 - length)) :] = 255
    if spur:
        drawn[middle : round(height * 0.8), width - thick :] = 255
    return drawn


def plate_letterforms(rng: np.random.Generator, kind: PlateKind) -> Reshape:
    """Return what to do with each glyph of one plate; the same look for all of its characters."""
    serifs, valley = _SHARES.get(kind, (0.0, 0.05))
    has_serifs, has_valley = rng.random() < serifs, rng.random() < valley
    length, depth = rng.uniform(0.06, 0.14), rng.uniform(0.4, 0.72)
    stands, wide = has_serifs and rng.random() < 0.4, rng.uniform(0.3, 0.45)

    def reshape(char: str, mask: Mask) -> Mask:
        if has_serifs and char in "7TJ":
            return barbed(char, mask, length)
        if stands and char == "1":
            return standing_one(mask, wide)
        if has_valley and char == "M":
            return short_valley(mask, depth)
        return mask

    return reshape
