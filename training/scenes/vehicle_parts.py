"""The parts of a vehicle's face, drawn onto a flat sheet: glass, lamps, grille, wheels, mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.scenes.shapes import (
    Colour,
    FloatImage,
    box,
    fill,
    lay,
    mask_of,
    mirror_outline,
    noise,
    smooth_outline,
)

if TYPE_CHECKING:
    from training.scenes.geometry import Quad

SHEET_WIDTH = 1000
SHEET_HEIGHT = 800
GROUND = 735.0
"""Row of the sheet where the tyres touch the road."""
CENTRE = SHEET_WIDTH / 2


def scaled(colour: Colour, factor: float) -> Colour:
    """A colour lighter or darker by a factor."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def symmetric(half: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Outline from right-half points given as offsets from the sheet's centre line."""
    return mirror_outline([(CENTRE + x, y) for x, y in half], CENTRE)


def fill_both(
    image: FloatImage, half: list[tuple[float, float]], paint: Colour, **how: float
) -> None:
    """Fill a right-side shape (offsets from the centre line) and its mirror image."""
    rounds, soft = int(how.get("rounds", 0)), how.get("soft", 0.0)
    opacity = how.get("opacity", 1.0)
    for side in (1, -1):
        points = [(CENTRE + side * x, y) for x, y in half]
        fill(image, points, paint, rounds=rounds, soft=soft, opacity=opacity)


def body_light(rng: np.random.Generator, shoulder: float) -> FloatImage:
    """Shading of a curved body: bright shoulder, dark flanks and underside."""
    y = np.arange(SHEET_HEIGHT, dtype=np.float32)[:, None]
    x = (np.arange(SHEET_WIDTH, dtype=np.float32)[None] - CENTRE) / 420
    light = 0.80 + 0.34 * np.exp(-(((y - shoulder) / 34) ** 2))
    light = light + 0.16 * np.exp(-(((y - shoulder - 120) / 70) ** 2))
    light = light - 0.30 * np.clip((y - 560) / 150, 0, 1)
    light = light * (1 - 0.28 * np.abs(x) ** 4) * (1 + 0.10 * x * rng.normal())
    return (light + 0.015 * noise(rng, SHEET_HEIGHT, SHEET_WIDTH, (90,))).astype(np.float32)


def glass(rng: np.random.Generator, image: FloatImage, points: list[tuple[float, float]]) -> None:
    """A window: dark, reflecting sky at the top and a slanted streak."""
    outline = smooth_outline(points, 2)
    mask = mask_of((SHEET_HEIGHT, SHEET_WIDTH), outline)
    top, bottom = float(outline[:, 1].min()), float(outline[:, 1].max())
    y = np.arange(SHEET_HEIGHT, dtype=np.float32)[:, None, None]
    t = np.clip((y - top) / max(bottom - top, 1), 0, 1)
    sky = np.array([150, 135, 120], np.float32) * rng.uniform(0.5, 1.1)
    paint = sky * (1 - t) ** 1.5 + np.array([34, 32, 30], np.float32)
    paint = np.ascontiguousarray(np.broadcast_to(paint, image.shape))
    x0 = CENTRE + rng.uniform(-200, 100)
    streak = mask_of(
        (SHEET_HEIGHT, SHEET_WIDTH),
        np.array([[x0, top], [x0 + 110, top], [x0 + 20, bottom], [x0 - 90, bottom]], np.float32),
        4.0,
    )
    lay(paint, streak, (200, 196, 190), 0.22)
    lay(image, mask, paint)
    # Seats or luggage behind the glass.
    for _ in range(int(rng.integers(1, 4))):
        cx = CENTRE + rng.uniform(-170, 170)
        shape = box(cx - 35, bottom - rng.uniform(30, 80), cx + 35, bottom + 6)
        head = mask_of((SHEET_HEIGHT, SHEET_WIDTH), smooth_outline(shape, 3), 2.0) * mask
        lay(image, head, (24, 24, 26), 0.6)


