"""Drawn surroundings: streets, car parks and gates, seen by a camera at some height."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.scenes.decoys import random_decoy
from training.scenes.shapes import FloatImage, box, fill, gradient, lay, mask_of, noise

if TYPE_CHECKING:
    from collections.abc import Callable


def _buildings(rng: np.random.Generator, image: FloatImage, horizon: float) -> None:
    """A row of facades with windows, slightly out of focus."""
    _h, w = image.shape[:2]
    x = -rng.uniform(0, 100)
    layer = image.copy()
    while x < w:
        wide = rng.uniform(0.1, 0.3) * w
        top = rng.uniform(-0.1, 0.6) * horizon
        wall = rng.uniform(70, 190) + rng.normal(0, 12, 3)
        paint = (float(wall[0]), float(wall[1]), float(wall[2]))
        fill(layer, box(x, top, x + wide, horizon + 6), paint)
        step_x, step_y = rng.uniform(24, 46), rng.uniform(30, 60)
        glass = rng.uniform(0.35, 0.7)
        for wy in np.arange(top + 14, horizon - step_y * 0.6, step_y):
            for wx in np.arange(x + 10, x + wide - step_x * 0.7, step_x):
                lit = rng.random() < 0.06
                pane = (
                    (150.0, 200.0, 220.0)
                    if lit
                    else (paint[0] * glass + 12, paint[1] * glass + 6, paint[2] * glass)
                )
                x0, y0 = int(max(wx, 0)), int(max(wy, 0))
                layer[y0 : int(max(wy + step_y * 0.6, 0)), x0 : int(max(wx + step_x * 0.62, 0))] = (
                    pane
                )
        x += wide + (rng.uniform(0, 60) if rng.random() < 0.4 else 0)
    bottom = int(horizon) + 8
    image[:bottom] = cv2.GaussianBlur(layer[:bottom], (0, 0), rng.uniform(1.2, 3.0))


def _trees(rng: np.random.Generator, image: FloatImage, horizon: float) -> None:
    """A hedge or a row of crowns, as noise-edged green."""
    h, w = image.shape[:2]
    level = horizon - rng.uniform(0.08, 0.3) * h
    edge = noise(rng, 1, w, (40, 14))[0] * rng.uniform(8, 24) + level
    y = np.arange(h, dtype=np.float32)[:, None]
    mask = (np.clip((y - edge[None]) / 3, 0, 1) * np.clip((horizon + 4 - y) / 4, 0, 1)).astype(
        np.float32
    )
    leaf = noise(rng, h, w, (5, 12, 40))[:, :, None] * 16
    green = np.array([40, 78, 58], np.float32) * rng.uniform(0.6, 1.2)
    lay(
        image,
        cv2.GaussianBlur(mask, (0, 0), 1.2).astype(np.float32),
        np.clip(green + leaf, 0, 255).astype(np.float32),
    )


def _asphalt(rng: np.random.Generator, image: FloatImage, horizon: float) -> None:
    """Ground below the horizon: grain that coarsens towards the camera, lane lines, stains."""
    h, w = image.shape[:2]
    top = int(horizon)
    depth = np.linspace(0, 1, h - top, dtype=np.float32)[:, None]
    grey = rng.uniform(78, 128)
    ground = np.full((h - top, w), grey, np.float32) * (1.12 - 0.2 * depth)
    ground += (
        noise(rng, h - top, w, (1.5, 3)) * 5 * (0.3 + depth) + noise(rng, h - top, w, (60, 150)) * 5
    )
    tint = np.array([1.02, 1.0, 0.97], np.float32)
    image[top:] = ground[:, :, None] * tint
    vanish = w * rng.uniform(0.3, 0.7)
    white = (205.0, 208.0, 208.0) if rng.random() < 0.75 else (60.0, 175.0, 210.0)
    for at in rng.uniform(-0.6, 1.6, int(rng.integers(1, 4))):
        foot, thick = at * w, rng.uniform(14, 30)
        dashes = ((0.0, 1.0),) if rng.random() < 0.5 else ((0.04, 0.1), (0.18, 0.32), (0.5, 0.85))
        for begin, end in dashes:
            points = []
            for t, side in ((begin, -1), (begin, 1), (end, 1), (end, -1)):
                x = vanish + (foot - vanish) * t
                points.append((x + side * thick * t, top + (h - top) * t))
            fill(image, points, white, soft=0.8, opacity=0.75)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            centre = (int(rng.uniform(0, w)), int(rng.uniform(top + 20, h)))
            stain = np.zeros((h, w), np.float32)
            axes = (int(rng.uniform(20, 90)), int(rng.uniform(6, 20)))
            cv2.ellipse(stain, centre, axes, 0, 0, 360, 1.0, -1)
            lay(image, cv2.GaussianBlur(stain, (0, 0), 6).astype(np.float32), (50, 50, 52), 0.35)


def street(rng: np.random.Generator, width: int, height: int) -> tuple[FloatImage, float]:
    """A road under the sky; returns picture and horizon row."""
    horizon = height * rng.uniform(0.22, 0.42)
    mood = rng.random()
    if mood < 0.5:
        image = gradient(height, width, (225, 185, 140), (238, 228, 215))
    elif mood < 0.8:
        image = gradient(height, width, (200, 198, 195), (225, 224, 222))
    else:
        image = gradient(height, width, (150, 110, 90), (140, 190, 235), 1.6)
    image += noise(rng, height, width, (120, 60))[:, :, None] * 6
    _buildings(rng, image, horizon)
    if rng.random() < 0.7:
        _trees(rng, image, horizon)
    _asphalt(rng, image, horizon)
    kerb = box(-5, horizon - 3, width + 5, horizon + 7)
    fill(image, kerb, (150, 152, 154), soft=1.0, opacity=0.8)
    return image, horizon


def car_park(rng: np.random.Generator, width: int, height: int) -> tuple[FloatImage, float]:
    """An underground car park: columns, ceiling lights, glossy floor."""
    horizon = height * rng.uniform(0.3, 0.45)
    image = gradient(height, width, (70, 72, 74), (128, 130, 132))
    top = int(horizon)
    floor = gradient(height - top, width, (118, 122, 120), (92, 96, 96))
    floor += noise(rng, height - top, width, (2, 40, 120))[:, :, None] * 4
    image[top:] = floor
    for at in np.linspace(0.1, 0.9, int(rng.integers(2, 5))):
        x = width * (at + rng.normal(0, 0.03))
        span = rng.uniform(60, 140)
        y = horizon * rng.uniform(0.1, 0.4)
        lamp = box(x - span, y, x + span, y + 9)
        fill(image, lamp, (240, 246, 246), soft=2.0)
        fill(
            image, box(x - span, y - 20, x + span, y + 50), (235, 240, 240), soft=24.0, opacity=0.35
        )
        shine = box(x - span * 0.6, horizon + 20, x + span * 0.6, height * 0.95)
        fill(image, shine, (225, 230, 230), soft=30.0, opacity=0.18)
    for _ in range(int(rng.integers(1, 4))):
        x, wide = rng.uniform(0, width), rng.uniform(46, 90)
        foot = horizon + rng.uniform(10, 60)
        fill(image, box(x, 0, x + wide, foot), (150, 152, 152))
        fill(image, box(x, 0, x + wide * 0.3, foot), (120, 122, 123), soft=4.0, opacity=0.7)
        for stripe in range(5):
            y = foot - 16 * (stripe + 1)
            fill(image, box(x, y, x + wide, y + 16), (30, 170, 215) if stripe % 2 else (32, 32, 34))
        sign, alpha = random_decoy(rng)
        if alpha is None:
            size = (int(wide * 0.9), int(wide * 0.45))
            x0, y0 = int(x + wide * 0.05), int(horizon * 0.45)
            if x0 >= 0 and x0 + size[0] < width:
                image[y0 : y0 + size[1], x0 : x0 + size[0]] = cv2.resize(
                    sign, size, interpolation=cv2.INTER_AREA
                )
    return image, horizon


def gate(rng: np.random.Generator, width: int, height: int) -> tuple[FloatImage, float]:
    """A street with a booth beside a barrier; the boom is drawn later, over the vehicles."""
    image, horizon = street(rng, width, height)
    left = rng.random() < 0.5
    x0 = 0 if left else width * 0.8
    x1 = width * 0.2 if left else width
    wall = (170.0, 176.0, 178.0) if rng.random() < 0.6 else (120.0, 90.0, 60.0)
    foot = horizon + rng.uniform(60, 140)
    fill(image, box(x0, horizon - 150, x1, foot), wall)
    fill(image, box(x0 - 10, horizon - 170, x1 + 10, horizon - 140), (70, 72, 76))
    fill(image, box(x0 + 24, horizon - 110, x1 - 24, horizon + 10), (66, 60, 52))
    fill(
        image,
        [
            (x0 + 40, horizon - 110),
            (x0 + 90, horizon - 110),
            (x0 + 50, horizon + 10),
            (x0 + 24, horizon + 10),
        ],
        (150, 140, 130),
        soft=2.0,
        opacity=0.5,
    )
    shade = mask_of(
        (height, width), np.array(box(x0 - 30, foot - 6, x1 + 30, foot + 14), np.float32), 6.0
    )
    lay(image, shade, (30, 30, 32), 0.5)
    return image, horizon


def boom(rng: np.random.Generator, image: FloatImage, horizon: float) -> None:
    """A striped barrier across the picture's upper part."""
    _h, w = image.shape[:2]
    y0, y1 = horizon * rng.uniform(0.5, 0.95), horizon * rng.uniform(0.4, 0.9)
    count = 14
    for i in range(count):
        xa, xb = w * i / count, w * (i + 1) / count
        ya, yb = y0 + (y1 - y0) * i / count, y0 + (y1 - y0) * (i + 1) / count
        paint = (50.0, 50.0, 205.0) if i % 2 else (232.0, 234.0, 234.0)
        fill(image, [(xa, ya), (xb, yb), (xb, yb + 12), (xa, ya + 12)], paint)
        fill(
            image,
            [(xa, ya + 8), (xb, yb + 8), (xb, yb + 12), (xa, ya + 12)],
            (40, 40, 44),
            opacity=0.4,
        )


PLACES: tuple[Callable[[np.random.Generator, int, int], tuple[FloatImage, float]], ...] = (
    street,
    street,
    car_park,
    gate,
)
