"""The automaton of number shapes: one table that says how a text that has begun may go on.

A state is what may still follow, the set of ends of shapes, so that beginnings which leave the same
ends are one state, whatever shapes they are of. All shapes of the world come to a thousand states.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from platestream.vision.regions.pattern import Slots

NOWHERE: Final = -1
"""The state of a text with which no number begins."""

# A shape here: for each place the characters that it allows, as bits.
_Masks = tuple[int, ...]
_NOTHING: Final = 0
_WORD: Final = 32


def lay_out(shapes: Iterable[Slots], alphabet: str) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the table of a union of shapes.

    Args:
        shapes: Sequences of slots; of a slot only what the alphabet has counts, and a shape of
            which a slot has nothing left is left out.
        alphabet: The characters in use.

    Returns:
        int32 ``[states, len(alphabet)]``, the state after one more character or ``NOWHERE``, where
        state 0 is that of the empty text; and bool ``[states]``, whether a text in that state is
        a whole number.
    """
    bits = {char: 1 << column for column, char in enumerate(alphabet)}
    slots: dict[frozenset[str], int] = {}

    def mask(slot: frozenset[str]) -> int:
        if slot not in slots:
            slots[slot] = sum(bits.get(char, 0) for char in slot)
        return slots[slot]

    masks = {tuple(map(mask, shape)) for shape in shapes}
    ends = _Ends(len(alphabet))
    start = frozenset(map(ends.number, _undominated(sorted(one for one in masks if all(one)))))
    states = {start: 0}
    rows: list[NDArray[np.int32]] = []
    waiting = [start]
    for state in waiting:
        row = np.full(len(alphabet), NOWHERE, np.int32)
        for columns, following in ends.steps(state):
            if following not in states:
                states[following] = len(states)
                waiting.append(following)
            row[columns] = states[following]
        rows.append(row)
    return np.array(rows), np.array([_NOTHING in state for state in states])


class _Ends:
    """Ends of shapes by number; 0 is the end where nothing follows."""

    def __init__(self, characters: int) -> None:
        self._characters = characters
        self._numbers: dict[_Masks, int] = {(): _NOTHING}
        self._heads = [0]
        self._rests = [_NOTHING]
        self._classes: dict[frozenset[int], list[tuple[list[int], list[int]]]] = {}

    def number(self, end: _Masks) -> int:
        """Return an end's number, a new one where it has none."""
        if end not in self._numbers:
            rest = self.number(end[1:])
            self._numbers[end] = len(self._heads)
            self._heads.append(end[0])
            self._rests.append(rest)
        return self._numbers[end]

    def steps(self, state: frozenset[int]) -> Iterable[tuple[list[int], frozenset[int]]]:
        """Return columns of the alphabet, and what may follow after each of their characters."""
        rests: dict[int, set[int]] = {}
        for end in state - {_NOTHING}:
            rests.setdefault(self._heads[end], set()).add(self._rests[end])
        for columns, heads in self._classes_of(frozenset(rests)):
            yield columns, frozenset().union(*(rests[head] for head in heads))

    def _classes_of(self, heads: frozenset[int]) -> list[tuple[list[int], list[int]]]:
        """Characters that the same heads allow, as columns, with these heads."""
        if heads not in self._classes:
            alike: dict[frozenset[int], list[int]] = {}
            for column in range(self._characters):
                allowing = frozenset(head for head in heads if head >> column & 1)
                if allowing:
                    alike.setdefault(allowing, []).append(column)
            self._classes[heads] = [(columns, [*these]) for these, columns in alike.items()]
        return self._classes[heads]


def _undominated(masks: Sequence[_Masks]) -> list[_Masks]:
    """Leave out shapes of which another one allows all: of two thirds of the world's nothing."""
    by_length: dict[int, list[_Masks]] = {}
    for one in masks:
        by_length.setdefault(len(one), []).append(one)
    return [one for group in by_length.values() for one in _undominated_alike(group)]


def _undominated_alike(group: Sequence[_Masks]) -> list[_Masks]:
    """The same for shapes of one length, none twice."""
    words = -(-max((mask.bit_length() for one in group for mask in one), default=0) // _WORD)
    table = np.array(
        [
            [mask >> _WORD * word & (1 << _WORD) - 1 for mask in one for word in range(words)]
            for one in group
        ],
        np.uint32,
    )
    # Pairs of which the first allows no more than the second, fewer with every column.
    small, large = np.nonzero(~np.eye(len(group), dtype=bool))
    for column in table.T:
        within = column[small] & ~column[large] == 0
        small, large = small[within], large[within]
    dominated = set(small.tolist())
    return [one for number, one in enumerate(group) if number not in dominated]
