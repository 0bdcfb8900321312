"""The hotlist in memory: entries by id, and what a reading matches, without looking at all of them.

Exact numbers and pseudonyms are found by hash; near ones by looking up the few numbers that the
reading may be instead; patterns in a trie. Changing an entry costs no more than finding one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from platestream.hotlists.entry import HotlistEntry
from platestream.hotlists.near import near_numbers
from platestream.hotlists.patterns import PatternTrie
from platestream.passages.sighting import key_id_of


class MatchKind(StrEnum):
    """How a reading fits an entry; from the surest kind on."""

    EXACT = "exact"
    PATTERN = "pattern"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Match:
    """One entry that a reading fits.

    Attributes:
        entry: The entry.
        kind: How it fits.
        probability: 0..1, that the plate bears a number that is listed.
    """

    entry: HotlistEntry
    kind: MatchKind
    probability: float


class Hotlist:
    """All entries. Not thread-safe.

    Args:
        near_probability: Least probability of a near match.
    """

    def __init__(self, near_probability: float) -> None:
        self._least = near_probability
        self._entries: dict[str, HotlistEntry] = {}
        # Nearly every number is listed once: a tuple of one id is smaller than a set.
        self._by_text: dict[str, tuple[str, ...]] = {}
        self._patterns = PatternTrie()

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> Iterable[HotlistEntry]:
        """All entries."""
        return self._entries.values()

    def put(self, entry: HotlistEntry) -> None:
        """Add an entry, or put it in place of the one with its id."""
        self.remove(entry.entry_id)
        self._entries[entry.entry_id] = entry
        if entry.is_pattern:
            self._patterns.add(entry.plate_number, entry.entry_id)
            return
        for text in _texts(entry):
            self._by_text[text] = (*self._by_text.get(text, ()), entry.entry_id)

    def remove(self, entry_id: str) -> bool:
        """Take an entry away; whether it was there."""
        entry = self._entries.pop(entry_id, None)
        if entry is None:
            return False
        if entry.is_pattern:
            self._patterns.remove(entry.plate_number, entry_id)
            return True
        for text in _texts(entry):
            left = tuple(other for other in self._by_text[text] if other != entry_id)
            if left:
                self._by_text[text] = left
            else:
                del self._by_text[text]
        return True

    def matches(
        self, read: str, confidence: float, char_confidences: Sequence[float], at: int
    ) -> list[Match]:
        """Every entry that a reading fits, once, in the surest way.

        Args:
            read: The number or pseudonym as read; an empty text fits nothing.
            confidence: 0..1, that all of it is right.
            char_confidences: 0..1 of each character, or none.
            at: When the frame was taken, milliseconds since the epoch.
        """
        if not read or not self._entries:
            return []
        found: dict[str, Match] = {}
        for entry_id in self._by_text.get(read, ()):
            self._note(found, entry_id, MatchKind.EXACT, confidence, at)
        for entry_id in self._patterns.matches(read):
            self._note(found, entry_id, MatchKind.PATTERN, confidence, at)
        if key_id_of(read) is None:  # of a pseudonym nothing is near
            near = near_numbers(read, confidence, char_confidences, self._least)
            for number, probability in near:
                for entry_id in self._by_text.get(number, ()):
                    if self._entries[entry_id].near:
                        self._note(found, entry_id, MatchKind.NEAR, probability, at)
        return list(found.values())

    def _note(
        self,
        found: dict[str, Match],
        entry_id: str,
        kind: MatchKind,
        probability: float,
        at: int,
    ) -> None:
        entry = self._entries[entry_id]
        if entry_id not in found and entry.holds_at(at):
            found[entry_id] = Match(entry, kind, probability)


def _texts(entry: HotlistEntry) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.pseudonyms)) or (entry.plate_number,)
