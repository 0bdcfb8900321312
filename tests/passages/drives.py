"""Vehicles that pass a camera, as sightings: no pictures, no models."""

import uuid
from collections.abc import Iterable, Sequence

from platestream.contract.frames import SourceRef
from platestream.contract.readings import PlateColor, Quad
from platestream.passages.passage import Passage
from platestream.passages.settings import PassageSettings
from platestream.passages.sighting import FrameSightings, Sighting
from platestream.passages.tracker import PassageTracker

BEGIN = 1_760_000_000_000
ORDERLY = PassageSettings(lateness_ms=0)


def corners(x: float, y: float, width: float = 100) -> Quad:
    """An upright plate of usual shape, centred."""
    left, right = round(x - width / 2), round(x + width / 2)
    top, bottom = round(y - width / 8), round(y + width / 8)
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def sighting(
    frame_id: str,
    text: str,
    *,
    x: float = 500,
    y: float = 300,
    width: float = 100,
    confidence: float = 0.97,
    complete: bool | None = True,
    key_id: str | None = None,
    color: PlateColor = PlateColor.BLUE,
) -> Sighting:
    return Sighting(
        event_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{frame_id}/{text}/{x}/{y}")),
        plate_number=text,
        confidence=confidence,
        plate_location=corners(x, y, width),
        plate_color=color,
        complete=complete,
        key_id=key_id,
    )


def frame(
    at: int, *sightings: Sighting, camera: str = "gate", frame_id: str | None = None
) -> FrameSightings:
    """A frame taken ``at`` milliseconds after the beginning."""
    return FrameSightings(
        camera_id=camera,
        frame_id=frame_id or f"f{at}",
        captured_at=BEGIN + at,
        source=SourceRef("frames", 0, at),
        sightings=sightings,
    )


def drive(
    text: str | Sequence[str],
    *,
    begin: int = 0,
    looks: int = 8,
    every: int = 100,
    x: tuple[float, float] = (500, 500),
    y: tuple[float, float] = (200, 500),
    width: tuple[float, float] = (60, 120),
    confidence: float = 0.97,
) -> list[FrameSightings]:
    """The frames that see one vehicle move evenly from the first to the last place."""
    frames = []
    for index in range(looks):
        part = index / max(looks - 1, 1)
        at = begin + index * every
        said = text if isinstance(text, str) else text[index]
        there = [low + (high - low) * part for low, high in (x, y, width)]
        one = sighting(
            f"f{at}", said, x=there[0], y=there[1], width=there[2], confidence=confidence
        )
        frames.append(frame(at, one))
    return frames


def together(*drives: Iterable[FrameSightings]) -> list[FrameSightings]:
    """Frames of several vehicles; those of one time are one frame."""
    by_time: dict[int, list[Sighting]] = {}
    for one in drives:
        for seen in one:
            by_time.setdefault(seen.captured_at - BEGIN, []).extend(seen.sightings)
    return [frame(at, *seen) for at, seen in sorted(by_time.items())]


def passages_of(
    frames: Iterable[FrameSightings], settings: PassageSettings = ORDERLY
) -> list[Passage]:
    tracker = PassageTracker(settings)
    found = [passage for one in frames for passage in tracker.observe(one)]
    return found + tracker.finish()
