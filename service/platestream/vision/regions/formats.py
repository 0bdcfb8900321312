"""Which texts fit, walked character by character: the automaton of all formats of some regions.

Every format is a set of number shapes, each a fixed sequence of slots. A prefix is known by its
length and the shapes that it still fits; texts that agree in both can go on alike, so they are one
state. All states of all formats together are some thousands, so they are laid out once, as a table.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from platestream.vision.regions.pattern import Slots
from platestream.vision.regions.region import Region
from platestream.vision.regions.table import regions_of

NOWHERE: Final = -1
"""The state of a text with which no number begins."""


class Formats:
    """The union of number shapes, over the characters that a recognizer knows.

    Args:
        numbers: Sequences of slots.
        alphabet: The characters in use; a shape that cannot be written with them is left out.

    Attributes:
        start: The state of the empty text.
        next_states: int32 ``[states, len(alphabet)]``: the state after one more character, or
            ``NOWHERE``.
        final: bool ``[states]``: whether a text in that state is a whole number.
    """

    def __init__(self, numbers: Iterable[Slots], alphabet: str) -> None:
        known = frozenset(alphabet)
        usable = (tuple(slot & known for slot in slots) for slots in numbers)
        shapes = sorted(
            {slots for slots in usable if slots and all(slots)},
            key=lambda slots: [len(slots), *map(sorted, slots)],
        )
        self.start: Final = 0
        self._classes: Final = {char: index for index, char in enumerate(alphabet)}
        self.next_states, self.final = _lay_out(shapes, alphabet)

    @classmethod
    def of(cls, names: Iterable[str], alphabet: str) -> Self:
        """Return the formats of regions by name; the same object for the same arguments.

        Raises:
            KeyError: if a name is not known.
        """
        return cls._of(regions_of(tuple(names)), alphabet)

    @classmethod
    @lru_cache(maxsize=8)  # a table of all regions takes 0.1 s and 3 MB
    def _of(cls, regions: tuple[Region, ...], alphabet: str) -> Self:
        numbers = (slots for region in regions for slots in region.numbers())
        return cls(numbers, alphabet)

    def after(self, state: int, char: str) -> int:
        """Return the state after one more character."""
        index = self._classes.get(char)
        return NOWHERE if index is None else int(self.next_states[state, index])

    def fits(self, text: str) -> bool:
        """Whether a text is a number of one of the formats; the empty text is not."""
        state = self.start
        for char in text:
            state = self.after(state, char)
            if state == NOWHERE:
                return False
        return bool(self.final[state])


def _lay_out(shapes: Sequence[Slots], alphabet: str) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return ``next_states`` and ``final``; shapes are bits of an integer while it is done."""
    longest = max(map(len, shapes), default=0)
    allowing = [dict.fromkeys(alphabet, 0) for _ in range(longest + 1)]
    ending = [0] * (longest + 2)
    for number, slots in enumerate(shapes):
        bit = 1 << number
        ending[len(slots)] |= bit
        for place, slot in enumerate(slots):
            allowed = allowing[place]
            for char in slot:
                allowed[char] |= bit
    tables, final = [], [False]
    states = [(1 << len(shapes)) - 1]
    for place, allowed in enumerate(allowing):
        # Characters that the same shapes allow here lead to the same states.
        alike = {these: column for column, these in enumerate(dict.fromkeys(allowed.values()))}
        following: dict[int, int] = {}
        first = len(final)
        rows = [
            [
                first + following.setdefault(left, len(following)) if left else NOWHERE
                for left in (state & these for these in alike)
            ]
            for state in states
        ]
        tables.append(np.array(rows, np.int32)[:, [alike[these] for these in allowed.values()]])
        final += [bool(left & ending[place + 1]) for left in following]
        states = list(following)
    # Rows are looked up one by one: they must lie in one piece.
    return np.ascontiguousarray(np.concatenate(tables)), np.array(final)
