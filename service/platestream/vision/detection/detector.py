"""Finds plates: pictures in, four corners and a score per plate out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.detection.letterbox import (
    Canvas,
    Letterbox,
    choose_canvas,
    empty_canvases,
    fit,
    place,
    to_picture,
)
from platestream.vision.detection.nms import sound_quads, suppress
from platestream.vision.models.batches import Batching
from platestream.vision.models.session import ModelSession, TensorSpec

INPUTS = (TensorSpec("images", "uint8", (None, None, None, 3)),)
OUTPUTS = (
    TensorSpec("scores", "float32", (None, None)),
    TensorSpec("corners", "float32", (None, None, 4, 2)),
)
# A street scene gives dozens of candidates above a sane threshold; more are noise, and would only
# make the suppression slow.
_MAX_CANDIDATES = 512


@dataclass(frozen=True, slots=True)
class Detection:
    """A plate found.

    Attributes:
        corners: float32 ``[4, 2]``, x and y in picture pixels, clockwise from the plate's own
            top-left corner; may lie outside the picture.
        score: 0..1.
    """

    corners: Float32Array
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """Canvases ``(height, width)`` and thresholds of a detector."""

    canvases: Sequence[Canvas]
    score_threshold: float
    nms_iou: float
    max_plates: int


class Detector:
    """The detector model with what comes before and after it. Holds no state between calls."""

    def __init__(self, session: ModelSession, config: DetectorConfig, batching: Batching) -> None:
        self._session = session
        self._config = config
        self._batching = batching

    def with_canvases(
        self, canvases: Sequence[Canvas], *, score_threshold: float | None = None
    ) -> Self:
        """Return the same detector, sharing its session, for other canvases.

        Args:
            canvases: Height and width of each, pixels.
            score_threshold: Another one, too, unless None.
        """
        config = replace(self._config, canvases=canvases)
        if score_threshold is not None:
            config = replace(config, score_threshold=score_threshold)
        return type(self)(self._session, config, self._batching)

    @property
    def canvases(self) -> Sequence[Canvas]:
        """Height and width of each canvas, pixels."""
        return self._config.canvases

    def warm_up(self) -> None:
        """Run every shape once, the largest first so that the memory arena grows only once."""
        canvases = sorted(self._config.canvases, key=lambda c: c[0] * c[1], reverse=True)
        for size in reversed(self._batching.sizes):
            for canvas in canvases:
                self._session.run(empty_canvases(size, canvas))

    def detect(self, pictures: Sequence[UInt8Array]) -> list[tuple[Detection, ...]]:
        """Find the plates of each picture, best first.

        Args:
            pictures: uint8 BGR ``[H, W, 3]`` each, any sizes.
        """
        groups: dict[Canvas, list[int]] = defaultdict(list)
        for index, picture in enumerate(pictures):
            height, width = picture.shape[:2]
            groups[choose_canvas(height, width, self._config.canvases)].append(index)
        found: dict[int, tuple[Detection, ...]] = {}
        for canvas, members in groups.items():
            for batch in self._batching.plan(len(members)):
                indices = members[batch.start : batch.stop]
                found.update(self._run(pictures, indices, canvas, batch.size))
        return [found[index] for index in range(len(pictures))]

    def merged(self, plates: Sequence[Detection]) -> tuple[Detection, ...]:
        """Return the plates of one picture from several looks at it, best first, none twice.

        Args:
            plates: Corners in the picture's pixels; of equal scores the first comes first.
        """
        if not plates:
            return ()
        corners = np.stack([plate.corners for plate in plates])
        scores = np.array([plate.score for plate in plates], np.float32)
        kept = suppress(corners, scores, iou=self._config.nms_iou, keep=self._config.max_plates)
        return tuple(plates[index] for index in kept.tolist())

    def _run(
        self, pictures: Sequence[UInt8Array], indices: Sequence[int], canvas: Canvas, size: int
    ) -> dict[int, tuple[Detection, ...]]:
        images = empty_canvases(size, canvas)
        boxes = []
        for row, index in enumerate(indices):
            picture = pictures[index]
            boxes.append(fit(picture.shape[0], picture.shape[1], canvas))
            place(picture, boxes[row], images[row])
        scores, corners = self._session.run(images)
        return {
            index: self._plates(scores[row], corners[row], boxes[row])
            for row, index in enumerate(indices)
        }

    def _plates(
        self, scores: Float32Array, corners: Float32Array, box: Letterbox
    ) -> tuple[Detection, ...]:
        """Turn one picture's raw outputs ``[A]`` and ``[A, 4, 2]`` into plates."""
        # NaN compares false: a broken score is no plate.
        chosen = np.flatnonzero(scores >= self._config.score_threshold)
        chosen = chosen[np.argsort(-scores[chosen], kind="stable")[:_MAX_CANDIDATES]]
        chosen = chosen[sound_quads(corners[chosen])]
        if not chosen.size:
            return ()
        scores, corners = scores[chosen], corners[chosen]
        kept = suppress(corners, scores, iou=self._config.nms_iou, keep=self._config.max_plates)
        quads = to_picture(corners[kept], box)
        return tuple(
            Detection(quad, min(1.0, float(score)))
            for quad, score in zip(quads, scores[kept], strict=True)
        )
