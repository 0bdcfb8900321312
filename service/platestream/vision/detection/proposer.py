"""The detector's first stage: pictures in, likely plates out, from one look at a reduced size."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.detection.letterbox import (
    Canvas,
    Letterbox,
    choose_canvas,
    empty_canvases,
    enlarged,
    fit,
    place,
    to_picture,
)
from platestream.vision.detection.nms import sound_quads
from platestream.vision.models.batches import Batching
from platestream.vision.models.session import ModelSession, TensorSpec

INPUTS: Final = (TensorSpec("images", "uint8", (None, None, None, 3)),)
OUTPUTS: Final = (
    TensorSpec("scores", "float32", (None, None)),
    TensorSpec("corners", "float32", (None, None, 4, 2)),
)
# A street scene gives dozens of candidates above a sane threshold; more are noise, and would only
# make what follows slow.
_MAX_CANDIDATES: Final = 512


@dataclass(frozen=True, slots=True)
class Proposals:
    """Likely plates of one picture, best first.

    Attributes:
        corners: float32 ``[K, 4, 2]``, x and y in picture pixels, clockwise from the plate's own
            top-left corner; may lie outside the picture.
        scores: float32 ``[K]``, 0..1.
    """

    corners: Float32Array
    scores: Float32Array

    def enlarged(self, divisor: int) -> Self:
        """Return those found at a divisor in pixels of the whole picture."""
        return type(self)(enlarged(self.corners, divisor), self.scores)


class Proposer:
    """The proposing model with what comes before and after it. Holds no state between calls.

    Args:
        session: The model.
        canvases: Height and width of each size that pictures are reduced to, pixels.
        threshold: Least score of a proposal, above 0.
        batching: How pictures of one canvas are cut into batches.
    """

    def __init__(
        self,
        session: ModelSession,
        canvases: Sequence[Canvas],
        threshold: float,
        batching: Batching,
    ) -> None:
        self._session = session
        self._canvases = canvases
        self._threshold = threshold
        self._batching = batching

    def with_canvases(self, canvases: Sequence[Canvas], threshold: float) -> Self:
        """Return the same proposer, sharing its session, for other canvases and another score."""
        return type(self)(self._session, canvases, threshold, self._batching)

    @property
    def canvases(self) -> Sequence[Canvas]:
        """Height and width of each canvas, pixels."""
        return self._canvases

    def warm_up(self) -> None:
        """Run every shape once, the largest first so that the memory arena grows only once."""
        canvases = sorted(self._canvases, key=lambda c: c[0] * c[1], reverse=True)
        for size in reversed(self._batching.sizes):
            for canvas in canvases:
                self._session.run(empty_canvases(size, canvas))

    def propose(
        self, pictures: Sequence[UInt8Array], canvases: Sequence[Canvas] | None = None
    ) -> list[Proposals]:
        """Return the likely plates of each picture.

        Args:
            pictures: uint8 BGR ``[H, W, 3]`` each, any sizes; views of larger ones, too.
            canvases: The canvas of each; the one of its own whose shape is nearest when None.
        """
        if canvases is None:
            canvases = [
                choose_canvas(one.shape[0], one.shape[1], self._canvases) for one in pictures
            ]
        groups: dict[Canvas, list[int]] = defaultdict(list)
        for index, canvas in enumerate(canvases):
            groups[canvas].append(index)
        found: dict[int, Proposals] = {}
        for canvas, members in groups.items():
            for batch in self._batching.plan(len(members)):
                indices = members[batch.start : batch.stop]
                found.update(self._run(pictures, indices, canvas, batch.size))
        return [found[index] for index in range(len(pictures))]

    def _run(
        self, pictures: Sequence[UInt8Array], indices: Sequence[int], canvas: Canvas, size: int
    ) -> dict[int, Proposals]:
        images = empty_canvases(size, canvas)
        boxes = []
        for row, index in enumerate(indices):
            picture = pictures[index]
            boxes.append(fit(picture.shape[0], picture.shape[1], canvas))
            place(picture, boxes[row], images[row])
        scores, corners = self._session.run(images)
        return {
            index: self._proposals(scores[row], corners[row], boxes[row])
            for row, index in enumerate(indices)
        }

    def _proposals(self, scores: Float32Array, corners: Float32Array, box: Letterbox) -> Proposals:
        """Turn one picture's raw outputs ``[K]`` and ``[K, 4, 2]`` into proposals."""
        # NaN compares false: a broken score is no plate.
        chosen = np.flatnonzero(scores >= self._threshold)
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")[:_MAX_CANDIDATES]]
        chosen = chosen[sound_quads(corners[chosen])]
        return Proposals(to_picture(corners[chosen], box), np.minimum(scores[chosen], 1.0))
