"""What one look at plates gives, and what two looks at the same plate come to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from platestream.vision.arrays import BoolArray, Float32Array, Float64Array
from platestream.vision.recognition.ctc import CtcText, text_probabilities
from platestream.vision.recognition.format_rules import Reading

# A look that cannot see a text at all counts against it no more than this.
_LEAST_PROBABILITY: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the recognizer says of plates in one look at them (N).

    Attributes:
        chars: CTC outputs, float32 ``[N, T, classes]``.
        texts: The likeliest text of each.
        probabilities: Of these texts, float64 ``[N]``, 0..1.
        colors: float32 ``[N, colours]``.
        rows: float32 ``[N]``, the probability of two rows.
        grey: bool ``[N]``, whether a crop has no colours.
        evidence: float32 ``[N, 2]``, of a plate and of a whole one; None of a network without.
    """

    chars: Float32Array
    texts: list[CtcText]
    probabilities: Float64Array
    colors: Float32Array
    rows: Float32Array
    grey: BoolArray
    evidence: Float32Array | None

    def above(self, least: Sequence[float]) -> set[int]:
        """Return which plates may be ones, each having a least probability of it.

        Without evidence, or with one that is not finite, a plate may be one.
        """
        if self.evidence is None:
            return set(range(len(least)))
        return {index for index, own in enumerate(least) if not self.evidence[index, 0] < own}

    def readings(self) -> list[Reading]:
        """Each plate as this look alone has it."""
        return [
            Reading(text, float(probability), (chars,))
            for text, probability, chars in zip(
                self.texts, self.probabilities, self.chars, strict=True
            )
        ]


def together(one: float, other: float) -> float:
    """Return the probability, 0..1, of a text of which two looks have theirs."""
    return math.sqrt(max(one, _LEAST_PROBABILITY) * max(other, _LEAST_PROBABILITY))


def favoured(
    first: Outputs, second: Outputs, again: Sequence[int], alphabet: str
) -> dict[int, Reading]:
    """Return what two looks together favour of each plate that was looked at again.

    Args:
        first: The look at all plates.
        second: The look at those of ``again``, in that order.
        again: Their places in ``first``.
        alphabet: The recognizer's.
    """
    before = [first.texts[index] for index in again]
    # Each look's opinion of the other's text, of all plates at once.
    crossed = text_probabilities(
        np.concatenate((first.chars[list(again)], second.chars)),
        [text.text for text in (*second.texts, *before)],
        alphabet,
    ).tolist()
    result = {}
    for row, index in enumerate(again):
        stays = together(float(first.probabilities[index]), crossed[len(again) + row])
        changes = together(crossed[row], float(second.probabilities[row]))
        looks = first.chars[index], second.chars[row]
        result[index] = (
            Reading(second.texts[row], changes, looks[::-1])
            if changes > stays and second.texts[row].text
            else Reading(first.texts[index], stays, looks)
        )
    return result


def finite(values: Float32Array) -> Float32Array:
    """Return values with 0 for those that are not finite."""
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
