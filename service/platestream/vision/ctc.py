"""Greedy decoding of CTC outputs, with a confidence for every character."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from platestream.vision.arrays import Float32Array

BLANK: Final = 0


@dataclass(frozen=True, slots=True)
class CtcText:
    """A decoded text and, for each of its characters, the best probability over its time steps."""

    text: str
    confidences: tuple[float, ...]


def decode_greedy(probabilities: Float32Array, alphabet: str) -> list[CtcText]:
    """Decode a batch: most likely class per step, runs merged, blanks dropped.

    Args:
        probabilities: float32 ``[N, T, 1 + len(alphabet)]``; class 0 is the blank, class ``i`` is
            ``alphabet[i - 1]``. Values that are not finite count as 0.
        alphabet: The characters in the order of the classes.

    Raises:
        ValueError: if the number of classes does not fit the alphabet.
    """
    if probabilities.ndim != 3 or probabilities.shape[2] != len(alphabet) + 1:  # noqa: PLR2004
        raise ValueError(f"shape {probabilities.shape} does not fit {len(alphabet)} characters")
    finite = np.nan_to_num(probabilities, nan=0.0, posinf=0.0, neginf=0.0)
    classes = finite.argmax(axis=2)
    best = np.clip(finite.max(axis=2), 0.0, 1.0)
    return [
        _merge_runs(row.tolist(), peaks.tolist(), alphabet)
        for row, peaks in zip(classes, best, strict=True)
    ]


def _merge_runs(classes: Sequence[int], peaks: Sequence[float], alphabet: str) -> CtcText:
    text: list[str] = []
    confidences: list[float] = []
    previous = BLANK
    for symbol, peak in zip(classes, peaks, strict=True):
        if symbol not in (BLANK, previous):
            text.append(alphabet[symbol - 1])
            confidences.append(peak)
        elif symbol != BLANK:
            confidences[-1] = max(confidences[-1], peak)
        previous = symbol
    return CtcText("".join(text), tuple(confidences))
