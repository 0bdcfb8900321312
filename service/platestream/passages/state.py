"""State: a tracker as bytes and back, exactly.

JSON of nested lists in a fixed order, UTF-8, after one byte for the version: it needs no library,
floats come back as they were, and whoever looks into a store can read it.
"""

import json
from dataclasses import astuple, dataclass, fields
from typing import Any, Final

from platestream.contract.frames import SourceRef
from platestream.contract.readings import ModelRef, PlateColor
from platestream.passages.ordering import FrameOrder
from platestream.passages.passage import BestShot
from platestream.passages.place import Motion, Place
from platestream.passages.sighting import FrameSightings, Sighting
from platestream.passages.standing import Standing, StandingPlaces
from platestream.passages.track import Shot, Track
from platestream.passages.vote import Ballot, BallotBox

# Raised with every change of what is written below or of what a field means.
VERSION: Final = 2
# Version 1 has no ``told`` in what stood: all of it had been told.
_READABLE: Final = (1, VERSION)


class StateError(Exception):
    """A saved state that cannot be used; the text holds nothing of it."""


@dataclass(slots=True, kw_only=True)
class CameraState:
    """All that a tracker knows."""

    camera_id: str | None
    order: FrameOrder
    tracks: list[Track]
    standing: StandingPlaces
    interval_ms: float
    last_frame: int
    late_frames: int


def pack(state: CameraState) -> bytes:
    """The state as bytes."""
    order = state.order
    content = [
        state.camera_id,
        [order.clock, order.floor, order.late_from],
        [_frame(order.waiting[key]) for key in order.keys],
        [_track(track) for track in state.tracks],
        [_fields(one) for one in state.standing.known],
        [state.interval_ms, state.last_frame, state.late_frames],
    ]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return bytes([VERSION]) + text.encode()


def unpack(data: bytes) -> CameraState:
    """The state out of bytes.

    Raises:
        StateError: If they are damaged or of an unknown version.
    """
    if not data or data[0] not in _READABLE:
        raise StateError(f"the state is of none of the versions {_READABLE}")
    try:
        camera_id, (clock, floor, late_from), waiting, tracks, standing, rest = json.loads(data[1:])
        frames = [_frame_of(one, camera_id) for one in waiting]
        return CameraState(
            camera_id=camera_id,
            order=FrameOrder(
                clock=clock,
                floor=floor,
                late_from=late_from,
                waiting={frame.key: frame for frame in frames},
                keys=[frame.key for frame in frames],
            ),
            tracks=[_track_of(one) for one in tracks],
            standing=StandingPlaces([_standing_of(one) for one in standing]),
            interval_ms=rest[0],
            last_frame=rest[1],
            late_frames=rest[2],
        )
    except (ValueError, TypeError, KeyError, IndexError):
        # No cause: its text would show plate numbers.
        raise StateError("the state is damaged") from None


def _fields(value: Any) -> list[Any]:
    """The fields of a dataclass in their order, one level deep."""
    return [getattr(value, field.name) for field in fields(value)]


def _source(source: SourceRef) -> list[Any]:
    return list(astuple(source))


def _sighting(sighting: Sighting) -> list[Any]:
    model = [sighting.model.name, sighting.model.version]
    return [*_fields(sighting)[:-2], model, sighting.char_confidences]


def _sighting_of(content: list[Any]) -> Sighting:
    event_id, number, confidence, corners, color, complete, key_id, model, sure = content
    return Sighting(
        event_id=event_id,
        plate_number=number,
        confidence=confidence,
        plate_location=_quad(corners),
        plate_color=PlateColor(color),
        complete=complete,
        key_id=key_id,
        model=ModelRef(*model),
        char_confidences=tuple(sure),
    )


def _quad(corners: list[list[int]]) -> Any:
    return tuple((x, y) for x, y in corners)


def _frame(frame: FrameSightings) -> list[Any]:
    plates = [_sighting(one) for one in frame.sightings]
    return [frame.frame_id, frame.captured_at, _source(frame.source), plates]


def _frame_of(content: list[Any], camera_id: str) -> FrameSightings:
    frame_id, captured_at, source, plates = content
    return FrameSightings(
        camera_id=camera_id,
        frame_id=frame_id,
        captured_at=captured_at,
        source=SourceRef(*source),
        sightings=tuple(_sighting_of(one) for one in plates),
    )


def _shot(shot: Shot) -> list[Any]:
    best = shot.shot
    return [best.frame_id, best.captured_at, _source(best.source), _sighting(shot.sighting)]


def _shot_of(content: list[Any]) -> Shot:
    frame_id, captured_at, source, plate = content
    sighting = _sighting_of(plate)
    best = BestShot(
        frame_id=frame_id,
        event_id=sighting.event_id,
        captured_at=captured_at,
        source=SourceRef(*source),
        plate_location=sighting.plate_location,
        confidence=sighting.confidence,
    )
    return Shot(shot=best, sighting=sighting)


def _track(track: Track) -> list[Any]:
    motion = track.motion
    return [
        [track.first_event_id, track.first_seen, track.last_seen, track.expires],
        _fields(motion),
        [track.begin, track.whole, track.end, track.rest, track.rests_since],
        [track.looks, track.complete, track.reach, track.told],
        [_fields(ballot) for ballot in track.box.ballots.values()],
        [_shot(shot) for shot in track.shots.values()],
        [[color.value, sure] for color, sure in track.colors.items()],
    ]


def _track_of(content: list[Any]) -> Track:
    who, motion, places, rest, ballots, shots, colors = content
    place, at, speed_x, speed_y, growth, known = motion
    begin, whole, end, resting, rests_since = places
    box = BallotBox()
    for text, key_id, cut, looks, weight, surest in ballots:
        ballot = Ballot(
            text=text, key_id=key_id, cut=cut, looks=looks, weight=weight, surest=surest
        )
        box.ballots[text, cut] = ballot
    kept = [_shot_of(one) for one in shots]
    return Track(
        first_event_id=who[0],
        first_seen=who[1],
        last_seen=who[2],
        expires=who[3],
        motion=Motion(
            place=Place(*place),
            at=at,
            speed_x=speed_x,
            speed_y=speed_y,
            growth=growth,
            known=known,
        ),
        begin=Place(*begin),
        whole=whole,
        end=Place(*end),
        rest=Place(*resting),
        rests_since=rests_since,
        looks=rest[0],
        complete=rest[1],
        reach=rest[2],
        told=rest[3],
        box=box,
        shots={shot.ballot_key: shot for shot in kept},
        colors={PlateColor(color): sure for color, sure in colors},
    )


def _standing_of(content: list[Any]) -> Standing:
    place, last_seen, text, confidence, opaque, *told = content
    return Standing(
        place=Place(*place),
        last_seen=last_seen,
        text=text,
        confidence=confidence,
        opaque=opaque,
        told=told[0] if told else True,
    )
