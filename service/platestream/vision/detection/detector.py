"""Finds plates: pictures in, four corners and a score per plate out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.detection.edges import EdgeContact
from platestream.vision.detection.letterbox import Canvas
from platestream.vision.detection.nms import sound_quads, suppress
from platestream.vision.detection.proposer import Proposals, Proposer
from platestream.vision.detection.refiner import Refined, Refiner

# Proposals that overlap more than this differ by less than the refiner corrects: one of them will
# do. Less than the overlap of one plate's detections: proposals of two rows, or of a plate and its
# frame, are for the refiner to judge.
_SAME_PROPOSAL: Final = 0.8


@dataclass(frozen=True, slots=True)
class Detection:
    """A plate found.

    Attributes:
        corners: float32 ``[4, 2]``, x and y in picture pixels, clockwise from the plate's own
            top-left corner; may lie outside the picture.
        score: 0..1.
        edge: Where it lies with respect to the picture's edges; None for a crop as a whole.
    """

    corners: Float32Array
    score: float
    edge: EdgeContact | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at one picture.

    Attributes:
        plates: Those found, best first, none twice.
        proposed: How many places the refiner was asked about; 0 where there is nothing like a
            plate at all.
    """

    plates: tuple[Detection, ...]
    proposed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """Thresholds of a detector.

    Attributes:
        score_threshold: Least score of a plate.
        proposal_threshold: Least score of a proposal that is looked at again.
        refiner_share: Weight of the refiner's score in the geometric mean of the two, 0..1.
        nms_iou: Overlap from which two detections are one plate.
        max_plates: Most plates of a picture.
    """

    score_threshold: float
    proposal_threshold: float
    refiner_share: float
    nms_iou: float
    max_plates: int

    @property
    def least_proposal(self) -> float:
        """The score below which no proposal is looked at again.

        However sure the refiner is, a mean of two scores cannot come above what the other allows.
        """
        if self.refiner_share >= 1:
            return self.proposal_threshold
        reachable = float(self.score_threshold ** (1 / (1 - self.refiner_share)))
        return max(self.proposal_threshold, reachable)


class Detector:
    """Both stages of the detector. Holds no state between calls."""

    def __init__(self, proposer: Proposer, refiner: Refiner, config: DetectorConfig) -> None:
        self._proposer = proposer
        self._refiner = refiner
        self._config = config

    def with_canvases(
        self, canvases: Sequence[Canvas], *, score_threshold: float | None = None
    ) -> Self:
        """Return the same detector, sharing its sessions, for other canvases.

        Args:
            canvases: Height and width of each, pixels.
            score_threshold: Another one, too, unless None.
        """
        config = self._config
        if score_threshold is not None:
            config = replace(config, score_threshold=score_threshold)
        proposer = self._proposer.with_canvases(canvases, config.least_proposal)
        return type(self)(proposer, self._refiner, config)

    @property
    def canvases(self) -> Sequence[Canvas]:
        """Height and width of each canvas, pixels."""
        return self._proposer.canvases

    def warm_up(self) -> None:
        """Run every shape of both stages once."""
        self._proposer.warm_up()
        self._refiner.warm_up()

    def look(self, pictures: Sequence[UInt8Array]) -> list[Look]:
        """Find the plates of each picture from one look at it as a whole.

        Args:
            pictures: uint8 BGR ``[H, W, 3]`` each, any sizes.
        """
        return self.refine(pictures, self.propose(pictures))

    def detect(self, pictures: Sequence[UInt8Array]) -> list[tuple[Detection, ...]]:
        """Return the plates that ``look`` finds in each picture."""
        return [look.plates for look in self.look(pictures)]

    def propose(self, pictures: Sequence[UInt8Array]) -> list[Proposals]:
        """Return what may be plates, in each picture as a whole."""
        return self._proposer.propose(pictures)

    def refine(self, pictures: Sequence[UInt8Array], proposals: Sequence[Proposals]) -> list[Look]:
        """Decide which of each picture's proposals are plates.

        Args:
            pictures: uint8 BGR ``[H, W, 3]`` each.
            proposals: Those of each picture, from one look or several.
        """
        chosen = [self._distinct(some) for some in proposals]
        refined = self._refiner.refine(pictures, [some.corners for some in chosen])
        return [
            Look(self._plates(picture, first, second), len(first.scores))
            for picture, first, second in zip(pictures, chosen, refined, strict=True)
        ]

    def _distinct(self, proposals: Proposals) -> Proposals:
        if len(proposals.scores) <= 1:
            return proposals
        corners, scores = proposals.corners, proposals.scores
        kept = suppress(corners, scores, iou=_SAME_PROPOSAL, inside=1.0, keep=len(scores))
        return Proposals(corners[kept], scores[kept])

    def _plates(
        self, picture: UInt8Array, proposals: Proposals, refined: Refined
    ) -> tuple[Detection, ...]:
        """Join the two opinions on one picture's proposals."""
        share = self._config.refiner_share
        with np.errstate(invalid="ignore"):  # NaN, or below 0: no plate
            scores = proposals.scores ** (1 - share) * refined.scores**share
        chosen = np.flatnonzero(scores >= self._config.score_threshold)
        chosen = chosen[sound_quads(refined.corners[chosen])]
        if not chosen.size:
            return ()
        corners, scores = refined.corners[chosen], np.minimum(scores[chosen], 1.0)
        kept = suppress(corners, scores, iou=self._config.nms_iou, keep=self._config.max_plates)
        size = picture.shape[:2]
        return tuple(
            Detection(corners[at], float(scores[at]), EdgeContact.of(corners[at], *size))
            for at in kept.tolist()
        )
