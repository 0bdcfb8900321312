"""The most probable text that fits a format: an exact search over the recognizer's CTC output.

Best first over prefixes. A prefix's bound is the probability that the text begins with it, summed
over all alignments: no text below it can be more probable. So the first whole text that comes up
is the most probable one that fits, and where the best bound falls below what is asked for there is
none. A prefix is extended only as the formats allow.

A plate that was looked at twice has two outputs; a text's score then is the geometric mean of its
probabilities, and so is the bound.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np

from platestream.vision.arrays import Float32Array, Float64Array
from platestream.vision.recognition.ctc import BLANK
from platestream.vision.regions.formats import Formats, Prefix

# Prefixes looked at before the search gives up and the text stays as it was read. Prefixes of one
# length exclude each other, so of those that can still win there are few; only an output that says
# nothing at all (a wall, a grille) comes this far.
_MOST_PREFIXES: Final = 200


@dataclass(frozen=True, slots=True)
class Fitting:
    """A text that fits, and its score, 0..1: the probability that ``text_probabilities`` gives."""

    text: str
    score: float


def most_probable_fit(
    outputs: Sequence[Float32Array], alphabet: str, formats: Formats, *, least: float
) -> Fitting | None:
    """Return the most probable text that fits; None where none reaches ``least``.

    Args:
        outputs: One or more looks at the same plate, float32 ``[T, 1 + len(alphabet)]`` each; class
            0 is the blank. Values that are not finite count as 0.
        alphabet: The characters in the order of the classes.
        formats: What a text must fit.
        least: Smallest score, above 0.
    """
    looks = [_Look(output) for output in outputs]
    classes = _possible(looks, least)
    if not classes:
        return None
    number = count()
    # Ordered by falling bound; of equals the earlier one, so that the answer never depends on luck.
    queue: list[tuple[float, int, _Node | Fitting]] = []
    root = _Node("", formats.start, BLANK, tuple(look.root() for look in looks))
    heapq.heappush(queue, (-1.0, next(number), root))
    for _ in range(_MOST_PREFIXES):
        if not queue:
            return None
        _, _, best = heapq.heappop(queue)
        if isinstance(best, Fitting):
            return best
        grown = best.grown(looks)
        if formats.ends(best.prefix) and best.text:
            score = _mean(path.whole for path in grown)
            if score >= least:
                heapq.heappush(queue, (-score, next(number), Fitting(best.text, score)))
        bounds = _bounds(looks, grown, best.last, classes)
        for symbol, bound in zip(classes, bounds.tolist(), strict=True):
            if bound < least:
                continue
            char = alphabet[symbol - 1]
            prefix = formats.after(best.prefix, char)
            if prefix is not None:
                child = _Node(best.text + char, prefix, symbol, grown, best.last)
                heapq.heappush(queue, (-bound, next(number), child))
    return None


@dataclass(frozen=True, slots=True)
class _Paths:
    """Probability of all alignments of a prefix that end at each step, float64 ``[T]``.

    Attributes:
        on_blank: Those that end with a blank.
        on_last: Those that end with the prefix's last character.
        fresh: The empty prefix: a first character may start at the first step.
    """

    on_blank: Float64Array
    on_last: Float64Array
    fresh: bool

    @property
    def whole(self) -> float:
        """The probability of the prefix as a whole text."""
        return float(self.on_blank[-1] + self.on_last[-1])

    def starts(self, *, repeated: bool) -> Float64Array:
        """Probability of being ready, at each step, for a further character to start there."""
        ready = self.on_blank if repeated else self.on_blank + self.on_last
        return np.concatenate(([float(self.fresh)], ready[:-1]))


@dataclass(frozen=True, slots=True)
class _Node:
    """A prefix still to be looked at, with the alignments of the one that it extends."""

    text: str
    prefix: Prefix
    last: int
    parents: tuple[_Paths, ...]
    before: int = BLANK

    def grown(self, looks: Sequence["_Look"]) -> tuple[_Paths, ...]:
        """The alignments of this prefix itself."""
        if not self.text:
            return self.parents
        repeated = self.last == self.before
        return tuple(
            look.grow(paths.starts(repeated=repeated), self.last)
            for look, paths in zip(looks, self.parents, strict=True)
        )


class _Look:
    """One output, with what repeats in every step of the search."""

    def __init__(self, output: Float32Array) -> None:
        finite = np.nan_to_num(output, nan=0.0, posinf=0.0, neginf=0.0)
        self.steps = np.asarray(finite, np.float64)
        self.totals = self.steps.sum(axis=0)
        self._lower = np.tri(len(finite), dtype=bool)
        self._runs: dict[int, Float64Array] = {}

    def root(self) -> _Paths:
        """The empty prefix."""
        blanks = np.asarray(np.cumprod(self.steps[:, BLANK]), np.float64)
        return _Paths(blanks, np.zeros_like(blanks), fresh=True)

    def grow(self, starts: Float64Array, symbol: int) -> _Paths:
        """Extend alignments, ready as ``starts`` says, by a character."""
        on_last = self._run(symbol) @ starts
        on_blank = self._run(BLANK)[:, 1:] @ on_last[:-1]
        return _Paths(on_blank, on_last, fresh=False)

    def _run(self, symbol: int) -> Float64Array:
        """``[t, s]``: the probability that the class stands at all steps from s to t."""
        run = self._runs.get(symbol)
        if run is None:
            column = np.where(self._lower, self.steps[:, symbol, None], 1.0)
            run = np.where(self._lower, np.cumprod(column, axis=0), 0.0)
            self._runs[symbol] = run
        return run


def _possible(looks: Sequence[_Look], least: float) -> list[int]:
    """The characters' classes that can be in a text of score ``least`` at all.

    A text with a character cannot be more probable than that the character stands at some step,
    which is at most its sum over the steps.
    """
    held = [np.minimum(look.totals, 1.0) for look in looks]
    most = np.prod(held, axis=0) ** (1 / len(looks))
    return [symbol for symbol in np.flatnonzero(most >= least).tolist() if symbol != BLANK]


def _bounds(
    looks: Sequence[_Look], paths: Sequence[_Paths], last: int, classes: Sequence[int]
) -> Float64Array:
    """Probability that a text begins with a prefix and then each class, float64 ``[classes]``."""
    product = np.ones(len(classes))
    for look, path in zip(looks, paths, strict=True):
        begins = path.starts(repeated=False) @ look.steps[:, classes]
        if last in classes:
            again = path.starts(repeated=True) @ look.steps[:, last]
            begins[classes.index(last)] = again
        product *= begins
    return np.asarray(product ** (1 / len(looks)), np.float64)


def _mean(scores: Iterator[float]) -> float:
    values = list(scores)
    return float(np.prod(values) ** (1 / len(values)))
