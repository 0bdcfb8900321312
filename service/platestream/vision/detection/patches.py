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

if TYPE_CHECKING:
    from platestream.vision.arrays import Float32Array, IntArray, UInt8Array

# What lies outside the picture is the grey of the letterbox: the middle of the network's input.
_OUTSIDE = (114, 114, 114)
# A plate that the picture shows finer than the patch is sampled on a grid so many times finer and
# averaged: bilinear sampling alone skips pixels and breaks strokes. 4 covers 4 picture pixels in
# a patch pixel, a plate 190 px wide; beyond that the refiner gains nothing.
_MAX_OVERSAMPLING = 4
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
    def grids(self) -> dict[int, Float32Array]:
        """Weights ``[f * height * f * width, 4]`` of the corners in each sample, by fineness f."""
        return {factor: self._grid(factor) for factor in range(1, _MAX_OVERSAMPLING + 1)}

    def _grid(self, factor: int) -> Float32Array:
        across, along = self.margin
        u = (np.arange(self.width * factor) + 0.5) / (self.width * factor)
        v = (np.arange(self.height * factor) + 0.5) / (self.height * factor)
        grid_v, grid_u = np.meshgrid(
            v * (1 + 2 * along) - along, u * (1 + 2 * across) - across, indexing="ij"
        )
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
    factors = _oversampling(quads, geometry)
    for factor in np.unique(factors).tolist():
        members = np.flatnonzero(factors == factor)
        points = geometry.grids[factor] @ quads[members]
        columns = width * factor
        fine = cv2.remap(
            picture,
            points[..., 0].reshape(-1, columns),
            points[..., 1].reshape(-1, columns),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=_OUTSIDE,
        )
        if factor > 1:
            # Whole numbers of samples each: one call averages the patches of all proposals.
            size = (width, height * len(members))
            fine = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
        patches[members] = np.reshape(fine, (len(members), height, width, 3))
    return patches


def corrected(quads: Float32Array, corrections: Float32Array) -> Float32Array:
    """Return quads ``[K, 4, 2]`` moved by corrections ``[K, 4, 2]`` in plate coordinates."""
    moved: Float32Array = corner_weights(_UNIT + corrections) @ quads
    return moved


def _oversampling(quads: Float32Array, geometry: PatchGeometry) -> IntArray:
    sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=2)
    across = np.maximum(sides[:, 0], sides[:, 2]) * (1 + 2 * geometry.margin[0]) / geometry.width
    along = np.maximum(sides[:, 1], sides[:, 3]) * (1 + 2 * geometry.margin[1]) / geometry.height
    fineness = np.round(np.maximum(across, along))
    return np.asarray(np.clip(fineness, 1, _MAX_OVERSAMPLING), np.int64)
