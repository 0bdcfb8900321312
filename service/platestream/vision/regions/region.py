"""A region pack: the number series of one country, as data."""

from collections.abc import Iterator
from dataclasses import dataclass

from platestream.vision.regions.pattern import LETTERS, Slots, expand


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers that are issued alike.

    Attributes:
        patterns: What they look like (see :mod:`platestream.vision.regions.pattern`).
        source: Where that can be read.
        valid: Numbers of this series; the tests hold them against it.
        impossible: Numbers that no series of the region may allow.
        letters: What ``@`` stands for, where that differs from the region's.
    """

    patterns: tuple[str, ...]
    source: str
    valid: tuple[str, ...]
    impossible: tuple[str, ...] = ()
    letters: str | None = None


# Compared by identity, so that what is made of a region can be kept by it.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """The series of one region's plates.

    Attributes:
        title: The region's name, for people.
        formats: What it is about -> the series.
        letters: What ``@`` stands for in them.
        longest: Most characters of a number; longer expansions of the patterns do not exist.
    """

    title: str
    formats: dict[str, Series]
    letters: str = LETTERS
    longest: int = 9

    def numbers(self) -> Iterator[Slots]:
        """Return every sequence of slots that the series stand for.

        Raises:
            PatternError: if a pattern cannot be read.
        """
        for one in self.formats.values():
            yield from self.numbers_of(one)

    def numbers_of(self, one: Series) -> Iterator[Slots]:
        """Return the sequences of slots of one of the region's series.

        Raises:
            PatternError: if a pattern cannot be read.
        """
        letters = self.letters if one.letters is None else one.letters
        for pattern in one.patterns:
            for slots in expand(pattern, letters):
                if len(slots) <= self.longest:
                    yield slots


def series(
    patterns: str, *, source: str, valid: str, impossible: str = "", letters: str | None = None
) -> Series:
    """Return a series; patterns and numbers are written with spaces between them."""
    return Series(
        patterns=tuple(patterns.split()),
        source=source,
        valid=tuple(valid.split()),
        impossible=tuple(impossible.split()),
        letters=letters,
    )


def wikipedia(country: str) -> str:
    """Return the source that an article on a country's plates is."""
    return f"Wikipedia, Vehicle registration plates of {country}"
