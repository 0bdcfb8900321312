"""The search for a fitting text in its plainest form: one prefix at a time, from a heap.

The product's search must find the same. Slow: some 0.1 ms for each prefix.
"""

import heapq
from collections.abc import Sequence
from itertools import count

import numpy as np

from platestream.vision.arrays import Float32Array, Float64Array
from platestream.vision.recognition.fitting import MOST_BETTER, Fitting
from platestream.vision.regions.automaton import NOWHERE
from platestream.vision.regions.formats import Formats

# Where a prefix's alignments end: with a blank, and with its last character; float64 [T] each.
Ends = tuple[Float64Array, Float64Array]


def most_probable_fit_one_at_a_time(
    outputs: Sequence[Float32Array], alphabet: str, formats: Formats, *, least: float
) -> Fitting | None:
    """Return what ``most_probable_fit`` does."""
    looks = [np.nan_to_num(output.astype(np.float64)) for output in outputs]
    number = count()
    # A bound, a text and its state, and where in each look its last character may start; or, once
    # that is None, the score of a whole text.
    queue: list[tuple[float, int, str, int, list[Float64Array] | None]] = [
        (-1.0, next(number), "", formats.start, [])
    ]
    for _ in range(MOST_BETTER):
        if not queue:
            return None
        score, _, text, state, began = heapq.heappop(queue)
        if began is None:
            return Fitting(text, -score)
        if text:
            symbol = 1 + alphabet.index(text[-1])
            ends = [_grown(start, look, symbol) for start, look in zip(began, looks, strict=True)]
        else:
            ends = [_nothing_yet(look) for look in looks]
        if formats.final[state]:
            whole = _mean([float(blank[-1] + last[-1]) for blank, last in ends])
            if whole >= least:
                heapq.heappush(queue, (-whole, next(number), text, state, None))
        for symbol, char in enumerate(alphabet, 1):
            following = formats.after(state, char)
            if following == NOWHERE:
                continue
            starts = [_starts(text, char, *both) for both in ends]
            begins = zip(starts, looks, strict=True)
            bound = _mean([float(start @ look[:, symbol]) for start, look in begins])
            if bound >= least:
                heapq.heappush(queue, (-bound, next(number), text + char, following, starts))
    return None


def _nothing_yet(look: Float64Array) -> Ends:
    on_blank = np.asarray(np.cumprod(look[:, 0]), np.float64)
    return on_blank, np.zeros_like(on_blank)


def _starts(text: str, char: str, on_blank: Float64Array, on_last: Float64Array) -> Float64Array:
    ready = on_blank if text.endswith(char) else on_blank + on_last
    return np.concatenate(([0.0 if text else 1.0], ready[:-1]))


def _grown(starts: Float64Array, look: Float64Array, symbol: int) -> Ends:
    on_blank, on_last = np.zeros(len(look)), np.zeros(len(look))
    blank = last = 0.0
    for step, (start, on) in enumerate(zip(starts, look, strict=True)):
        blank, last = on[0] * (blank + last), on[symbol] * (start + last)
        on_blank[step], on_last[step] = blank, last
    return on_blank, on_last


def _mean(scores: list[float]) -> float:
    return float(np.prod(scores) ** (1 / len(scores)))
