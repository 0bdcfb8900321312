"""A region pack: the number formats of one country, as data."""

from collections.abc import Iterator
from dataclasses import dataclass

from platestream.vision.regions.pattern import LETTERS, Slots, expand


# Compared by identity, so that what is made of a region can be kept by it.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """The formats of one region's plates.

    Attributes:
        title: The region's name, for people.
        formats: What it is about -> patterns (see :mod:`platestream.vision.regions.pattern`).
        letters: What ``@`` stands for in them.
        longest: Most characters of a number; longer expansions of the patterns do not exist.
    """

    title: str
    formats: dict[str, tuple[str, ...]]
    letters: str = LETTERS
    longest: int = 9

    def numbers(self) -> Iterator[Slots]:
        """Return every sequence of slots that the formats stand for.

        Raises:
            PatternError: if a pattern cannot be read.
        """
        for patterns in self.formats.values():
            for pattern in patterns:
                for slots in expand(pattern, self.letters):
                    if len(slots) <= self.longest:
                        yield slots
