"""Sheets without lettering: lit paper, borders, bolts, rounded corners, colours that show on it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Image = NDArray[np.uint8]
Decoy = tuple[Image, NDArray[np.float32] | None]
"""Flat picture ``[h,w,3]`` BGR with optional opacity ``[h,w]``."""
Colour = tuple[int, int, int]


def colour(rng: np.random.Generator, low: int = 0, high: int = 256) -> Colour:
    """Return a random colour, each channel of its own."""
    b, g, r = (int(v) for v in rng.integers(low, high, 3))
    return b, g, r


def contrasting(rng: np.random.Generator, on: ArrayLike) -> Colour:
    """Return black, white or a colour that shows on the given one."""
    level = float(np.mean(np.asarray(on)))
    if rng.random() < 0.65:
        return (15, 15, 15) if level > 120 else (240, 240, 240)
    return colour(rng, 0, 110) if level > 120 else colour(rng, 140, 256)


def paper(rng: np.random.Generator, width: int, height: int) -> Image:
    """Return a lit sheet of one colour with a soft gradient."""
    base = np.array(colour(rng), np.float64)
    if rng.random() < 0.5:
        base = rng.integers(10, 250) + rng.normal(0, 8, 3)
    ramp = np.linspace(-1, 1, width)[None, :, None] * rng.normal(0, 15)
    ramp = ramp + np.linspace(-1, 1, height)[:, None, None] * rng.normal(0, 15)
    return np.clip(base + ramp, 0, 255).astype(np.uint8)


def trim(rng: np.random.Generator, image: Image, ink: ArrayLike) -> NDArray[np.float32] | None:
    """Give a sheet a border, bolts or rounded corners (in place); return its opacity, if any."""
    h, w = image.shape[:2]
    paint = tuple(float(v) for v in np.asarray(ink, np.float64))
    if rng.random() < 0.4:
        inset, thick = int(rng.integers(0, max(h // 12, 2))), int(rng.integers(1, max(h // 14, 3)))
        cv2.rectangle(image, (inset, inset), (w - 1 - inset, h - 1 - inset), paint, thick)
        if rng.random() < 0.25:
            more = inset + 2 * thick
            cv2.rectangle(image, (more, more), (w - 1 - more, h - 1 - more), paint, thick)
    if rng.random() < 0.15:
        for x, y in ((0.05, 0.5), (0.95, 0.5)):
            centre = (int(w * x), int(h * y))
            cv2.circle(image, centre, max(h // 16, 1), (90.0, 90.0, 90.0), -1, cv2.LINE_AA)
    if rng.random() < 0.3:
        radius = int(rng.uniform(0.05, 0.5) * min(h, w))
        mask = np.zeros((h, w), np.uint8)
        cv2.rectangle(mask, (radius, 0), (w - 1 - radius, h - 1), 255, -1)
        cv2.rectangle(mask, (0, radius), (w - 1, h - 1 - radius), 255, -1)
        for x in (radius, w - 1 - radius):
            for y in (radius, h - 1 - radius):
                cv2.circle(mask, (x, y), radius, 255, -1)
        return np.asarray(mask / np.float32(255), np.float32)
    return None


def blank(rng: np.random.Generator) -> Decoy:
    """An empty sheet, sometimes with a border: a plate without characters."""
    image = paper(rng, 200, int(rng.integers(40, 130)))
    if rng.random() < 0.6:
        h, w = image.shape[:2]
        cv2.rectangle(image, (4, 4), (w - 5, h - 5), colour(rng), int(rng.integers(1, 5)))
    return image, None
