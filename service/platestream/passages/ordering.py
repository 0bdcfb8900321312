"""Order: frames come late, unordered, repeated and in parts; they leave whole and in time order."""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from platestream.passages.sighting import FrameSightings, Sighting

# A camera whose clock was set back sends nothing but frames that seem late. After so much time of
# its own, milliseconds, its new clock is believed: a bulk of repeats is shorter.
CLOCK_SET_BACK_MS: Final = 60_000


@dataclass(slots=True, kw_only=True)
class FrameOrder:
    """Frames of one camera that wait for those taken before them.

    Attributes:
        clock: The latest time seen, milliseconds; -1 before any.
        floor: Frames taken before this time are done with.
        waiting: The frames that wait, by key.
        keys: Their keys, sorted.
        late_from: Time of the first of the late frames that have come with none in time between
            them; -1 where the last one was in time.
    """

    clock: int = -1
    floor: int = 0
    waiting: dict[tuple[int, str], FrameSightings] = field(default_factory=dict)
    keys: list[tuple[int, str]] = field(default_factory=list)
    late_from: int = -1

    def is_late(self, captured_at: int) -> bool:
        """Whether frames of that time are done with."""
        return captured_at < self.floor

    def clock_set_back(self, captured_at: int) -> bool:
        """Whether this late frame shows that the camera's clock was set back."""
        if self.late_from < 0 or captured_at < self.late_from:
            self.late_from = captured_at
        return captured_at - self.late_from >= CLOCK_SET_BACK_MS

    def add(self, frame: FrameSightings) -> None:
        """Take a frame that is not late, or a part or repeat of one that waits."""
        self.late_from = -1
        known = self.waiting.get(frame.key)
        if known is None:
            insort(self.keys, frame.key)
            self.waiting[frame.key] = frame
        else:
            self.waiting[frame.key] = _put_together(known, frame)
        self.clock = max(self.clock, frame.captured_at)

    def taken(self, lateness_ms: int, most: int) -> Iterator[FrameSightings]:
        """Yield the frames that wait no longer, oldest first."""
        self.floor = max(self.floor, self.clock - lateness_ms)
        while self.keys and (self.keys[0][0] < self.floor or len(self.keys) > most):
            key = self.keys.pop(0)
            self.floor = max(self.floor, key[0] + 1)
            yield self.waiting.pop(key)


def _put_together(one: FrameSightings, other: FrameSightings) -> FrameSightings:
    """One frame out of two parts of it; of two messages that repeat it, the first one counts."""
    if _coordinates(one) != _coordinates(other):
        return min(one, other, key=_coordinates)
    return replace(one, sightings=in_order((*one.sightings, *other.sightings)))


def in_order(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Sightings without repeats, in an order that does not depend on how they came."""
    by_id: dict[str, Sighting] = {}
    for sighting in sightings:
        known = by_id.get(sighting.event_id)
        if known is None or _content(sighting) < _content(known):
            by_id[sighting.event_id] = sighting
    return tuple(by_id[key] for key in sorted(by_id))


def _coordinates(frame: FrameSightings) -> tuple[str, int, int]:
    return (frame.source.topic, frame.source.partition, frame.source.offset)


def _content(sighting: Sighting) -> tuple[str, float, str]:
    return (sighting.plate_number, sighting.confidence, repr(sighting.plate_location))
