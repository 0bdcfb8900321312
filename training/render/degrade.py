"""Photometric degradations: what light, lens, sensor and compression do to a picture.

The geometry of the picture is never changed, so positions of characters stay true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]


# Standard deviation, in grey levels, below which the middle of a picture is stretched.
_CONTRAST_FLOOR = 15.0


def _smooth_field(rng: np.random.Generator, height: int, width: int, cells: int) -> Float32Array:
    """Return a smooth random field in about 0..1, float32 ``[H, W]``."""
    coarse = rng.random((cells, cells * 2), dtype=np.float32)
    return np.asarray(
        cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32
    )


def illuminate(rng: np.random.Generator, image: Float32Array) -> Float32Array:
    """Apply overall light, colour cast, gradients, shadow edges and glare."""
    height, width = image.shape[:2]
    cast = np.clip(rng.normal(1, 0.07, 3), 0.75, 1.25).astype(np.float32)
    if rng.random() < 0.08:
        cast = np.clip(rng.normal(1, 0.22, 3), 0.5, 1.4).astype(np.float32)
    gain = float(rng.uniform(0.3, 1.15)) if rng.random() < 0.6 else float(rng.uniform(0.75, 1.1))
    image = image * (cast * gain)
    if rng.random() < 0.4:
        field = _smooth_field(rng, height, width, 2)
        image = image * (1 + (field - 0.5) * rng.uniform(0.2, 0.9))[..., None]
    if rng.random() < 0.15:
        # the straight edge of a shadow
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.3, 0.3)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        side = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle) - offset
        soft = rng.uniform(0.005, 0.08)
        lit = 1 / (1 + np.exp(-np.clip(side / soft, -30, 30)))
        image = image * (1 - rng.uniform(0.2, 0.6) * lit)[..., None].astype(np.float32)
    if rng.random() < 0.12:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        reach = rng.uniform(0.15, 0.6) * width
        spot = np.exp(-(((x - cx) / reach) ** 2 + ((y - cy) / (reach * rng.uniform(0.3, 1))) ** 2))
        image = image + (spot * rng.uniform(30, 120))[..., None].astype(np.float32)
    if rng.random() < 0.25:
        # haze or flare: contrast shrinks towards a grey level
        keep = rng.uniform(0.45, 0.9)
        image = image * keep + rng.uniform(20, 200) * (1 - keep)
    return np.asarray(image, np.float32)


def blur(rng: np.random.Generator, image: UInt8Array, severity: float = 1.0) -> UInt8Array:
    """Apply at most one kind of blur, its strength relative to the picture's height."""
    choice = rng.random()
    height = image.shape[0]
    if choice < 0.4:
        sigma = float(rng.uniform(0.003, 0.022)) * height * severity
        return np.asarray(cv2.GaussianBlur(image, (0, 0), max(sigma, 0.25)), np.uint8)
    if choice < 0.52:
        length = int(rng.uniform(0.02, 0.085) * height * severity)
        if length < 2:
            return image
        kernel = np.zeros((length, length), np.float32)
        angle = rng.normal(0, 0.4) if rng.random() < 0.7 else rng.uniform(0, np.pi)
        middle = (length - 1) / 2
        delta = np.array([np.cos(angle), np.sin(angle)]) * middle
        start, end = np.round(middle - delta).astype(int), np.round(middle + delta).astype(int)
        cv2.line(kernel, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), 1.0, 1)
        return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)
    return image


def degrade(rng: np.random.Generator, image: UInt8Array, *, severity: float = 1.0) -> UInt8Array:
    """Return the picture under random light, blur, noise and compression, same shape, uint8.

    A plate stays readable: contrast is never taken away completely and blurs are not stacked.

    Args:
        rng: source of randomness.
        image: uint8 BGR ``[H, W, 3]``.
        severity: 0..1, strength of blur and noise; small plates bear less.
    """
    lit = illuminate(rng, image.astype(np.float32))
    height, width = image.shape[:2]
    inner = lit[height // 4 : height * 3 // 4 + 1, width // 4 : width * 3 // 4 + 1]
    spread, middle = float(inner.std()), float(inner.mean())
    if spread < _CONTRAST_FLOOR:
        # unreadable samples cost accuracy
        lit = (lit - middle) * (_CONTRAST_FLOOR / max(spread, 1)) + max(middle, 35)
        spread = _CONTRAST_FLOOR
    picture = np.clip(lit, 0, 255).astype(np.uint8)
    picture = blur(rng, picture, severity)
    if rng.random() < 0.5:
        sigma = float(rng.uniform(1, min(11, 0.45 * spread))) * (0.4 + 0.6 * severity)
        noise = np.empty(picture.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(2**31)))  # OpenCV's generator, seeded from ours
        cv2.randn(noise, np.zeros(3), np.full(3, sigma))
        if rng.random() < 0.4:
            noise[..., 1:] = noise[..., :1]
        picture = np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)
    if rng.random() < 0.5:
        picture = compress(rng, picture)
    return np.asarray(picture, np.uint8)


def compress(rng: np.random.Generator, image: UInt8Array) -> UInt8Array:
    """Return the picture after JPEG compression of random quality."""
    quality = int(rng.integers(28, 92))
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("JPEG encoding failed")
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
