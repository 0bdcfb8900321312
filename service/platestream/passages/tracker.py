"""The tracker of one camera: frames in, passages out."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Final, Self

from platestream.passages.association import associate, same_name
from platestream.passages.ordering import FrameOrder, in_order
from platestream.passages.passage import Passage, passage_id
from platestream.passages.place import Place
from platestream.passages.settings import PassageSettings
from platestream.passages.sighting import FrameSightings, Sighting
from platestream.passages.standing import StandingPlaces
from platestream.passages.state import CameraState, pack, unpack
from platestream.passages.track import Track
from platestream.passages.vote import vote

# Most plates taken of one frame: as many as the service itself ever reports at its defaults.
MAX_SIGHTINGS: Final = 100
# Weight of the newest interval in the frame interval, and the longest one that counts: a camera
# that sends only when something moves pauses for longer.
_INTERVAL_FRESH: Final = 0.2
_LONGEST_INTERVAL_MS: Final = 2000


class PassageTracker:
    """Makes passages of the frames of one camera. Not thread-safe.

    Time is the cameras' own, never this machine's. What comes out depends only on the frames, not
    on the order they come in, as long as none is later than ``lateness_ms`` behind the newest; nor
    on repeats, nor on whether the tracker was saved and restored in between.

    A passage is told once, when its vehicle was not seen for a while, or after the longest time.

    Args:
        settings: How long, how far, how sure; defaults when None.
        camera_id: The camera; None takes the first frame's.
    """

    def __init__(
        self, settings: PassageSettings | None = None, *, camera_id: str | None = None
    ) -> None:
        self._settings = settings if settings is not None else PassageSettings()
        self._camera_id = camera_id
        self._order = FrameOrder()
        self._tracks: list[Track] = []
        self._standing = StandingPlaces()
        self._interval_ms = 0.0
        self._last_frame = -1
        self.late_frames = 0

    @property
    def clock_ms(self) -> int:
        """The latest time seen, milliseconds since the epoch; -1 before any frame."""
        return self._order.clock

    @property
    def open_tracks(self) -> int:
        """How many vehicles are followed now."""
        return len(self._tracks)

    @property
    def is_idle(self) -> bool:
        """Whether time alone will bring out nothing more: no frame waits, nothing is followed."""
        return not self._tracks and not self._order.keys

    def observe(self, frame: FrameSightings) -> list[Passage]:
        """Take a frame, a part of one or a repeat.

        Returns:
            The passages that are over by the frame's time.

        Raises:
            ValueError: If it is another camera's frame.
        """
        if self._camera_id is None:
            self._camera_id = frame.camera_id
        if frame.camera_id != self._camera_id:
            raise ValueError("a tracker follows one camera; this frame is another one's")
        passages: list[Passage] = []
        if self._order.is_late(frame.captured_at):
            self.late_frames += 1
            if not self._order.clock_set_back(frame.captured_at):
                return passages
            passages = self.finish()
        self._order.add(dataclasses.replace(frame, sightings=in_order(frame.sightings)))
        return [*passages, *self._proceed()]

    def advance(self, now_ms: int) -> list[Passage]:
        """Let time pass without a frame.

        Args:
            now_ms: What the camera's clock would say now. For a camera that fell silent: its
                ``clock_ms`` and the time since then.

        Returns:
            The passages that are over by then.
        """
        if self._order.clock < 0:
            return []
        self._order.clock = max(self._order.clock, now_ms)
        return self._proceed()

    def finish(self) -> list[Passage]:
        """End everything, as at the end of a video; the tracker is then as good as new."""
        self._order.clock = max(self._order.clock, 0)
        passages: list[Passage] = []
        for frame in self._order.taken(-1, 0):
            passages += self._take(frame)
        passages += self._ended(self._tracks)
        self._order, self._tracks, self._standing = FrameOrder(), [], StandingPlaces()
        self._interval_ms, self._last_frame = 0.0, -1
        return passages

    def to_state(self) -> bytes:
        """The whole state, compact; a few hundred bytes per vehicle in the picture."""
        return pack(
            CameraState(
                camera_id=self._camera_id,
                order=self._order,
                tracks=self._tracks,
                standing=self._standing,
                interval_ms=self._interval_ms,
                last_frame=self._last_frame,
                late_frames=self.late_frames,
            )
        )

    @classmethod
    def from_state(cls, state: bytes, settings: PassageSettings | None = None) -> Self:
        """A tracker that goes on where the state was taken.

        Raises:
            StateError: If the state is damaged or of an unknown version.
        """
        saved = unpack(state)
        tracker = cls(settings, camera_id=saved.camera_id)
        tracker._order = saved.order
        tracker._tracks = saved.tracks
        tracker._standing = saved.standing
        tracker._interval_ms = saved.interval_ms
        tracker._last_frame = saved.last_frame
        tracker.late_frames = saved.late_frames
        return tracker

    def _proceed(self) -> list[Passage]:
        settings = self._settings
        passages: list[Passage] = []
        for frame in self._order.taken(settings.lateness_ms, settings.max_waiting_frames):
            passages += self._take(frame)
        passages += self._end_before(self._order.floor)
        return passages

    def _take(self, frame: FrameSightings) -> Iterator[Passage]:
        at = frame.captured_at
        yield from self._end_before(at)
        if self._last_frame >= 0:
            interval = min(at - self._last_frame, _LONGEST_INTERVAL_MS)
            fresh = _INTERVAL_FRESH if self._interval_ms else 1.0
            self._interval_ms += fresh * (interval - self._interval_ms)
        self._last_frame = at
        if not frame.sightings:
            return
        if len(frame.sightings) > MAX_SIGHTINGS:
            surest = sorted(frame.sightings, key=lambda one: (-one.confidence, one.event_id))
            frame = dataclasses.replace(frame, sightings=in_order(surest[:MAX_SIGHTINGS]))
        found = associate(self._tracks, frame)
        for track, sighting, place in found.matched:
            self._look(track, frame, sighting, place)
        seen = {id(track) for track, *_ in found.matched}
        for track, *_ in found.matched:
            self._join_fragment(track, seen)
        for sighting, place in found.new:
            track = Track.of(frame, sighting, place)
            self._look(track, frame, sighting, place)
            self._tracks.append(track)
            seen.add(id(track))
        for track in self._tracks:
            if at - track.first_seen >= self._settings.longest_s * 1000 and not track.told:
                yield from self._told(track)
        yield from self._make_room()

    def _look(self, track: Track, frame: FrameSightings, sighting: Sighting, place: Place) -> None:
        track.add(frame, sighting, place)
        gap = max(self._settings.gap_ms, self._settings.gap_frames * self._interval_ms)
        track.expires = frame.captured_at + round(gap)

    def _join_fragment(self, track: Track, seen: set[int]) -> None:
        """What began as a vehicle of its own, misread, may turn out to be one known before."""
        for other in self._tracks:
            if id(other) not in seen and same_name(other, track):
                first, second = sorted(
                    (other, track), key=lambda one: (one.first_seen, one.first_event_id)
                )
                motion = track.motion
                first.join(second)
                first.motion = motion
                self._tracks = [one for one in self._tracks if one is not second]
                seen.add(id(first))
                return

    def _make_room(self) -> Iterator[Passage]:
        surplus = len(self._tracks) - self._settings.max_tracks
        if surplus > 0:
            ordered = sorted(self._tracks, key=lambda one: (one.last_seen, one.first_event_id))
            yield from self._end(ordered[:surplus])

    def _end_before(self, at: int) -> list[Passage]:
        over = [track for track in self._tracks if track.expires < at]
        return self._end(over) if over else []

    def _end(self, over: Iterable[Track]) -> list[Passage]:
        ending = {id(track) for track in over}
        ended = [track for track in self._tracks if id(track) in ending]
        self._tracks = [track for track in self._tracks if id(track) not in ending]
        return self._ended(ended)

    def _ended(self, tracks: Iterable[Track]) -> list[Passage]:
        passages: list[Passage] = []
        memory_ms = self._settings.standing_memory_s * 1000
        for track in sorted(tracks, key=lambda one: (one.expires, one.first_event_id)):
            passages += self._told(track)
            self._standing.remember(track, memory_ms)
        return passages

    def _told(self, track: Track) -> list[Passage]:
        """The passage of a track; none where it is told already, is no news or is too unsure."""
        if track.told:
            return []
        verdict = vote(track.box)
        if verdict.confidence < self._settings.least_confidence(track.looks, fixed=track.fixed):
            return []
        known = self._standing.find(track, self._settings.standing_memory_s * 1000)
        track.told = known is None or known.told
        if known is not None:
            return []
        best = track.best_shot(verdict)
        camera_id = self._camera_id or ""
        return [
            Passage(
                passage_id=passage_id(camera_id, track.first_event_id),
                camera_id=camera_id,
                plate_number=verdict.text,
                plate_color=track.color,
                confidence=verdict.confidence,
                complete=track.complete,
                first_seen=track.first_seen,
                last_seen=track.last_seen,
                looks=track.looks,
                direction=track.direction,
                best_shot=best.shot,
                model=best.sighting.model,
                key_id=verdict.key_id,
            )
        ]
