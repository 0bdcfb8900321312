"""The vote: one text out of many readings of a plate, and how sure it is."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from platestream.passages.alignment import align
from platestream.passages.certainty import Agreement, vote_confidence
from platestream.passages.sighting import Sighting

# No look is surer than this: it would silence all others for good.
_MOST: Final = 0.995
# What a look that is believed in not at all still weighs, so that many of them give some text.
_LEAST: Final = 0.01
# More texts of one vehicle than this are noise; the lightest goes.
MAX_BALLOTS: Final = 16


@dataclass(slots=True, kw_only=True)
class Ballot:
    """All looks that gave one text.

    Attributes:
        text: The text.
        key_id: Of a pseudonym, its key.
        cut: Whether these looks show only a part of the plate.
        looks: How many.
        weight: Sum of their weights.
        surest: The highest confidence among them.
    """

    text: str
    key_id: str | None
    cut: bool
    looks: int = 0
    weight: float = 0.0
    surest: float = 0.0

    def add(self, confidence: float) -> None:
        """Count one more look."""
        self.looks += 1
        self.weight += _weight(confidence)
        self.surest = max(self.surest, confidence)

    def join(self, other: "Ballot") -> None:
        """Count all looks of another ballot of the same text."""
        self.looks += other.looks
        self.weight += other.weight
        self.surest = max(self.surest, other.surest)

    @property
    def rank(self) -> tuple[bool, float, float, str]:
        """Orders ballots, the most credible last."""
        return (not self.cut, self.weight, self.surest, self.text)


BallotKey = tuple[str, bool]


@dataclass(slots=True)
class BallotBox:
    """The readings of one vehicle, gathered by text; bounded.

    Attributes:
        ballots: By text and whether it is cut.
    """

    ballots: dict[BallotKey, Ballot] = field(default_factory=dict)

    def add(self, sighting: Sighting) -> BallotKey | None:
        """Count a sighting.

        Returns:
            The ballot that went for want of room, if one did.
        """
        cut = sighting.complete is False
        key = (sighting.plate_number, cut)
        ballot = self.ballots.get(key)
        if ballot is None:
            ballot = Ballot(text=sighting.plate_number, key_id=sighting.key_id, cut=cut)
            self.ballots[key] = ballot
        ballot.add(sighting.confidence)
        return self._trimmed(key)

    def join(self, other: "BallotBox") -> list[BallotKey]:
        """Count all of another box; returns the ballots that went for want of room."""
        gone = []
        for key, ballot in other.ballots.items():
            mine = self.ballots.get(key)
            if mine is None:
                self.ballots[key] = ballot
                trimmed = self._trimmed(key)
                gone += [trimmed] if trimmed is not None else []
            else:
                mine.join(ballot)
        return gone

    def _trimmed(self, keep: BallotKey) -> BallotKey | None:
        if len(self.ballots) <= MAX_BALLOTS:
            return None
        gone = min(
            (key for key in self.ballots if key != keep), key=lambda key: self.ballots[key].rank
        )
        del self.ballots[gone]
        return gone

    @property
    def leader(self) -> Ballot:
        """The most credible text so far."""
        return max(self.ballots.values(), key=lambda ballot: ballot.rank)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a vote came to.

    Attributes:
        text: The voted text.
        key_id: Of a pseudonym, its key.
        confidence: 0..1, the calibrated probability that it is right.
    """

    text: str
    key_id: str | None
    confidence: float


def vote(box: BallotBox) -> Verdict:
    """Count the votes of a box with at least one ballot."""
    ballots = sorted(box.ballots.values(), key=lambda ballot: ballot.rank, reverse=True)
    leader = ballots[0]
    if leader.key_id is not None or not leader.text:
        return Verdict(leader.text, leader.key_id, _confidence(ballots, leader.text))
    readable = [ballot for ballot in ballots if ballot.key_id is None and ballot.text]
    text = _by_characters(leader, readable)
    return Verdict(text, None, _confidence(ballots, text))


def _by_characters(leader: Ballot, ballots: Sequence[Ballot]) -> str:
    """The text that wins column by column."""
    length = len(leader.text)
    # Column 2i+1 is the leader's character i, column 2i what others have before it.
    columns: list[dict[str, float]] = [{} for _ in range(2 * length + 1)]
    for ballot in ballots:
        for column, entry in _entries(leader.text, ballot):
            votes = columns[column]
            votes[entry] = votes.get(entry, 0.0) + ballot.weight
    text = ""
    for index, votes in enumerate(columns):
        if not votes:
            continue
        own = leader.text[index // 2] if index % 2 else ""
        text += max(votes, key=lambda entry: (votes[entry], entry == own, entry))
    return text


def _entries(leader: str, ballot: Ballot) -> Iterable[tuple[int, str]]:
    """What a ballot says to each column it has something to say about."""
    pairs = align(leader, ballot.text, part=ballot.cut)
    inserted: dict[int, str] = {}
    met = [pair.one for pair in pairs if pair.one is not None]
    if not met:
        return
    before = met[0]
    for pair in pairs:
        if pair.one is None:
            slot = 2 * before
            inserted[slot] = inserted.get(slot, "") + ballot.text[pair.other or 0]
            continue
        before = pair.one + 1
        yield 2 * pair.one + 1, "" if pair.other is None else ballot.text[pair.other]
    # A part says nothing about what stands beyond its ends.
    first, last = 2 * met[0], 2 * met[-1] + 2
    inner = range(first + 2, last, 2) if ballot.cut else range(first, last + 1, 2)
    for slot in inner:
        yield slot, inserted.get(slot, "")


def _confidence(ballots: Sequence[Ballot], text: str) -> float:
    total = sum(ballot.weight for ballot in ballots)
    agreeing = [ballot for ballot in ballots if ballot.text == text]
    return vote_confidence(
        Agreement(
            surest=max((ballot.surest for ballot in agreeing), default=0.0),
            looks=sum(ballot.looks for ballot in agreeing),
            share=sum(ballot.weight for ballot in agreeing) / total if total > 0 else 1.0,
        )
    )


def _weight(confidence: float) -> float:
    """The logarithm of the odds against this look being wrong, as they multiply over looks.

    By characters, independent looks would weigh more evenly; but what one doubtful frame misreads,
    the next one misreads, too: five of them must not outvote a sure one.
    """
    return max(-math.log(1 - min(confidence, _MOST)), _LEAST)
