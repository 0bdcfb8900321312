"""Association: which plate of a frame is which vehicle's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from platestream.passages.place import Place
from platestream.passages.sighting import FrameSightings, Sighting
from platestream.passages.track import Track

# From here on a text is sure enough to be a vehicle's name wherever it is seen.
_SURE: Final = 0.5
# Fewer characters are shared by too many: a taxi number, a house number.
_NAME_LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class Association:
    """Who is who in a frame.

    Attributes:
        matched: Sightings and the tracks that they continue.
        new: Sightings of vehicles that were not there before.
    """

    matched: tuple[tuple[Track, Sighting, Place], ...]
    new: tuple[tuple[Sighting, Place], ...]


def associate(tracks: Sequence[Track], frame: FrameSightings) -> Association:
    """Give each plate of a frame to at most one track, and each track at most one plate.

    The likeliest pair goes first; pairs that are likelier two vehicles than one are left apart. A
    plate that says surely what a track says which is in this frame already is a second plate of the
    same vehicle, or a mirror image, and is left out.
    """
    placed = [(sighting, Place.of(sighting.plate_location)) for sighting in frame.sightings]
    pairs = sorted(
        (
            (-likelihood, track.first_seen, track.first_event_id, sighting.event_id, i, j)
            for i, track in enumerate(tracks)
            for j, (sighting, place) in enumerate(placed)
            if (likelihood := track.likelihood(sighting, place, frame.captured_at)) > 0
        ),
    )
    track_of: dict[int, int] = {}
    taken: set[int] = set()
    for *_, i, j in pairs:
        if i not in taken and j not in track_of:
            track_of[j] = i
            taken.add(i)
    matched = tuple((tracks[i], *placed[j]) for j, i in track_of.items())
    new = tuple(
        (sighting, place)
        for j, (sighting, place) in enumerate(placed)
        if j not in track_of and not any(_names(track, sighting) for track, *_ in matched)
    )
    return Association(matched, new)


def _names(track: Track, sighting: Sighting) -> bool:
    """Whether a plate surely says what a track says."""
    leader = track.box.leader
    return _same_name(leader.text, leader.surest, sighting.plate_number, sighting.confidence)


def same_name(one: Track, other: Track) -> bool:
    """Whether two tracks surely say the same."""
    mine, its = one.box.leader, other.box.leader
    return _same_name(mine.text, mine.surest, its.text, its.surest)


def _same_name(one: str, sure_of_one: float, other: str, sure_of_other: float) -> bool:
    return one == other and len(one) >= _NAME_LENGTH and min(sure_of_one, sure_of_other) >= _SURE
