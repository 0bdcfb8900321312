"""The detector's second stage: a closer look at each proposal, in the picture's own pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from platestream.vision.arrays import Float32Array, IntArray, UInt8Array
from platestream.vision.detection.letterbox import enlarged
from platestream.vision.detection.patches import (
    PatchGeometry,
    corrected,
    cut_patches,
    halvings_of,
)
from platestream.vision.models.batches import Batching
from platestream.vision.models.session import ModelSession, TensorSpec

OUTPUTS: Final = (
    TensorSpec("scores", "float32", (None,)),
    TensorSpec("corrections", "float32", (None, 4, 2)),
)


def input_specs(geometry: PatchGeometry) -> tuple[TensorSpec, ...]:
    """Return what the model must take."""
    return (TensorSpec("patches", "uint8", (None, geometry.height, geometry.width, 3)),)


@dataclass(frozen=True, slots=True)
class Refined:
    """The second opinion on proposals.

    Attributes:
        corners: float32 ``[K, 4, 2]``, picture pixels.
        scores: float32 ``[K]``, 0..1.
    """

    corners: Float32Array
    scores: Float32Array

    def enlarged(self, divisor: int) -> Self:
        """Return a copy of those found at a divisor in pixels of the whole picture."""
        return type(self)(enlarged(self.corners, divisor), self.scores.copy())


class Refiner:
    """The refining model with what comes before and after it. Holds no state between calls."""

    def __init__(self, session: ModelSession, geometry: PatchGeometry, batching: Batching) -> None:
        self._session = session
        self._geometry = geometry
        self._batching = batching

    def warm_up(self) -> None:
        """Run every batch size once, the largest first."""
        geometry = self._geometry
        for size in reversed(self._batching.sizes):
            self._session.run(np.zeros((size, geometry.height, geometry.width, 3), np.uint8))

    def halvings(self, quads: Float32Array) -> IntArray:
        """How often a picture can be halved and still show each quad finely enough, ``[K]``."""
        return halvings_of(quads, self._geometry)

    def refine(
        self, pictures: Sequence[UInt8Array], quads: Sequence[Float32Array]
    ) -> list[Refined]:
        """Look again at the proposals of every picture; those of all pictures share batches.

        Args:
            pictures: uint8 BGR ``[H, W, 3]`` each.
            quads: float32 ``[K, 4, 2]`` for each picture, finite.
        """
        parts = [
            cut_patches(picture, some, self._geometry)
            for picture, some in zip(pictures, quads, strict=True)
            if len(some)
        ]
        if not parts:
            return [Refined(some, np.zeros(0, np.float32)) for some in quads]
        scores, corrections = self._run(parts[0] if len(parts) == 1 else np.concatenate(parts))
        result, start = [], 0
        for some in quads:
            stop = start + len(some)
            result.append(Refined(corrected(some, corrections[start:stop]), scores[start:stop]))
            start = stop
        return result

    def _run(self, patches: UInt8Array) -> tuple[Float32Array, Float32Array]:
        scores, corrections = [], []
        for batch in self._batching.plan(len(patches)):
            inputs, used = patches[batch.start : batch.stop], batch.stop - batch.start
            if used < batch.size:
                padding = np.zeros((batch.size - used, *inputs.shape[1:]), np.uint8)
                inputs = np.concatenate((inputs, padding))
            score, correction = self._session.run(inputs)
            scores.append(score[:used])
            corrections.append(correction[:used])
        return np.concatenate(scores), np.concatenate(corrections)
