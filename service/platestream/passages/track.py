"""Tracks: what is known of one vehicle while it is followed."""

import math
from dataclasses import dataclass, field
from typing import Final

from platestream.contract.readings import PlateColor
from platestream.passages.alignment import same_plate, same_pseudonym
from platestream.passages.passage import BestShot, Direction
from platestream.passages.place import Motion, Place
from platestream.passages.sighting import FrameSightings, Sighting
from platestream.passages.vote import BallotBox, BallotKey, Verdict

# Plate widths (or a quarter of that in size) within which a vehicle has not moved: corners jitter
# by less.
STILL: Final = 0.5
# How long something must be seen in one place, and no other, to be taken for fixed, milliseconds:
# the slowest vehicle, at 2 km/h, goes half a plate width meanwhile.
_FIXED_MS: Final = 500
# Change of size counts so many plate widths: a plate grows by a quarter while the vehicle comes a
# fifth nearer, which a vehicle crossing the picture never does.
_SIZE_AS_WIDTHS: Final = 4.0
# A vehicle that comes nearer also drifts to a side, by up to twice that much.
_SIDEWAYS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """The best look of those that gave one text."""

    shot: BestShot
    sighting: Sighting

    @property
    def ballot_key(self) -> BallotKey:
        """The ballot that it counts for."""
        return (self.sighting.plate_number, self.sighting.complete is False)

    @property
    def rank(self) -> tuple[bool, float, float, str]:
        """Orders shots, the best last: whole, sure, large."""
        return (
            self.sighting.complete is not False,
            self.sighting.confidence,
            Place.of(self.shot.plate_location).height,
            self.shot.event_id,
        )


