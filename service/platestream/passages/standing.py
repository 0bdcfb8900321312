"""Standing: what stood at a place and is seen there again is nobody new."""

from dataclasses import dataclass, field
from typing import Final

from platestream.passages.alignment import same_plate
from platestream.passages.place import Place
from platestream.passages.track import STILL, Track

# How long something must have been in one place to have stood there, milliseconds: longer than a
# vehicle that turns round or waits for a gap in the traffic.
_STOOD_MS: Final = 1000
# A car park's camera sees so many; of more, the one seen longest ago is forgotten.
MAX_STANDING: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Something that stood.

    Attributes:
        place: Where.
        last_seen: Until when, milliseconds.
        text: Its number, pseudonym or empty text.
        confidence: How sure that is.
        opaque: Whether the text is a pseudonym.
        told: Whether it had a passage; else it was too unsure for one.
    """

    place: Place
    last_seen: int
    text: str
    confidence: float
    opaque: bool
    told: bool = True

    def is_it(self, track: Track) -> bool:
        """Whether a track begins here and says the same."""
        if self.place.distance(track.begin) > STILL:
            return False
        leader = track.box.leader
        if leader.text == self.text:
            return True
        if self.opaque or leader.key_id is not None:
            return False
        return (
            same_plate(
                self.text, self.confidence, leader.text, leader.surest, part=track.complete is False
            )
            > 0
        )


@dataclass(slots=True)
class StandingPlaces:
    """What stood in one camera's picture lately; bounded.

    Attributes:
        known: The longest unseen first.
    """

    known: list[Standing] = field(default_factory=list)

    def find(self, track: Track, memory_ms: int) -> Standing | None:
        """What stood where a track begins, not longer ago than that, and is still the same.

        What had no passage is nobody new, either, while it stands, but has one when it drives off.
        """
        since = track.first_seen - memory_ms
        for one in self.known:
            if one.last_seen >= since and (one.told or track.fixed) and one.is_it(track):
                return one
        return None

    def remember(self, track: Track, memory_ms: int) -> None:
        """Note a track that ended where it stood; forget what is older than the memory."""
        if memory_ms and track.last_seen - track.rests_since >= _STOOD_MS:
            leader = track.box.leader
            told = track.told or any(one.told and one.is_it(track) for one in self.known)
            self.known = [
                one
                for one in self.known
                if one.last_seen >= track.last_seen - 2 * memory_ms and not one.is_it(track)
            ]
            self.known.append(
                Standing(
                    place=track.rest,
                    last_seen=track.last_seen,
                    text=leader.text,
                    confidence=leader.surest,
                    opaque=leader.key_id is not None,
                    told=told,
                )
            )
            self.known = self.known[-MAX_STANDING:]
