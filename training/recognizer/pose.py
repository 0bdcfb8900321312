"""Where a camera sees the points of a flat plate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Float32Array = NDArray[np.float32]


def posed(rng: np.random.Generator, corners: Float32Array, *, strong: bool) -> Float32Array:
    """Return flat corners as a camera sees them from some side, float32 ``[4, 2]``."""
    size = corners.max(0) - corners.min(0)
    centred = corners - corners.mean(0)
    most = 1.0 if strong else 0.6
    yaw, pitch = rng.normal(0, 0.4 * most), rng.normal(0, 0.25 * most)
    roll = rng.normal(0, 0.08 * most)
    yaw, pitch = float(np.clip(yaw, -0.9, 0.9)), float(np.clip(pitch, -0.6, 0.6))
    distance = rng.uniform(2.5, 8) * size[0]
    x = centred[:, 0] * np.cos(yaw)
    z = centred[:, 0] * np.sin(yaw) + centred[:, 1] * np.sin(pitch)
    y = centred[:, 1] * np.cos(pitch)
    scale = distance / (distance + z)
    seen = np.stack([x * scale, y * scale], 1)
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    shear = np.array([[1, rng.normal(0, 0.08)], [rng.normal(0, 0.05), 1]])
    return np.asarray(seen @ turn.T @ shear.T, np.float32)


def mapped(matrix: NDArray[Any], points: Float32Array) -> Float32Array:
    """Return points ``[n, 2]`` after a homography ``[3, 3]``."""
    return np.asarray(
        cv2.perspectiveTransform(points[None].astype(np.float32), matrix)[0], np.float32
    )


def shrunk(ratio: Float32Array, start: Float32Array) -> NDArray[Any]:
    """Return the map from the flat plate's pixels to those of its shrunk surroundings."""
    shift = start * ratio - 0.5
    return np.array([[ratio[0], 0, shift[0]], [0, ratio[1], shift[1]], [0, 0, 1]], np.float64)
