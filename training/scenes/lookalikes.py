"""Shapes on roads and vehicles that look like plates from afar: grilles, lamps, rings, displays."""

from __future__ import annotations

import cv2
import numpy as np

from training.scenes.sheets import Decoy, colour
from training.scenes.texts import WORDS, digits, pick


def stripes(rng: np.random.Generator) -> Decoy:
    """Grilles, vents, barriers, zebra stripes."""
    h, w = int(rng.integers(40, 120)), 200
    period = rng.uniform(6, 40)
    angle = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    wave = np.sin((xs * np.cos(angle) + ys * np.sin(angle)) * 2 * np.pi / period)
    mask = (1 / (1 + np.exp(-wave * rng.uniform(2, 12))))[:, :, None]
    one, two = np.array(colour(rng)), np.array(colour(rng))
    return (one * mask + two * (1 - mask)).astype(np.uint8), None


def lamp(rng: np.random.Generator) -> Decoy:
    """A head or tail lamp: a lit, coloured blob with a bright core and facets."""
    h, w = int(rng.integers(50, 110)), int(rng.integers(90, 200))
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    cx, cy = w * rng.uniform(0.3, 0.7), h * rng.uniform(0.3, 0.7)
    reach = np.sqrt(((xs - cx) / w) ** 2 + ((ys - cy) / h) ** 2)
    hue = [(40, 40, 200), (30, 120, 230), (220, 230, 235), (60, 60, 140)][int(rng.integers(4))]
    glow = np.exp(-((reach / rng.uniform(0.15, 0.5)) ** 2))[:, :, None]
    image = np.array(hue) * 0.8 * (1 - glow) + 255 * glow
    if rng.random() < 0.5:
        image = image * (0.85 + 0.15 * np.sin(xs / rng.uniform(1.5, 5)))[:, :, None]
    alpha = (reach < rng.uniform(0.45, 0.75)).astype(np.float32)
    return np.clip(image, 0, 255).astype(np.uint8), alpha


def wheel(rng: np.random.Generator) -> Decoy:
    """A wheel: dark tyre, bright rim with spokes."""
    size = 140
    image = np.full((size, size, 3), rng.integers(15, 60), np.uint8)
    centre = (size // 2, size // 2)
    rim = int(rng.integers(120, 230))
    cv2.circle(image, centre, int(size * 0.34), (rim, rim, rim), -1, cv2.LINE_AA)
    spokes = int(rng.integers(4, 12))
    for i in range(spokes):
        a = 2 * np.pi * i / spokes
        end = (int(size / 2 + 46 * np.cos(a)), int(size / 2 + 46 * np.sin(a)))
        dark = int(rim * 0.35)
        cv2.line(image, centre, end, (dark,) * 3, int(rng.integers(3, 10)), cv2.LINE_AA)
    ys, xs = np.mgrid[0:size, 0:size]
    alpha = (((xs - size / 2) ** 2 + (ys - size / 2) ** 2) < (size * 0.48) ** 2).astype(np.float32)
    return image, alpha


def badge(rng: np.random.Generator) -> Decoy:
    """A maker's badge: rings, ovals, crosses, in chrome."""
    image = np.zeros((80, 140, 3), np.uint8)
    chrome = int(rng.integers(150, 250))
    for _ in range(int(rng.integers(1, 5))):
        centre = (int(rng.integers(30, 110)), 40)
        axes = (int(rng.integers(12, 40)), int(rng.integers(12, 34)))
        thick = int(rng.integers(3, 9))
        cv2.ellipse(image, centre, axes, 0, 0, 360, (chrome,) * 3, thick, cv2.LINE_AA)
    alpha = (image.max(2) > 20).astype(np.float32)
    return image, alpha


def rings(rng: np.random.Generator) -> Decoy:
    """Interlocking chrome rings in a row: from afar they look like characters."""
    image = np.zeros((60, 180, 3), np.uint8)
    chrome = int(rng.integers(120, 250))
    for i in range(int(rng.integers(3, 5))):
        centre = (30 + 38 * i, 30)
        cv2.circle(image, centre, 24, (chrome,) * 3, int(rng.integers(4, 8)), cv2.LINE_AA)
    return image, (image.max(2) / np.float32(255) > 0.1).astype(np.float32)


def display(rng: np.random.Generator) -> Decoy:
    """A dot-matrix display as on buses and gates: coloured dots on black."""
    rows, columns = 16, int(rng.integers(56, 130))
    mask = np.zeros((rows * 2, columns * 2), np.uint8)
    word = pick(rng, WORDS)
    text = f"{digits(rng, 1, 3)} {word}" if rng.random() < 0.6 else word
    cv2.putText(mask, text, (2, rows * 2 - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.85, 255, 2, cv2.LINE_AA)
    dots = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_AREA) > 90
    ink = [(40, 60, 250), (30, 150, 255), (60, 230, 80)][int(rng.integers(3))]
    image = np.full((rows * 4, columns * 4, 3), rng.integers(5, 40), np.uint8)
    for y, x in np.argwhere(dots):
        cv2.circle(image, (int(x) * 4 + 2, int(y) * 4 + 2), 2, ink, -1, cv2.LINE_AA)
    return image, None
