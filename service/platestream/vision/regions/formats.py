"""Which texts are numbers: the formats of some regions together, walked character by character."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Self

from platestream.vision.regions.automaton import NOWHERE, lay_out
from platestream.vision.regions.pattern import Slots
from platestream.vision.regions.region import Region
from platestream.vision.regions.table import regions_of


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
        self.start: Final = 0
        self._classes: Final = {char: index for index, char in enumerate(alphabet)}
        self.next_states, self.final = lay_out(numbers, alphabet)

    @classmethod
    def of(cls, names: Iterable[str], alphabet: str) -> Self:
        """Return the formats of regions by name; the same object for the same arguments.

        Raises:
            KeyError: if a name is not known.
        """
        return cls._of(regions_of(tuple(names)), alphabet)

    @classmethod
    @lru_cache(maxsize=8)  # a table of all regions takes 0.5 s and 0.5 MB
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
