"""Decoding of CTC outputs: the likeliest text, how sure each character and the whole text are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from platestream.vision.arrays import Float32Array, Float64Array

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


def text_probabilities(
    probabilities: Float32Array, texts: Sequence[str], alphabet: str
) -> Float64Array:
    """Return the probability of each text, float64 ``[N]``, 0..1, summed over all its alignments.

    The best probability of each character says nothing of a character that may be missing or be
    one too many; this does.

    Args:
        probabilities: float32 ``[N, T, 1 + len(alphabet)]`` as for ``decode_greedy``.
        texts: One text for each of the N outputs, of characters of the alphabet.
        alphabet: The characters in the order of the classes.

    Raises:
        ValueError: if a text has a character that is not in the alphabet.
    """
    count, steps = probabilities.shape[:2]
    if not count or not steps:
        return np.array([float(not text) for text in texts])
    # States as usual: blank, first character, blank, second character, ... blank.
    states = np.zeros((count, 1 + 2 * max(map(len, texts))), np.int64)
    for row, text in enumerate(texts):
        states[row, 1 : 2 * len(text) : 2] = [1 + alphabet.index(char) for char in text]
    ends = np.array([2 * len(text) for text in texts])
    emitted = np.take_along_axis(
        np.nan_to_num(probabilities, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float64),
        np.broadcast_to(states[:, None], (count, steps, states.shape[1])),
        axis=2,
    )
    # The blank between two characters may be left out unless they are the same.
    skips = np.zeros(states.shape)
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    # Two states that nothing reaches stand before the first: so all states are shifted alike, in
    # place, by views that are made once. The loop is most of the time.
    padded = np.zeros((count, states.shape[1] + 2))
    forward, one_before, two_before = padded[:, 2:], padded[:, 1:-1], padded[:, :-2]
    forward[:, :2] = emitted[:, 0, :2]
    ahead, skipped = np.empty_like(skips), np.empty_like(skips)
    for emission in emitted.transpose(1, 0, 2)[1:]:
        np.multiply(two_before, skips, out=skipped)
        np.add(forward, one_before, out=ahead)
        np.add(ahead, skipped, out=ahead)
        np.multiply(ahead, emission, out=forward)
    rows = np.arange(count)
    total = forward[rows, ends] + np.where(ends > 0, forward[rows, ends - 1], 0.0)
    return np.asarray(np.clip(total, 0.0, 1.0), np.float64)


def aligned_confidences(probabilities: Float32Array, text: str, alphabet: str) -> tuple[float, ...]:
    """Return how sure each character of a given text is, 0..1: the best probability of its steps.

    Which steps are a character's follows from the text's most probable alignment. For the text that
    ``decode_greedy`` gives that is what it gives, too, or very near it.

    Args:
        probabilities: float32 ``[T, 1 + len(alphabet)]`` as for ``decode_greedy``.
        text: Characters of the alphabet that ``T`` steps have room for.
        alphabet: The characters in the order of the classes.

    Raises:
        ValueError: if a character is not in the alphabet.
    """
    if not text:
        return ()
    states = np.zeros(1 + 2 * len(text), np.int64)
    states[1::2] = [1 + alphabet.index(char) for char in text]
    finite = np.nan_to_num(probabilities, nan=0.0, posinf=0.0, neginf=0.0)
    emitted = np.clip(finite[:, states], 0.0, 1.0).astype(np.float64)
    skips = np.zeros(states.shape, bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    best = np.zeros(states.shape)
    best[:2] = emitted[0, :2]
    came = np.zeros(emitted.shape, np.int64)
    for step in range(1, len(emitted)):
        ways = np.zeros((3, len(states)))
        ways[0] = best
        ways[1, 1:] = best[:-1]
        ways[2, 2:] = np.where(skips[2:], best[:-2], 0.0)
        came[step] = ways.argmax(axis=0)
        best = ways.max(axis=0) * emitted[step]
    state = len(states) - 1 - int(best[-1] < best[-2])
    confidences = np.zeros(len(states))
    for step in range(len(emitted) - 1, -1, -1):
        confidences[state] = max(confidences[state], emitted[step, state])
        state -= int(came[step, state])
    return tuple(confidences[1::2].tolist())
