"""Light and damage of a training picture: day, night, infra-red, glare, blur, noise, JPEG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.scenes.geometry import Quad

Image = NDArray[np.uint8]


def infrared(image: Image, plates: Sequence[Quad], rng: np.random.Generator) -> Image:
    """Turn a picture into one of an infra-red camera at night.

    Grey, the surroundings dark, plates bright where they throw the camera's flash back (or dark,
    where they do not), lamps blooming, the sensor's noise.

    Args:
        image: uint8 BGR ``[h, w, 3]``.
        plates: corners of the plates in it.
        rng: source of randomness.
    """
    grey = image.astype(np.float32) @ np.array([0.25, 0.45, 0.30], np.float32)
    h, w = grey.shape
    ys, xs = np.mgrid[0 : 1 : complex(0, h), 0 : 1 : complex(0, w)].astype(np.float32)
    cx, cy = rng.uniform(0.2, 0.8, 2)
    cone = np.exp(-(((xs - cx) ** 2 + (ys - cy) ** 2) / rng.uniform(0.08, 0.8)))
    dark = rng.uniform(0.05, 0.5)
    grey = grey * (dark + (1 - dark) * rng.uniform(0.2, 0.9) * cone)
    for quad in plates:
        mask = np.zeros((h, w), np.uint8)
        cv2.fillPoly(mask, [np.round(quad).astype(np.int32)], 1)
        inside = mask == 1
        if inside.sum() < 8:
            continue
        ink = image.astype(np.float32).mean(2)[inside]
        low, high = np.percentile(ink, [10, 90])
        level, contrast = rng.uniform(60, 250), rng.uniform(0.35, 1.0)
        tone = (ink - high) / max(float(high - low), 12.0) * 180 * contrast + level
        grey[inside] = np.clip(tone, 4, 255)
    if rng.random() < 0.4:
        for _ in range(int(rng.integers(1, 4))):
            x, y, reach = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0.01, 0.08) * w
            far = (xs * w - x) ** 2 + (ys * h - y) ** 2
            grey += np.exp(-far / (2 * reach**2)) * rng.uniform(80, 400)
    grey += rng.standard_normal((h, w), np.float32) * rng.uniform(1, 12)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, 2)


def relight(image: Image, rng: np.random.Generator) -> Image:
    """Change light and colour, then damage: blur, noise, JPEG, shadow, low resolution."""
    out = image.astype(np.float32)
    if rng.random() < 0.8:
        out = (out - 128) * rng.uniform(0.6, 1.4) + 128 + rng.uniform(-35, 35)
    if rng.random() < 0.5:
        out *= np.exp(rng.normal(0, 0.10, 3)).astype(np.float32)
    if rng.random() < 0.06:  # the strong magenta cast of a camera without infrared filter
        out *= np.array([rng.uniform(0.9, 1.3), rng.uniform(0.55, 0.9), rng.uniform(0.9, 1.4)])
    if rng.random() < 0.12:
        grey = out.mean(2, keepdims=True)
        out = grey + (out - grey) * rng.uniform(0, 0.4)
    if rng.random() < 0.15:
        h, w = out.shape[:2]
        a, b = rng.normal(0, 1, 2)
        ys, xs = np.mgrid[-1 : 1 : complex(0, h), -1 : 1 : complex(0, w)].astype(np.float32)
        side = 1 / (1 + np.exp(-(a * xs + b * ys + rng.normal(0, 0.4)) * rng.uniform(3, 30)))
        out *= (rng.uniform(0.35, 0.8) + (1 - rng.uniform(0.35, 0.8)) * side)[:, :, None]
    out8 = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        gamma = float(np.exp(rng.normal(0, 0.4)))
        table = (np.linspace(0, 1, 256) ** gamma * 255).astype(np.uint8)
        out8 = cv2.LUT(out8, table).astype(np.uint8)
    if rng.random() < 0.15:
        out8 = cv2.GaussianBlur(out8, (0, 0), rng.uniform(0.4, 1.4)).astype(np.uint8)
    if rng.random() < 0.06:
        size = int(rng.integers(3, 8))
        kernel = np.zeros((size, size), np.float32)
        angle = rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * size / 2
        start, end = np.array([size / 2] * 2) - reach, np.array([size / 2] * 2) + reach
        cv2.line(kernel, start.astype(int).tolist(), end.astype(int).tolist(), 1.0, 1)
        out8 = cv2.filter2D(out8, -1, kernel / max(kernel.sum(), 1)).astype(np.uint8)
    if rng.random() < 0.08:
        h, w = out8.shape[:2]
        factor = rng.uniform(0.5, 0.85)
        small = cv2.resize(out8, (int(w * factor), int(h * factor)), interpolation=cv2.INTER_AREA)
        out8 = cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    if rng.random() < 0.2:
        noise = rng.standard_normal(out8.shape[:2], np.float32)[:, :, None] * rng.uniform(2, 14)
        out8 = np.clip(out8 + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        quality = int(rng.integers(25, 85))
        _, data = cv2.imencode(".jpg", out8, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out8 = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return out8
