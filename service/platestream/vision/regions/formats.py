"""Which texts fit, walked character by character: the automaton of all formats of some regions.

Every format is a set of number shapes, each a fixed sequence of slots. A prefix is known by the
shapes that it still fits, one bit each: one step of the automaton is one ``&`` of two integers,
however many shapes there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from platestream.vision.regions.pattern import Slots
from platestream.vision.regions.table import regions_of


@dataclass(frozen=True, slots=True)
class Prefix:
    """How far a text has come: ``length`` characters, and the shapes that it fits so far."""

    length: int
    shapes: int


class Formats:
    """The union of number shapes, over the characters that a recognizer knows.

    Args:
        numbers: Sequences of slots.
        alphabet: The characters in use; a shape that cannot be written with them is left out.
    """

    def __init__(self, numbers: Iterable[Slots], alphabet: str) -> None:
        known = frozenset(alphabet)
        usable = (tuple(slot & known for slot in slots) for slots in numbers)
        shapes = sorted(
            {slots for slots in usable if slots and all(slots)},
            key=lambda slots: [len(slots), *map(sorted, slots)],
        )
        longest = max(map(len, shapes), default=0)
        # By place, which shapes allow a character there; by length, which shapes end.
        self._allowing: list[dict[str, int]] = [{} for _ in range(longest)]
        self._ending = [0] * (longest + 1)
        for number, slots in enumerate(shapes):
            bit = 1 << number
            self._ending[len(slots)] |= bit
            for allowing, slot in zip(self._allowing, slots, strict=False):
                for char in slot:
                    allowing[char] = allowing.get(char, 0) | bit
        self.start = Prefix(0, (1 << len(shapes)) - 1)

    @classmethod
    def of(cls, names: Iterable[str], alphabet: str) -> Self:
        """Return the formats of regions by name.

        Raises:
            KeyError: if a name is not known.
        """
        numbers = (slots for region in regions_of(names) for slots in region.numbers())
        return cls(numbers, alphabet)

    def after(self, prefix: Prefix, char: str) -> Prefix | None:
        """Return the prefix with one more character; None where no number begins like that."""
        if prefix.length >= len(self._allowing):
            return None
        shapes = prefix.shapes & self._allowing[prefix.length].get(char, 0)
        return Prefix(prefix.length + 1, shapes) if shapes else None

    def ends(self, prefix: Prefix) -> bool:
        """Whether the prefix is a whole number."""
        return bool(prefix.shapes & self._ending[prefix.length])

    def fits(self, text: str) -> bool:
        """Whether a text is a number of one of the formats; the empty text is not."""
        prefix: Prefix | None = self.start
        for char in text:
            if prefix is None:
                return False
            prefix = self.after(prefix, char)
        return prefix is not None and prefix.length > 0 and self.ends(prefix)