@dataclass(slots=True, kw_only=True)
class Track:
    """One vehicle while it is followed; bounded, however long that is.

    Attributes:
        first_event_id: Its first sighting.
        first_seen: Milliseconds; likewise ``last_seen``.
        last_seen: See above.
        expires: When it ends if it is not seen again, milliseconds.
        looks: How many sightings.
        box: Their readings.
        shots: The best look for each ballot.
        colors: Sum of confidences by colour.
        complete: Whether one look showed the whole number; None where that could never be told.
        motion: How it moves.
        begin: Its first whole place, or the first of all.
        whole: Whether ``begin`` is a whole one.
        end: Its last whole place; the last of all where none was whole.
        rest: A place within :data:`STILL` of which it is, and since when it is.
        rests_since: See above.
        reach: How far from ``begin`` it ever was, plate widths.
        told: Whether its passage is out already, or is none.
    """

    first_event_id: str
    first_seen: int
    last_seen: int
    expires: int
    motion: Motion
    begin: Place
    whole: bool
    end: Place
    rest: Place
    rests_since: int
    looks: int = 0
    complete: bool | None = None
    reach: float = 0.0
    told: bool = False
    box: BallotBox = field(default_factory=BallotBox)
    shots: dict[BallotKey, Shot] = field(default_factory=dict)
    colors: dict[PlateColor, float] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: FrameSightings, sighting: Sighting, place: Place) -> "Track":
        """A track that begins with a sighting; the sighting itself is still to be added."""
        at = frame.captured_at
        return cls(
            first_event_id=sighting.event_id,
            first_seen=at,
            last_seen=at,
            expires=at,
            motion=Motion(place=place, at=at),
            begin=place,
            whole=sighting.complete is not False,
            end=place,
            rest=place,
            rests_since=at,
        )

    def add(self, frame: FrameSightings, sighting: Sighting, place: Place) -> None:
        """Take a sighting of this vehicle, not older than the last one."""
        at, whole = frame.captured_at, sighting.complete is not False
        if self.looks:
            self.motion.move(place, at)
        if whole and not self.whole:
            self.begin, self.whole, self.end, self.reach = place, True, place, 0.0
        if whole or not self.whole:
            self.end = place
            self.reach = max(self.reach, self.begin.distance(place))
        if whole and self.rest.distance(place) > STILL:
            self.rest, self.rests_since = place, at
        self.last_seen = at
        self.looks += 1
        if sighting.complete is not None:
            self.complete = bool(self.complete) or sighting.complete
        color = sighting.plate_color
        self.colors[color] = self.colors.get(color, 0.0) + sighting.confidence
        gone = self.box.add(sighting)
        self._keep(Shot(shot=_shot(frame, sighting), sighting=sighting))
        if gone is not None:
            self.shots.pop(gone, None)

    def join(self, newer: "Track") -> None:
        """Take in another track, begun later, of what turned out to be the same vehicle."""
        self.motion, self.end = newer.motion, newer.end
        if newer.whole and not self.whole:
            self.begin, self.whole, self.reach = newer.begin, True, 0.0
        self.reach = max(self.reach, newer.reach, self.begin.distance(newer.end))
        if self.rest.distance(newer.rest) > STILL:
            self.rest, self.rests_since = newer.rest, newer.rests_since
        self.last_seen = max(self.last_seen, newer.last_seen)
        self.expires = max(self.expires, newer.expires)
        self.looks += newer.looks
        if newer.complete is not None:
            self.complete = bool(self.complete) or newer.complete
        self.told = self.told or newer.told
        for color, sure in newer.colors.items():
            self.colors[color] = self.colors.get(color, 0.0) + sure
        for shot in newer.shots.values():
            self._keep(shot)
        for gone in self.box.join(newer.box):
            self.shots.pop(gone, None)

    def _keep(self, shot: Shot) -> None:
        mine = self.shots.get(shot.ballot_key)
        if mine is None or shot.rank > mine.rank:
            self.shots[shot.ballot_key] = shot

    def likelihood(self, sighting: Sighting, place: Place, at: int) -> float:
        """How much more likely a sighting is of this vehicle than of another, a logarithm."""
        return self.motion.likelihood(place, at) + self._alike(sighting)

    def _alike(self, sighting: Sighting) -> float:
        leader = self.box.leader
        if leader.key_id != sighting.key_id:
            return 0.0
        texts = (leader.text, leader.surest, sighting.plate_number, sighting.confidence)
        if sighting.key_id is not None:
            return same_pseudonym(*texts)
        inside = leader.text in sighting.plate_number
        if inside or (leader.cut and sighting.complete is not False):
            return same_plate(*texts[2:], *texts[:2], part=True)
        if sighting.plate_number in leader.text:
            # At the picture's edge a cut plate is sometimes taken for a whole one.
            return same_plate(*texts, part=True)
        return same_plate(*texts, part=sighting.complete is False)

    def best_shot(self, verdict: Verdict) -> Shot:
        """The best look at the voted text; the best of all where no look gave just that."""
        ranked = sorted(self.shots.values(), key=lambda shot: shot.rank, reverse=True)
        return next((s for s in ranked if s.sighting.plate_number == verdict.text), ranked[0])

    @property
    def color(self) -> PlateColor:
        """The colour most looks agree on; unknown only where none saw any."""
        known = {c: sure for c, sure in self.colors.items() if c is not PlateColor.UNKNOWN}
        return max(known, key=lambda c: (known[c], c.value)) if known else PlateColor.UNKNOWN

    @property
    def fixed(self) -> bool:
        """Whether it never moved from its first sight on: lettering, or a parked vehicle."""
        return self.reach < STILL and self.last_seen - self.first_seen >= _FIXED_MS

    @property
    def direction(self) -> Direction:
        """Where it went, from its first to its last whole place."""
        if self.looks < 2:  # noqa: PLR2004 (one look has no direction)
            return Direction.UNKNOWN
        if self.reach < STILL:
            return Direction.STANDING
        width = math.sqrt(self.begin.width * self.end.width)
        aside = (self.end.x - self.begin.x) / width
        nearer = _SIZE_AS_WIDTHS * math.log(self.end.height / self.begin.height)
        # Cameras look down on the road: what comes nearer moves down in the picture.
        nearer += (self.end.y - self.begin.y) / width
        if max(abs(aside), abs(nearer)) < STILL:
            return Direction.STANDING
        if abs(aside) > _SIDEWAYS * abs(nearer):
            return Direction.LEFT if aside < 0 else Direction.RIGHT
        return Direction.APPROACHING if nearer > 0 else Direction.LEAVING


def _shot(frame: FrameSightings, sighting: Sighting) -> BestShot:
    return BestShot(
        frame_id=frame.frame_id,
        event_id=sighting.event_id,
        captured_at=frame.captured_at,
        source=frame.source,
        plate_location=sighting.plate_location,
        confidence=sighting.confidence,
    )
