"""The part of a manifest that says how its scores become judgements: confidence, complete, plate.

All maps are monotone: weights are 0 or more, so that more of an input is never less confidence.
"""

import math
from itertools import pairwise
from typing import Final, Literal, Self

from pydantic import BaseModel, Field, model_validator

ConfidenceInput = Literal[
    "text",
    "min_char",
    "product_char",
    "mean_char",
    "end_char",
    "detector",
    "color",
    "height",
    "plate",
    "complete",
    "inside",
    "form",
    "length",
    "digit",
]
"""A score of one reading, 0..1; ``platestream.vision.recognition.confidence.score`` computes it."""

_EVIDENCE: Final[frozenset[ConfidenceInput]] = frozenset({"plate", "complete"})


class Part(BaseModel, frozen=True, extra="forbid"):
    """Base of the manifest's parts."""


class Judgement(Part):
    """A probability: the logistic function of ``bias`` plus weighted log-odds of ``inputs``."""

    inputs: tuple[ConfidenceInput, ...] = Field(min_length=1)
    weights: tuple[float, ...]
    bias: float

    @model_validator(mode="after")
    def _sound(self) -> Self:
        _check_weights(self.inputs, self.weights, self.bias)
        return self


class CompleteJudgement(Judgement):
    """The probability that all of a plate's number can be seen; from ``threshold`` on it counts."""

    threshold: float = Field(gt=0, lt=1)


class CalibrationSpec(Part):
    """From scores to the probability that the whole number is right, in monotone steps.

    First a raw score of the text: the product or minimum of the ``inputs``, or ``logistic``, a
    :class:`Judgement` of them. Where the bundle can tell, it is multiplied by the probabilities
    that this is a plate at all and that all of its number can be seen (``plate``, ``complete``): a
    text that is right so far is not the number of a plate that is cut, nor of a caption. Last comes
    a piecewise-linear map with knots ``x``, ``y``, flat outside.
    """

    inputs: tuple[ConfidenceInput, ...] = Field(min_length=1)
    raw: Literal["product", "minimum", "logistic"] = "product"
    weights: tuple[float, ...] | None = None
    bias: float = 0.0
    plate: Judgement | None = None
    complete: CompleteJudgement | None = None
    x: tuple[float, ...] = Field(min_length=2, max_length=10_000)
    y: tuple[float, ...] = Field(min_length=2, max_length=10_000)

    @property
    def needs_evidence(self) -> bool:
        """Whether an input is one that only some recognizers give."""
        judgements = (one for one in (self.plate, self.complete) if one is not None)
        return not _EVIDENCE.isdisjoint(
            {*self.inputs, *(name for one in judgements for name in one.inputs)}
        )

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        if (self.weights is not None) != (self.raw == "logistic"):
            raise ValueError("weights belong to the raw score 'logistic', and only to it")
        weights = self.weights if self.weights is not None else (1.0,) * len(self.inputs)
        _check_weights(self.inputs, weights, self.bias)
        return self

    @model_validator(mode="after")
    def _monotone(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError("x and y differ in length")
        if not all(map(math.isfinite, (*self.x, *self.y))):
            raise ValueError("x and y must be finite")
        if any(a >= b for a, b in pairwise(self.x)):
            raise ValueError("x must ascend")
        if any(a > b for a, b in pairwise(self.y)):
            raise ValueError("y must not descend: more raw score is never less confidence")
        if self.y[0] < 0 or self.y[-1] > 1:
            raise ValueError("y must lie in 0..1")
        return self


class RejectionSpec(Part):
    """What is taken for no plate: other lettering reads badly, and looks like none.

    A detection is a plate if the log-odds of its score plus ``text_weight`` times the log-odds of
    its text's probability reach the log-odds of ``detector``: the score needed where the text is
    half sure. A sure text makes do with less, an illegible one needs more. Where the calibration
    judges whether it is a plate, that probability must reach ``plate``, too.
    """

    text_weight: float = Field(default=0.15, ge=0, le=10)
    detector: float = Field(default=0.55, ge=0, le=1)
    plate: float = Field(default=0.0, ge=0, le=1)


def _check_weights(
    inputs: tuple[ConfidenceInput, ...], weights: tuple[float, ...], bias: float
) -> None:
    if len(set(inputs)) != len(inputs):
        raise ValueError("inputs repeats a score")
    if len(weights) != len(inputs):
        raise ValueError("weights and inputs differ in length")
    if not all(0 <= weight < math.inf for weight in weights):
        raise ValueError("weights must be 0 or more: more of an input is never less confidence")
    if not math.isfinite(bias):
        raise ValueError("bias must be finite")
