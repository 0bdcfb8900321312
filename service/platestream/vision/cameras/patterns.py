"""Patterns of camera ids: ``*`` stands for any run of characters, also none; all else for itself.

Of several patterns that match an id the most specific counts: the one whose ids the others have,
too. So of two patterns with ids in common one must lie inside the other. Two of which neither does
are refused, since no order between them would be anything but an accident.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

WILDCARD: Final = "*"
# Stands for all characters that neither of two patterns names.
_OTHER: Final = "\0"


def is_pattern(key: str) -> bool:
    """Whether ``key`` is a pattern; else it is the id of one camera."""
    return WILDCARD in key


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of ids, in one form: runs of wildcards are one."""

    text: str

    @classmethod
    def of(cls, key: str) -> "Pattern":
        """The pattern that ``key`` is."""
        while WILDCARD * 2 in key:
            key = key.replace(WILDCARD * 2, WILDCARD)
        return cls(key)

    @property
    def rank(self) -> tuple[int, int, str]:
        """Sorts a pattern that lies inside another before it.

        The shortest id of the inner one is all its letters and an id of the outer one, too, so the
        outer has no more letters; with as many, it has more wildcards.
        """
        wildcards = self.text.count(WILDCARD)
        return wildcards - len(self.text), wildcards, self.text

    def matches(self, camera_id: str) -> bool:
        """Whether ``camera_id`` is one of its ids. Takes no longer than the two are long."""
        first, *inner, last = self.text.split(WILDCARD)
        if len(camera_id) < len(first) + len(last):
            return False
        if not (camera_id.startswith(first) and camera_id.endswith(last)):
            return False
        at, end = len(first), len(camera_id) - len(last)
        for piece in inner:
            # The first place is the best one: it leaves the most for what follows.
            found = camera_id.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True


class PatternSet:
    """Patterns of which for each id that two match one is the more specific."""

    def __init__(self) -> None:
        self._by_start: defaultdict[str, list[tuple[Pattern, str]]] = defaultdict(list)
        self._below: defaultdict[str, list[tuple[Pattern, str]]] = defaultdict(list)
        self.keys: list[str] = []

    def add(self, key: str) -> tuple[str, str] | None:
        """Take a pattern in.

        Returns:
            A pattern that contradicts it, and an id that both match; then it is not taken in.
        """
        pattern = Pattern.of(key)
        start = pattern.text.partition(WILDCARD)[0]
        # Only those whose beginning goes on from this one's, or the other way round.
        near = [self._by_start.get(start[:length], ()) for length in range(len(start))]
        for other, named in chain(self._below.get(start, ()), *near):
            if (camera := ambiguous(pattern, other)) is not None:
                return named, camera
        self.keys.append(key)
        self._by_start[start].append((pattern, key))
        for length in range(len(start) + 1):
            self._below[start[:length]].append((pattern, key))
        return None


def ambiguous(pattern: Pattern, against: Pattern) -> str | None:
    """An id that two patterns match of which neither is more specific; None where there is none.

    Unknown characters in it are shown as ``x``.
    """
    one, other = pattern.text, against.text
    if one == other:
        return one.replace(WILDCARD, "")
    return None if _apart(one, other) else _shared(*sorted((one, other)))


@lru_cache(maxsize=65_536)  # a table is made anew for every change
def _shared(one: str, other: str) -> str | None:
    both: str | None = None
    only_one = only_other = False
    for word, in_one, in_other in _words(one, other):
        if in_one and in_other and both is None:
            both = word
        only_one |= in_one and not in_other
        only_other |= in_other and not in_one
        if both is not None and only_one and only_other:
            return both.replace(_OTHER, "x")
    return None


def _apart(one: str, other: str) -> bool:
    """Whether beginnings or ends show already that no id is one of both."""
    starts = one.partition(WILDCARD)[0], other.partition(WILDCARD)[0]
    ends = one.rpartition(WILDCARD)[2], other.rpartition(WILDCARD)[2]
    same_start = starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])
    return not (same_start and (ends[0].endswith(ends[1]) or ends[1].endswith(ends[0])))


def _words(one: str, other: str) -> Iterator[tuple[str, bool, bool]]:
    """A shortest text for each way in which it can lie to both patterns, and who has it."""
    alphabet = [*sorted({*one, *other} - {WILDCARD}), _OTHER]
    start = _closed(one, {0}), _closed(other, {0})
    seen, waiting = {start}, [("", *start)]
    for word, left, right in waiting:
        yield word, len(one) in left, len(other) in right
        for char in alphabet:
            following = _after(one, left, char), _after(other, right, char)
            if following not in seen and (following[0] or following[1]):
                seen.add(following)
                waiting.append((word + char, *following))


def _after(pattern: str, places: frozenset[int], char: str) -> frozenset[int]:
    following = {
        place + (pattern[place] != WILDCARD)
        for place in places
        if place < len(pattern) and pattern[place] in (char, WILDCARD)
    }
    return _closed(pattern, following)


def _closed(pattern: str, places: set[int]) -> frozenset[int]:
    """With the places behind wildcards; without those before the last wildcard that was reached.

    Whatever can still be matched from before a wildcard can be matched from it, so the latest one
    is enough, and there are no more sets of places than characters in the pattern.
    """
    reached = {*places, *(p + 1 for p in places if p < len(pattern) and pattern[p] == WILDCARD)}
    last = max((p for p in reached if p < len(pattern) and pattern[p] == WILDCARD), default=0)
    return frozenset(p for p in reached if p >= last)
