"""Patches for the refiner: the picture inside and around proposed plates, small and upright.

The training data go through the same functions, so that the refiner meets in service exactly the
geometry that it learnt. Coordinates: ``x, y`` in pixels, the centre of the top-left pixel being
(0, 0); corners clockwise from the plate's own top-left corner. In *plate coordinates* that corner
is (0, 0) and the opposite one (1, 1); between them a quad is mapped bilinearly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from platestream.vision.detection.reduce import halved

if TYPE_CHECKING:
    from platestream.vision.arrays import Float32Array, IntArray, UInt8Array

# What lies outside the picture is the grey of the letterbox: the middle of the network's input.
_OUTSIDE = (114, 114, 114)
# A part of the picture with more than so many pixels for one of the patch is halved first: bilinear
# sampling alone would skip pixels and break strokes.
_MOST_PIXELS = 1.75
# More than a picture's sides can be halved.
_MOST_HALVINGS = 12
_UNIT = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], np.float32)


@dataclass(frozen=True)
class PatchGeometry:
    """Shape of the refiner's input and how a proposal is laid into it.

    Attributes:
        height: Rows of a patch, pixels.
        width: Columns of a patch, pixels.
        margin: Picture kept on each side of the proposal, as fractions of its width (left and
            right) and of its height (above and below).
    """

    height: int = 24
    width: int = 72
    margin: tuple[float, float] = (0.25, 0.5)

    @cached_property
    def grid(self) -> Float32Array:
        """Weights ``[height * width, 4]`` of a proposal's corners in each pixel of its patch."""
        across, along = self.margin
        u = (np.arange(self.width) + 0.5) / self.width * (1 + 2 * across) - across
        v = (np.arange(self.height) + 0.5) / self.height * (1 + 2 * along) - along
        grid_v, grid_u = np.meshgrid(v, u, indexing="ij")
        return corner_weights(np.stack((grid_u, grid_v), -1).reshape(-1, 2).astype(np.float32))


def corner_weights(points: Float32Array) -> Float32Array:
    """Return the weights ``[..., 4]`` of a quad's corners at plate coordinates ``[..., 2]``."""
    u, v = points[..., 0], points[..., 1]
    weights = np.stack(((1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v), -1)
    return np.asarray(weights, np.float32)


def cut_patches(picture: UInt8Array, quads: Float32Array, geometry: PatchGeometry) -> UInt8Array:
    """Return the patches of one picture's proposals, uint8 ``[K, height, width, 3]``.

    Args:
        picture: uint8 BGR ``[H, W, 3]``.
        quads: float32 ``[K, 4, 2]``, finite.
        geometry: The patches' shape and margin.
    """
    height, width = geometry.height, geometry.width
    patches = np.empty((len(quads), height, width, 3), np.uint8)
    halvings = halvings_of(quads, geometry)
    points = geometry.grid @ quads
    direct = np.flatnonzero(halvings == 0)
    if direct.size:
        fine = points[direct].reshape(-1, width, 2)
        patches[direct] = _sample(picture, fine).reshape(-1, height, width, 3)
    for index in np.flatnonzero(halvings).tolist():
        patches[index] = _sample_reduced(
            picture, points[index].reshape(height, width, 2), int(halvings[index])
        )
    return patches


def _sample(picture: UInt8Array, points: Float32Array) -> UInt8Array:
    """Sample a picture bilinearly at points ``[h, w, 2]``."""
    sampled = cv2.remap(
        picture,
        points,
        None,  # type: ignore[call-overload]
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=_OUTSIDE,
    )
    return np.asarray(sampled, np.uint8)


def _sample_reduced(picture: UInt8Array, points: Float32Array, times: int) -> UInt8Array:
    """Sample the part of a picture around the points, halved ``times`` before."""
    block = 2**times
    # Whole blocks: the part's halves are those that the whole picture has.
    low = np.maximum(np.floor(points.min(axis=(0, 1)) / block).astype(int) - 1, 0) * block
    high = (np.ceil(points.max(axis=(0, 1)) / block).astype(int) + 2) * block
    part = picture[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
    if not part.size:
        return np.full((*points.shape[:2], 3), _OUTSIDE, np.uint8)
    inside = (points - low.astype(np.float32) + np.float32(0.5)) / np.float32(block)
    return _sample(halved(part, times), inside - np.float32(0.5))


def corrected(quads: Float32Array, corrections: Float32Array) -> Float32Array:
    """Return quads ``[K, 4, 2]`` moved by corrections ``[K, 4, 2]`` in plate coordinates."""
    moved: Float32Array = corner_weights(_UNIT + corrections) @ quads
    return moved


def halvings_of(quads: Float32Array, geometry: PatchGeometry) -> IntArray:
    """How often the picture around each quad is halved, by how finely it shows the plate."""
    sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=2)
    across = np.maximum(sides[:, 0], sides[:, 2]) * (1 + 2 * geometry.margin[0]) / geometry.width
    along = np.maximum(sides[:, 1], sides[:, 3]) * (1 + 2 * geometry.margin[1]) / geometry.height
    pixels = np.maximum(across, along)
    times = np.ceil(np.log2(np.maximum(pixels / _MOST_PIXELS, 1.0)))
    return np.asarray(np.minimum(times, _MOST_HALVINGS), np.int64)
