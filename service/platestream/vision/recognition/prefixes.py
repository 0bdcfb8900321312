"""Beginnings of texts, and the probability of all their alignments with CTC outputs.

A prefix is known by the probability that its last character stands at each step, over all
alignments that end there. All else is linear in that: where a further character may start, what
the prefix is worth as a whole text, and how probable it is that a text begins with it and a certain
character. So those are products with matrices, made once for the outputs.

A character's alignments begin at some step and go on over a run of steps that say the same. Over
all steps that is a chain of sums, ``a[t] = p[t] * (s[t] + a[t - 1])``; it is taken in doubling
strides, whose products of ``p`` are made once, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from platestream.vision.arrays import Float32Array, Float64Array
from platestream.vision.recognition.ctc import BLANK

Ints = NDArray[np.int64]

# Strides whose products are below this share of the smallest score asked for are left out; what
# they would add is far below the last digit that anybody sees.
_NEGLIGIBLE: Final = 1e-12
# Stands for a probability of 0 where a logarithm is taken.
_TINY: Final = 1e-300
_FIRST_ROOM: Final = 256
_ROOT: Final = 0
_NONE: Final = -1


class Prefixes:
    """Prefixes of texts, one a row, for one or more looks (K) at the same plate.

    Args:
        outputs: float32 ``[T, classes]`` each; class 0 is the blank. Values that are not finite
            count as 0. An output of fewer steps than another goes on with sure blanks.
        least: Smallest score of a text that matters.

    Attributes:
        classes: The characters' classes that can be in such a text at all, ascending. A *column*
            below is a place in it.
    """

    def __init__(self, outputs: Sequence[Float32Array], least: float) -> None:
        steps, totals = _stacked(outputs)
        # A text with a character cannot be more probable than that the character stands at some
        # step, which is at most its sum over the steps.
        most = _mean(np.minimum(totals, 1.0))
        possible = np.flatnonzero(most >= least)
        self.classes: Ints = possible[possible != BLANK]
        self._least = least
        self._blank = steps[:, :, BLANK]
        self._likely = steps.take(self.classes, axis=2)
        self._count = 1
        self._on_last = np.empty((_FIRST_ROOM, *self._blank.shape))
        self._parents = np.empty(_FIRST_ROOM, np.int64)
        self._columns = np.empty(_FIRST_ROOM, np.int64)
        self._on_last[_ROOT], self._parents[_ROOT], self._columns[_ROOT] = 0.0, _NONE, _NONE

    def root(self) -> tuple[Ints, Float64Array, Float64Array]:
        """Return what :meth:`extend` does, for the empty prefix."""
        begins = _mean(np.matmul(self._root_starts[:, None], self._likely))
        return np.array([_ROOT]), np.zeros(1), begins

    def extend(self, parents: Ints, columns: Ints) -> tuple[Ints, Float64Array, Float64Array]:
        """Add prefixes: each a row's and one more character.

        Returns:
            Their rows; the score of each as a whole text; and the bound of each with each further
            character, float64 ``[prefixes, columns]``.
        """
        on_last = self._starts(parents, columns)
        on_last *= self._by_column.take(columns, axis=0)
        every_step = on_last.reshape(-1)
        for stride, run in self._runs:
            more = run.take(columns, axis=0).reshape(-1)
            more[stride:] *= every_step[:-stride]
            every_step += more
        onward = self._onward
        begins = np.matmul(on_last.transpose(1, 0, 2), onward.other)
        again = np.einsum("bkt,bkt->kb", on_last, onward.again.take(columns, axis=0))
        begins[:, np.arange(len(columns)), columns] = again
        scores = np.einsum("bkt,kt->kb", on_last, onward.whole)
        return self._add(parents, columns, on_last), _mean(scores), _mean(begins)

    def text(self, row: int, alphabet: str) -> str:
        """Return a prefix as characters; ``alphabet`` in the order of the classes."""
        chars = []
        while row != _ROOT:
            chars.append(alphabet[self.classes[self._columns[row]] - 1])
            row = int(self._parents[row])
        return "".join(reversed(chars))

    def _starts(self, parents: Ints, columns: Ints) -> Float64Array:
        """Where the further characters may start, ``[prefixes, K, T]``."""
        before = self._on_last.take(parents, axis=0).transpose(1, 0, 2)
        starts = np.empty((len(parents), *self._blank.shape))
        np.matmul(before, self._onward.anywhere, out=starts.transpose(1, 0, 2))
        repeated = np.flatnonzero(self._columns.take(parents) == columns)
        if repeated.size:
            over = np.matmul(before[:, repeated], self._onward.over_blank)
            starts[repeated] = over.transpose(1, 0, 2)
        starts[parents == _ROOT] = self._root_starts
        return starts

    def _add(self, parents: Ints, columns: Ints, on_last: Float64Array) -> Ints:
        first, self._count = self._count, self._count + len(columns)
        if self._count > len(self._columns):
            self._on_last = np.concatenate((self._on_last, np.empty_like(self._on_last)))
            self._parents = np.concatenate((self._parents, np.empty_like(self._parents)))
            self._columns = np.concatenate((self._columns, np.empty_like(self._columns)))
        self._on_last[first : self._count] = on_last
        self._parents[first : self._count] = parents
        self._columns[first : self._count] = columns
        return np.arange(first, self._count)

    @cached_property
    def _root_starts(self) -> Float64Array:
        starts = np.ones(self._blank.shape)
        np.cumprod(self._blank[:, :-1], axis=1, out=starts[:, 1:])
        return starts

    @cached_property
    def _by_column(self) -> Float64Array:
        return _columns_first(self._likely)

    @cached_property
    def _onward(self) -> "_Onward":
        return _Onward.over(self._blank, self._likely)

    @cached_property
    def _runs(self) -> list[tuple[int, Float64Array]]:
        """Strides, and for each the probability of a class at that many steps up to each.

        ``[columns, K, T]``; 0 at a look's first steps, which have not so many before them.
        """
        runs: list[tuple[int, Float64Array]] = []
        stride, product = 1, self._by_column
        while stride < product.shape[2]:
            reach = product.copy()
            reach[:, :, :stride] = 0.0
            if reach.max() <= self._least * _NEGLIGIBLE:
                break
            runs.append((stride, reach))
            product = reach.copy()
            product[:, :, stride:] *= reach[:, :, :-stride]
            stride *= 2
        return runs


@dataclass(frozen=True, slots=True)
class _Onward:
    """What follows from the steps at which a prefix's last character may stand.

    Attributes:
        anywhere: ``[K, T, T]``, to where another character may start.
        over_blank: The same with a blank between: where the same character may start once more.
        other: ``[K, T, columns]``, to the probability of going on with each other character.
        again: ``[columns, K, T]``, the same for each character where it is the last one.
        whole: ``[K, T]``, to the probability of ending.
    """

    anywhere: Float64Array
    over_blank: Float64Array
    other: Float64Array
    again: Float64Array
    whole: Float64Array

    @classmethod
    def over(cls, blank: Float64Array, likely: Float64Array) -> Self:
        # The product of the blanks from one step to another, as a difference of sums of logarithms.
        logarithms = np.log(np.maximum(blank, _TINY))
        until = np.cumsum(logarithms, axis=1)
        before = until - logarithms
        anywhere = before[:, None, :] - until[:, :, None]
        np.minimum(anywhere, 0.0, out=anywhere)
        np.exp(anywhere, out=anywhere)
        anywhere *= _later(blank.shape[1])
        over_blank = anywhere.copy()
        over_blank.reshape(len(blank), -1)[:, 1 :: blank.shape[1] + 1] = 0.0
        again = np.matmul(over_blank, likely)
        other = again.copy()
        other[:, :-1] += likely[:, 1:]
        return cls(
            anywhere=anywhere,
            over_blank=over_blank,
            other=other,
            again=_columns_first(again),
            whole=np.exp(until[:, -1:] - until),
        )


@lru_cache(maxsize=8)
def _later(length: int) -> Float64Array:
    """``[step, later step]``: 1 where that is later."""
    return np.triu(np.ones((length, length)), k=1)


def _stacked(outputs: Sequence[Float32Array]) -> tuple[Float64Array, Float64Array]:
    """Return the outputs ``[K, T, classes]`` and their sums over the steps."""
    longest = max(map(len, outputs))
    steps = np.zeros((len(outputs), longest, outputs[0].shape[1]))
    for look, output in enumerate(outputs):
        steps[look, : len(output)] = output
        steps[look, len(output) :, BLANK] = 1.0
    totals = steps.sum(axis=1)
    if not np.isfinite(totals).all():
        np.nan_to_num(steps, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        totals = steps.sum(axis=1)
    return steps, totals


def _columns_first(steps: Float64Array) -> Float64Array:
    return np.ascontiguousarray(steps.transpose(2, 0, 1))


def _mean(looks: Float64Array) -> Float64Array:
    """The geometric mean over the looks, the first axis."""
    if len(looks) == 1:
        return np.asarray(looks[0], np.float64)
    if len(looks) == 2:  # noqa: PLR2004 - the usual case, and twice as fast as any number
        return np.asarray(np.sqrt(looks[0] * looks[1]), np.float64)
    return np.asarray(np.prod(looks, axis=0) ** (1 / len(looks)), np.float64)
