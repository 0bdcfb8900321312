"""Pastes a flat picture (a plate, a sign) into a scene in perspective."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.geometry import Quad, box_of

Image = NDArray[np.uint8]


def paste(
    scene: Image,
    patch: Image,
    quad: Quad,
    *,
    gain: float = 1.0,
    feather: float = 0.6,
    alpha: NDArray[np.float32] | None = None,
) -> None:
    """Draw ``patch`` into ``scene`` (in place) so that its corners land on ``quad``.

    Args:
        scene: uint8 ``[H,W,3]`` BGR.
        patch: uint8 ``[h,w,3]`` BGR, the flat picture.
        quad: where its outer corners go, pixels of the scene (a pixel's centre has whole
            coordinates); may reach outside.
        gain: brightness factor of the patch, to match the scene's light.
        feather: blur of the edge in pixels; a hard edge would give the paste away.
        alpha: optional opacity of the patch, float32 ``[h,w]`` in 0..1.
    """
    x0, y0, x1, y1 = box_of(quad)
    left, top = max(int(np.floor(x0)) - 2, 0), max(int(np.floor(y0)) - 2, 0)
    right = min(int(np.ceil(x1)) + 2, scene.shape[1])
    bottom = min(int(np.ceil(y1)) + 2, scene.shape[0])
    if right - left < 2 or bottom - top < 2:
        return
    # Shrink first with area averaging: a warp alone would alias fine strokes.
    long_side = max(
        float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[2] - quad[3]))
    )
    scale = min(1.0, max(long_side, 8.0) * 1.15 / patch.shape[1])
    if scale < 0.9:
        size = (max(int(patch.shape[1] * scale), 4), max(int(patch.shape[0] * scale), 4))
        patch = cv2.resize(patch, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        if alpha is not None:
            alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    h, w = patch.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32) - 0.5
    target = quad - np.array([left, top], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target.astype(np.float32))
    size = (right - left, bottom - top)
    warped = cv2.warpPerspective(
        patch, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    opacity = np.full((h, w), 1.0, np.float32) if alpha is None else alpha
    mask = cv2.warpPerspective(opacity, matrix, size, flags=cv2.INTER_LINEAR)
    if feather > 0.2:
        mask = cv2.GaussianBlur(mask, (0, 0), feather)
    area = scene[top:bottom, left:right]
    mask3 = mask[:, :, None]
    mixed = area * (1 - mask3) + np.minimum(warped * np.float32(gain), 255) * mask3
    scene[top:bottom, left:right] = mixed.astype(np.uint8)


def local_gain(scene: Image, quad: Quad, rng: np.random.Generator) -> float:
    """Brightness factor that makes a studio-lit patch fit the scene around ``quad``."""
    x0, y0, x1, y1 = box_of(quad)
    h, w = scene.shape[:2]
    area = scene[
        max(int(y0), 0) : max(min(int(y1), h), 1), max(int(x0), 0) : max(min(int(x1), w), 1)
    ]
    level = float(area[::2, ::2].mean()) if area.size else 110.0
    return float(np.clip((level + 60) / 170, 0.45, 1.15) * rng.uniform(0.75, 1.25))
