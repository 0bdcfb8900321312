"""Cuts the refining network's patches out of a picture at full resolution, as service does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.detector.net import (
    PAD_VALUE,
    PATCH_HEIGHT,
    PATCH_MARGIN_X,
    PATCH_MARGIN_Y,
    PATCH_WIDTH,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.scenes.geometry import Quad

# Pixels of the picture per pixel of the patch from which on half the resolution is sharp enough.
_COARSE = 2.0


def bilinear(quad: Quad, uv: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map plate coordinates ``[...,2]`` (0,0 is the top-left corner, 1,1 the bottom-right one)."""
    u, v = uv[..., :1], uv[..., 1:]
    a, b, c, d = quad
    mapped = a * (1 - u) * (1 - v) + b * u * (1 - v) + c * u * v + d * (1 - u) * v
    return np.asarray(mapped, np.float32)


def _grid() -> NDArray[np.float32]:
    u = (np.arange(PATCH_WIDTH, dtype=np.float32) + 0.5) / PATCH_WIDTH
    v = (np.arange(PATCH_HEIGHT, dtype=np.float32) + 0.5) / PATCH_HEIGHT
    u = u * (1 + 2 * PATCH_MARGIN_X) - PATCH_MARGIN_X
    v = v * (1 + 2 * PATCH_MARGIN_Y) - PATCH_MARGIN_Y
    return np.stack(np.meshgrid(u, v), -1).astype(np.float32)


def _size(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.array([image.shape[1], image.shape[0]], np.float32)


def cut_patches(image: NDArray[np.uint8], quads: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut upright patches along quads.

    Args:
        image: uint8 BGR ``[H,W,3]``.
        quads: float32 ``[M,4,2]``, pixels; a pixel's centre has whole coordinates.

    Returns:
        uint8 ``[M,24,72,3]``: each quad with its margins.
    """
    patches = np.empty((len(quads), PATCH_HEIGHT, PATCH_WIDTH, 3), np.uint8)
    grid = _grid()
    levels = [image]
    for index, quad in enumerate(quads):
        width = max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3]))
        step = float(width) * (1 + 2 * PATCH_MARGIN_X) / PATCH_WIDTH
        level = 0
        while step >= _COARSE and min(levels[level].shape[:2]) >= 2 * PATCH_HEIGHT:
            step, level = step / 2, level + 1
            if len(levels) == level:
                h, w = levels[-1].shape[:2]
                half = cv2.resize(levels[-1], (w // 2, h // 2), interpolation=cv2.INTER_AREA)
                levels.append(half.astype(np.uint8))
        source = levels[level]
        ratio = _size(source) / _size(image)
        where = np.asarray((bilinear(quad, grid) + 0.5) * ratio - 0.5, np.float32)
        patches[index] = cv2.remap(
            source,
            where[..., 0],
            where[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(PAD_VALUE,) * 3,
        )
    return patches


def corrected(quads: NDArray[np.float32], corrections: NDArray[np.float32]) -> NDArray[np.float32]:
    """Apply corrections ``[M,4,2]`` in plate coordinates to quads ``[M,4,2]`` in pixels."""
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    moved = [bilinear(q, unit + c) for q, c in zip(quads, corrections, strict=True)]
    return np.asarray(moved, np.float32).reshape(-1, 4, 2)
