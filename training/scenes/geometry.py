"""Small geometry on plate corners shared by scenes and the detector's data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float32]
"""Corners ``[4,2]`` (x, y), clockwise from the plate's own top-left corner."""


def box_of(quad: Quad) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the axis-aligned box around the corners."""
    x0, y0 = quad.min(0)
    x1, y1 = quad.max(0)
    return float(x0), float(y0), float(x1), float(y1)


def overlap(a: Quad, b: Quad) -> float:
    """Intersection over union of the two corners' boxes."""
    ax0, ay0, ax1, ay1 = box_of(a)
    bx0, by0, bx1, by1 = box_of(b)
    width = min(ax1, bx1) - max(ax0, bx0)
    height = min(ay1, by1) - max(ay0, by0)
    if width <= 0 or height <= 0:
        return 0.0
    inter = width * height
    return inter / ((ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - inter)


def covers(quad: Quad, others: list[Quad], limit: float = 0.02) -> bool:
    """Whether the quad's box touches any other box by more than ``limit`` of the smaller one."""
    ax0, ay0, ax1, ay1 = box_of(quad)
    for other in others:
        bx0, by0, bx1, by1 = box_of(other)
        width = min(ax1, bx1) - max(ax0, bx0)
        height = min(ay1, by1) - max(ay0, by0)
        if width > 0 and height > 0:
            smaller = min((ax1 - ax0) * (ay1 - ay0), (bx1 - bx0) * (by1 - by0))
            if width * height > limit * smaller:
                return True
    return False


def visible_fraction(quad: Quad, width: int, height: int) -> float:
    """Part of the quad's box that lies inside a picture of the given size."""
    x0, y0, x1, y1 = box_of(quad)
    inside_x = min(x1, width) - max(x0, 0.0)
    inside_y = min(y1, height) - max(y0, 0.0)
    if inside_x <= 0 or inside_y <= 0:
        return 0.0
    return inside_x * inside_y / max((x1 - x0) * (y1 - y0), 1e-6)


def visible_part(quad: Quad, width: int, height: int) -> Quad:
    """Corners of the part of a plate that a picture shows.

    A corner outside slides along the plate's own edge onto the picture's border: half a pixel
    outside the centres of the outermost pixels.
    """
    points = quad.astype(np.float64)
    across = np.abs(points[1] - points[0] + points[2] - points[3])
    # The plate's long edges run left to right, or up and down on a plate that stands on its side.
    level, upright = ((0, 1), (3, 2)), ((0, 3), (1, 2))
    along_x, along_y = (level, upright) if across[0] >= across[1] else (upright, level)
    for axis, edges, most in ((0, along_x, width - 0.5), (1, along_y, height - 0.5)):
        for edge in edges:
            for here, there in (edge, edge[::-1]):
                bound = min(max(points[here, axis], -0.5), most)
                span = points[there, axis] - points[here, axis]
                if bound != points[here, axis] and abs(span) > 1e-6:
                    part = min(max((bound - points[here, axis]) / span, 0.0), 1.0)
                    points[here] += part * (points[there] - points[here])
    return np.clip(points, -0.5, [width - 0.5, height - 0.5]).astype(np.float32)


def transform(quad: Quad, matrix: NDArray[np.float64]) -> Quad:
    """Apply an affine ``[2,3]`` or projective ``[3,3]`` matrix to corners."""
    ones = np.concatenate([quad, np.ones((4, 1), np.float32)], 1) @ matrix.T
    if matrix.shape[0] == 3:
        ones = ones[:, :2] / ones[:, 2:3]
    return ones.astype(np.float32)


def mirrored(quad: Quad, width: float) -> Quad:
    """Corners after x -> width - x, still clockwise from the top-left one."""
    flipped = quad[[1, 0, 3, 2]].copy()
    flipped[:, 0] = width - flipped[:, 0]
    return flipped


def random_pose(
    rng: np.random.Generator, width: float, aspect: float, *, wild: float, roll: float | None = None
) -> Quad:
    """A plausible plate pose around the origin.

    Args:
        rng: randomness.
        width: length of the plate's long axis in pixels.
        aspect: width divided by height of the unrotated plate.
        wild: 0 for nearly frontal, 1 for strong yaw, pitch and roll.
        roll: spread of the roll in degrees, or None to let ``wild`` decide.

    Returns:
        Corners of a rectangle seen by a pinhole camera, centred on (0, 0).
    """
    yaw = np.deg2rad(rng.normal(0, 8 + 20 * wild))
    pitch = np.deg2rad(rng.normal(0, 6 + 12 * wild))
    turn = np.deg2rad(rng.normal(0, 2 + 7 * wild if roll is None else roll))
    yaw, pitch = float(np.clip(yaw, -1.05, 1.05)), float(np.clip(pitch, -0.8, 0.8))
    half_w, half_h = 0.5, 0.5 / aspect
    points = np.array(
        [[-half_w, -half_h, 0], [half_w, -half_h, 0], [half_w, half_h, 0], [-half_w, half_h, 0]]
    )
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(turn), np.sin(turn)
    turn_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    turn_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    turn_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    points = points @ (turn_z @ turn_x @ turn_y).T
    distance = rng.uniform(3.0, 10.0)
    flat = points[:, :2] * (distance / (distance + points[:, 2:3]))
    flat -= (flat.max(0) + flat.min(0)) / 2
    return np.asarray(flat * width, np.float32)
