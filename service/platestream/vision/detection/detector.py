"""Finds plates: pictures in, four corners and a score per plate out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from platestream.vision.arrays import Float32Array, IntArray
from platestream.vision.detection.edges import EdgeContact
from platestream.vision.detection.letterbox import Canvas, Fineness, choose_canvas, reduced
from platestream.vision.detection.nms import sound_quads, suppress
from platestream.vision.detection.proposer import Proposals, Proposer
from platestream.vision.detection.refiner import Refined, Refiner
from platestream.vision.picture.picture import Picture

# Proposals that overlap more than this differ by less than the refiner corrects: one of them will
# do. Less than the overlap of one plate's detections: proposals of two rows, or of a plate and its
# frame, are for the refiner to judge.
_SAME_PROPOSAL: Final = 0.8
# A proposal that is too small for the size at which its picture was looked at is looked at again in
# a finer one if at first it scores this share of a plate's least score. Measured on held-out
# photos: of 112 plates that are found so none had less than 0.85 of it.
_WORTH_A_CLOSER_LOOK: Final = 0.7


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
    """Both stages of the detector. Holds no state between calls.

    Args:
        proposer: The first stage.
        refiner: The second.
        config: Thresholds.
        fineness: How finely large pictures are looked at; like all others when None.
    """

    def __init__(
        self,
        proposer: Proposer,
        refiner: Refiner,
        config: DetectorConfig,
        fineness: Fineness | None = None,
    ) -> None:
        self._proposer = proposer
        self._refiner = refiner
        self._config = config
        self._fineness = fineness

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

    def look(self, pictures: Sequence[Picture]) -> list[Look]:
        """Find the plates of each picture.

        A picture is decoded as finely as its canvas shows it, and finer only where something is
        worth a closer look.
        """
        return self.refine(pictures, self.propose(pictures))

    def prepare(self, picture: Picture) -> None:
        """Decode what the first look at a picture needs.

        Raises:
            FrameError: if it cannot be decoded.
        """
        picture.at(self._divisor(picture))

    def propose(self, pictures: Sequence[Picture]) -> list[Proposals]:
        """Return what may be plates, in each picture as a whole."""
        divisors = [self._divisor(picture) for picture in pictures]
        found = self._proposer.propose(
            [picture.at(divisor) for picture, divisor in zip(pictures, divisors, strict=True)],
            [self._canvas(picture) for picture in pictures],
        )
        return [one.enlarged(divisor) for one, divisor in zip(found, divisors, strict=True)]

    def refine(self, pictures: Sequence[Picture], proposals: Sequence[Proposals]) -> list[Look]:
        """Decide which of each picture's proposals are plates.

        Args:
            pictures: The pictures.
            proposals: Those of each, in its pixels.
        """
        chosen = [self._distinct(some) for some in proposals]
        first = self._refined(pictures, chosen, [self._divisor(picture) for picture in pictures])
        finest = [
            self._worth_a_closer_look(*one) for one in zip(pictures, chosen, first, strict=True)
        ]
        closer = [
            Proposals(some.corners[again], some.scores[again])
            for some, (again, _) in zip(chosen, finest, strict=True)
        ]
        second = self._refined(pictures, closer, [divisor for _, divisor in finest])
        for one, (again, _), better in zip(first, finest, second, strict=True):
            one.corners[again], one.scores[again] = better.corners, better.scores
        return [
            Look(self._plates(picture, some, one), len(some.scores))
            for picture, some, one in zip(pictures, chosen, first, strict=True)
        ]

    def _canvas(self, picture: Picture) -> Canvas:
        if self._fineness is None:
            return choose_canvas(*picture.shape, self.canvases)
        return self._fineness.canvas(*picture.shape, self.canvases)

    def _divisor(self, picture: Picture) -> int:
        """At which size a picture is first looked at: no coarser than its canvas shows it."""
        rows, columns = self._canvas(picture)
        return picture.divisor(max(picture.height / rows, picture.width / columns))

    def _refined(
        self, pictures: Sequence[Picture], proposals: Sequence[Proposals], divisors: Sequence[int]
    ) -> list[Refined]:
        """Refine proposals, each picture seen at its divisor; one without any costs nothing."""
        refined = self._refiner.refine(
            [
                picture.at(divisor) if len(some.scores) else _NOTHING
                for picture, some, divisor in zip(pictures, proposals, divisors, strict=True)
            ],
            [reduced(some.corners, n) for some, n in zip(proposals, divisors, strict=True)],
        )
        return [one.enlarged(divisor) for one, divisor in zip(refined, divisors, strict=True)]

    def _worth_a_closer_look(
        self, picture: Picture, proposals: Proposals, refined: Refined
    ) -> tuple[IntArray, int]:
        """Which proposals are looked at again in finer pixels, and at which divisor.

        Those that are too small for the size they were seen at and do not look like a plate there
        are none: they lose their score.
        """
        seen_at = self._divisor(picture)
        if seen_at == 1 or not proposals.scores.size:
            return np.empty(0, np.int64), seen_at
        needed = 2 ** self._refiner.halvings(proposals.corners)
        coarse = needed < seen_at
        least = _WORTH_A_CLOSER_LOOK * self._config.score_threshold
        worth = coarse & (self._joint(proposals, refined) >= least)
        refined.scores[coarse & ~worth] = 0.0
        again = np.flatnonzero(worth)
        return again, picture.divisor(int(needed[again].min(initial=seen_at)))

    def _distinct(self, proposals: Proposals) -> Proposals:
        if len(proposals.scores) <= 1:
            return proposals
        corners, scores = proposals.corners, proposals.scores
        kept = suppress(corners, scores, iou=_SAME_PROPOSAL, inside=1.0, keep=len(scores))
        return Proposals(corners[kept], scores[kept])

    def _joint(self, proposals: Proposals, refined: Refined) -> Float32Array:
        share = self._config.refiner_share
        with np.errstate(invalid="ignore"):  # NaN, or below 0: no plate
            joint: Float32Array = proposals.scores ** (1 - share) * refined.scores**share
        return joint

    def _plates(
        self, picture: Picture, proposals: Proposals, refined: Refined
    ) -> tuple[Detection, ...]:
        """Join the two opinions on one picture's proposals."""
        scores = self._joint(proposals, refined)
        chosen = np.flatnonzero(scores >= self._config.score_threshold)
        chosen = chosen[sound_quads(refined.corners[chosen])]
        if not chosen.size:
            return ()
        corners, scores = refined.corners[chosen], np.minimum(scores[chosen], 1.0)
        kept = suppress(corners, scores, iou=self._config.nms_iou, keep=self._config.max_plates)
        return tuple(
            Detection(corners[at], float(scores[at]), EdgeContact.of(corners[at], *picture.shape))
            for at in kept.tolist()
        )


_NOTHING: Final = np.zeros((1, 1, 3), np.uint8)
