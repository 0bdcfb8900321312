"""The language in which number formats are written, and what a pattern stands for.

``@`` is a letter, ``#`` a digit, ``?`` either; ``[A-HJK2]`` is one of these characters, ``[^IOQ]``
any letter from A to Z but these; any other character stands for itself. ``{n}`` or ``{m,n}`` after
any of them repeats it. ``(AB|C#)`` is one of the patterns between the bars. Separators are not
written: readings have none. Which letters ``@`` and ``?`` stand for is the region's to say, since
many leave out those that look like digits.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UMLAUTS: Final = "ÄÖÜ"
_FOLDED: Final = str.maketrans(UMLAUTS, "AOU")

Slots = tuple[frozenset[str], ...]
"""What may stand at each place of a number."""

_ITEM: Final = re.compile(
    r"(?:\[(?P<set>[^\[\]{}]+)\]|(?P<one>[^\[\]{}()|]))"
    r"(?:\{(?P<least>\d)(?:,(?P<most>\d))?\})?"
)
_RANGE: Final = re.compile(r"(.)-(.)")
# The innermost one: what stands in it has no brackets of its own.
_GROUP: Final = re.compile(r"\(([^()]*)\)(?!\{)")


class PatternError(ValueError):
    """A pattern that says nothing sensible; the message quotes it."""


def fold_umlauts(text: str) -> str:
    """Return a text with A, O and U for its umlauts, as long as it was."""
    return text.translate(_FOLDED)


def without(excluded: str) -> str:
    """Return the letters A to Z but for ``excluded``."""
    return "".join(letter for letter in LETTERS if letter not in excluded)


def expand(pattern: str, letters: str = LETTERS) -> Iterator[Slots]:
    """Return what a pattern stands for: one sequence of slots for each length of each repetition.

    Args:
        pattern: As the module says.
        letters: What ``@`` stands for.

    Raises:
        PatternError: if the pattern cannot be read or stands for an empty number.
    """
    for plain in _without_groups(pattern):
        items = list(_items(plain, letters))
        for counts in product(*(range(least, most + 1) for _, least, most in items)):
            slots = tuple(
                allowed
                for (allowed, _, _), count in zip(items, counts, strict=True)
                for _ in range(count)
            )
            if not slots:
                raise PatternError(f"{pattern!r} stands for no character at all")
            yield slots


def _without_groups(pattern: str) -> Iterator[str]:
    group = _GROUP.search(pattern)
    if group is None:
        yield pattern
        return
    for choice in group[1].split("|"):
        yield from _without_groups(pattern[: group.start()] + choice + pattern[group.end() :])


def _items(pattern: str, letters: str) -> Iterator[tuple[frozenset[str], int, int]]:
    classes = {"@": letters, "#": DIGITS, "?": letters + DIGITS}
    place = 0
    while place < len(pattern):
        found = _ITEM.match(pattern, place)
        if found is None:
            raise PatternError(f"{pattern!r} makes no sense from place {place} on")
        one, least = found["one"], int(found["least"] or 1)
        most = int(found["most"] or least)
        if most < least:
            raise PatternError(f"{pattern!r} repeats {least} to {most} times")
        allowed = _members(found["set"]) if one is None else classes.get(one, one)
        if not allowed:
            raise PatternError(f"{pattern!r} has a set of no characters")
        yield frozenset(allowed), least, most
        place = found.end()


def _members(content: str) -> str:
    """The characters of a set, ranges put in full."""
    if content.startswith("^"):
        return without(_members(content[1:]))
    return _RANGE.sub(
        lambda ends: "".join(map(chr, range(ord(ends[1]), ord(ends[2]) + 1))), content
    )
