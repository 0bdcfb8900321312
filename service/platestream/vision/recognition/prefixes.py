"""Beginnings of texts, and the probability of all their alignments with CTC outputs.

A prefix is known by the probability that its last character stands at each step, over all
alignments that end there. All else is linear in that: where a further character may start and how
far it may go on, what the prefix is worth as a whole text, and how probable it is that a text
begins with it and a certain character. So those are products with matrices, made once.

Most steps of an output are all but sure blanks. They are left out, and their blanks kept as factors
between the steps that are left: some twenty of eighty for a plate. An output that has many more is
a wall or a grille; nothing is made of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from platestream.vision.arrays import Float32Array, Float64Array
from platestream.vision.recognition.ctc import BLANK

Ints = NDArray[np.int64]

# A step is a blank where all characters together have less than this. That takes less than a
# hundredth off a text's score; readings that fitted nothing had 29 other steps on average.
_SILENT: Final = 3e-4
# Of 310 readings that fit no format those above 0.02 had 42 such steps at most; walls have all 84.
_MOST_STEPS: Final = 48
# The likeliest classes that are tried. Readings above 0.02 had 18 at most.
_MOST_CLASSES: Final = 24
# Stands for a probability of 0 where a logarithm is taken.
_TINY: Final = 1e-300
_FIRST_ROOM: Final = 128
_ROOT: Final = 0
_NONE: Final = -1


class Prefixes:
    """Prefixes of texts, one a row, for one or more looks (K) at the same plate.

    Args:
        outputs: float32 ``[T, classes]`` each; class 0 is the blank. Values that are not finite
            count as 0.
        least: Smallest score of a text that matters.

    Attributes:
        classes: The characters' classes that can be in such a text at all, ascending; none where
            the outputs say nothing. A *column* below is a place in it.
    """

    def __init__(self, outputs: Sequence[Float32Array], least: float) -> None:
        looks = [_finite(output) for output in outputs]
        spoken = [np.flatnonzero(look[:, BLANK] <= 1.0 - _SILENT) for look in looks]
        self.classes: Ints = np.empty(0, np.int64)
        if not 0 < max(map(len, spoken)) <= _MOST_STEPS:
            return
        # A text with a character cannot be more probable than that the character stands at some
        # step, which is at most its sum over the steps.
        most = _mean(np.array([np.minimum(look.sum(axis=0), 1.0) for look in looks]))
        most[BLANK] = 0.0
        possible = np.flatnonzero(most >= least)
        if len(possible) > _MOST_CLASSES:
            possible = np.sort(np.argsort(-most)[:_MOST_CLASSES])
        self.classes = possible
        self._tables = _Tables.over(looks, spoken, possible)
        self._count = 1
        shape = self._tables.first.shape
        self._on_last = np.empty((_FIRST_ROOM, *shape))
        self._links = np.empty((2, _FIRST_ROOM), np.int64)
        self._on_last[_ROOT], self._links[:, _ROOT] = 0.0, _NONE

    def root(self) -> tuple[Ints, Float64Array, Float64Array]:
        """Return what :meth:`extend` does, for the empty prefix."""
        begins = np.matmul(self._tables.first[:, None], self._tables.likely)
        return np.array([_ROOT]), np.zeros(1), _mean(begins)

    def extend(self, parents: Ints, columns: Ints) -> tuple[Ints, Float64Array, Float64Array]:
        """Add prefixes: each a row's and one more character.

        Returns:
            Their rows; the score of each as a whole text; and the bound of each with each further
            character, float64 ``[prefixes, columns]``.
        """
        tables = self._tables
        starts = self._starts(parents, columns)
        # [K, prefixes, 1, T] times [K, prefixes, T, T].
        on_last = np.matmul(starts[:, :, None], tables.lasting.take(columns, axis=1))[:, :, 0]
        onward = np.matmul(on_last, tables.onward)
        begins, scores = onward[:, :, :-1], onward[:, :, -1]
        again = np.einsum("kbt,kbt->kb", on_last, tables.again.take(columns, axis=1))
        begins[:, np.arange(len(columns)), columns] = again
        return self._add(parents, columns, on_last), _mean(scores), _mean(begins)

    def text(self, row: int, alphabet: str) -> str:
        """Return a prefix as characters; ``alphabet`` in the order of the classes."""
        chars = []
        while row != _ROOT:
            row, column = self._links[:, row].tolist()
            chars.append(alphabet[self.classes[column] - 1])
        return "".join(reversed(chars))

    def _starts(self, parents: Ints, columns: Ints) -> Float64Array:
        """Where the further characters may start, ``[K, prefixes, T]``."""
        before = self._on_last.take(parents, axis=0).transpose(1, 0, 2)
        starts: Float64Array = np.matmul(before, self._tables.anywhere)
        repeated = (self._links[1].take(parents) == columns).nonzero()[0]
        if repeated.size:
            starts[:, repeated] = np.matmul(before[:, repeated], self._tables.over_blank)
        if parents[0] == _ROOT or parents[-1] == _ROOT:
            starts[:, parents == _ROOT] = self._tables.first[:, None]
        return starts

    def _add(self, parents: Ints, columns: Ints, on_last: Float64Array) -> Ints:
        first, self._count = self._count, self._count + len(columns)
        if self._count > len(self._on_last):
            self._on_last = np.concatenate((self._on_last, np.empty_like(self._on_last)))
            self._links = np.concatenate((self._links, np.empty_like(self._links)), axis=1)
        self._on_last[first : self._count] = on_last.transpose(1, 0, 2)
        self._links[0, first : self._count] = parents
        self._links[1, first : self._count] = columns
        return np.arange(first, self._count)


@dataclass(frozen=True, slots=True)
class _Tables:
    """What follows from the steps at which a prefix's last character may stand.

    Attributes:
        first: ``[K, T]``, where a first character may start.
        likely: ``[K, T, columns]``, the probability of each character.
        anywhere: ``[K, T, T]``, to where another character may start.
        over_blank: The same with a blank between: where the same character may start once more.
        lasting: ``[K, columns, T, T]``, from where a character starts to where it may stand last.
        onward: ``[K, T, columns + 1]``, to the probability of going on with each other character;
            and to that of ending.
        again: ``[K, columns, T]``, the same for each character where it is the last one.
    """

    first: Float64Array
    likely: Float64Array
    anywhere: Float64Array
    over_blank: Float64Array
    lasting: Float64Array
    onward: Float64Array
    again: Float64Array

    @classmethod
    def over(cls, looks: Sequence[Float64Array], spoken: Sequence[Ints], classes: Ints) -> Self:
        count = max(map(len, spoken))
        likely = np.zeros((len(looks), count, len(classes)))
        # Of a look with fewer steps the others lie behind its end, where nothing stands.
        at = np.full((len(looks), count), -1)
        before, until, whole = np.zeros((3, len(looks), count))
        for row, (look, steps) in enumerate(zip(looks, spoken, strict=True)):
            blank = np.log(np.maximum(look[:, BLANK], _TINY))
            sums = np.cumsum(blank)
            here = slice(len(steps))
            likely[row, here] = look.take(steps, axis=0).take(classes, axis=1)
            at[row, here] = steps
            until[row, here] = sums[steps]
            before[row, here] = sums[steps] - blank[steps]
            whole[row, here] = sums[-1] - sums[steps]
        ordinal = np.arange(count)
        later = ordinal[:, None] < ordinal
        anywhere = np.exp(np.minimum(before[:, None] - until[:, :, None], 0.0)) * later
        gap = at[:, None] - at[:, :, None]
        over_blank = anywhere * (gap > 1)
        again = np.matmul(over_blank, likely)
        onward = np.concatenate((np.matmul(anywhere, likely), np.exp(whole)[:, :, None]), axis=2)
        return cls(
            first=np.exp(before),
            likely=likely,
            anywhere=anywhere,
            over_blank=over_blank,
            lasting=_lasting(likely, gap == ordinal - ordinal[:, None]),
            onward=onward,
            again=np.ascontiguousarray(again.transpose(0, 2, 1)),
        )


def _lasting(likely: Float64Array, side_by_side: NDArray[np.bool_]) -> Float64Array:
    """The products of each class's probability from one step to a later one, none left out."""
    logarithms = np.log(np.maximum(likely, _TINY))
    until = np.cumsum(logarithms, axis=1)
    before = until - logarithms
    looks, count, columns = likely.shape
    products = np.zeros((looks, columns, count, count))
    # Few pairs of steps have nothing between them, and powers are what takes time here.
    look, first, last = (side_by_side & _not_before(count)).nonzero()
    products[look, :, first, last] = np.exp(until[look, last] - before[look, first])
    return products


@lru_cache(maxsize=_MOST_STEPS)
def _not_before(count: int) -> NDArray[np.bool_]:
    """``[step, step]``: whether the second is the first or a later one."""
    return np.triu(np.ones((count, count), bool))


def _finite(output: Float32Array) -> Float64Array:
    steps = output.astype(np.float64)
    if not np.isfinite(steps.sum()):
        np.nan_to_num(steps, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return steps


def _mean(looks: Float64Array) -> Float64Array:
    """The geometric mean over the looks, the first axis."""
    if len(looks) == 1:
        return np.asarray(looks[0], np.float64)
    if len(looks) == 2:  # noqa: PLR2004 - the usual case, and twice as fast as any number
        return np.asarray(np.sqrt(looks[0] * looks[1]), np.float64)
    return np.asarray(np.prod(looks, axis=0) ** (1 / len(looks)), np.float64)