def lamps(
    rng: np.random.Generator, image: FloatImage, rear: bool, shape: list[tuple[float, float]]
) -> None:
    """A pair of lamps with housing, bright core and facets."""
    housing = (20, 22, 90) if rear else (90, 88, 86)
    fill_both(image, shape, (18, 18, 20), rounds=2)
    points = np.array(shape)
    centre = points.mean(0)
    inner = [(float(x), float(y)) for x, y in centre + (points - centre) * 0.9]
    fill_both(image, inner, housing, rounds=2)
    core = [(float(x), float(y)) for x, y in centre + (points - centre) * 0.55]
    lit = rng.random() < 0.4
    glow: Colour = (40, 40, 235) if rear else (235, 240, 245)
    fill_both(image, core, glow if lit else scaled(glow, 0.72), rounds=2, soft=3.0, opacity=0.9)
    tip = [(float(x), float(y)) for x, y in centre + (points - centre) * 0.22 - [0, 5]]
    fill_both(image, tip, (250, 250, 255), rounds=2, soft=3.0, opacity=0.75)


def lettering(
    image: FloatImage, text: str, at: tuple[float, float], size: float, ink: Colour
) -> None:
    """A word in ``ink``, its lower left corner ``at``."""
    mask = np.zeros(image.shape[:2], np.uint8)
    place = (int(at[0]), int(at[1]))
    cv2.putText(mask, text, place, cv2.FONT_HERSHEY_DUPLEX, size, 255, 2, cv2.LINE_AA)
    lay(image, (mask / np.float32(255)).astype(np.float32), ink)


def grille(rng: np.random.Generator, image: FloatImage, half: float, y0: float, y1: float) -> None:
    """A front grille with slats and a chrome rim."""
    shape = [(half, y0), (half * rng.uniform(0.75, 0.95), y1)]
    outline = smooth_outline(symmetric(shape), 2)
    centre = outline.mean(0)
    rim = mask_of(
        (SHEET_HEIGHT, SHEET_WIDTH), (centre + (outline - centre) * 1.04).astype(np.float32)
    )
    lay(image, rim, (175, 175, 178))
    mask = mask_of((SHEET_HEIGHT, SHEET_WIDTH), outline)
    lay(image, mask, (22, 22, 24))
    step = rng.uniform(11, 22)
    bars = np.zeros((SHEET_HEIGHT, SHEET_WIDTH), np.float32)
    upright = rng.random() < 0.3
    for at in np.arange(-half if upright else y0, half if upright else y1, step):
        first = (CENTRE + at, y0) if upright else (CENTRE - half, at)
        last = (CENTRE + at, y1) if upright else (CENTRE + half, at)
        start, end = tuple(int(v) for v in first), tuple(int(v) for v in last)
        cv2.line(bars, start, end, 1.0, 3, cv2.LINE_AA)
    lay(image, bars * mask, (110, 110, 114))
    ring = (int(CENTRE), int((y0 + y1) / 2))
    cv2.ellipse(image, ring, (30, 22), 0, 0, 360, (205, 205, 210), 6, cv2.LINE_AA)


def wheels(image: FloatImage, alpha: FloatImage, reach: float) -> None:
    """Two tyres seen end on, below the body."""
    for side in (1, -1):
        x = CENTRE + side * reach
        tyre = smooth_outline(box(x - 46, 600, x + 46, GROUND), 3)
        mask = mask_of((SHEET_HEIGHT, SHEET_WIDTH), tyre)
        lay(image, mask, (24, 24, 26))
        for groove in (-20, 0, 20):
            shade = mask_of(
                (SHEET_HEIGHT, SHEET_WIDTH),
                np.array(box(x + groove - 2, 600, x + groove + 2, GROUND), np.float32),
            )
            lay(image, shade * mask, (12, 12, 13))
        np.maximum(alpha, mask, out=alpha)


def plate_mount(width: float, height: float, y: float) -> Quad:
    """Corners of a mount around the sheet's centre line and row ``y``."""
    return np.array(
        box(CENTRE - width / 2, y - height / 2, CENTRE + width / 2, y + height / 2), np.float32
    )
