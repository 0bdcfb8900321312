"""Sightings: what goes into a passage. One plate reading of one frame of one camera."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from platestream.contract.frames import SourceRef
from platestream.contract.readings import ModelRef, PlateColor, PlateReading, Quad

NO_SOURCE: Final = SourceRef("", -1, -1)
NO_MODEL: Final = ModelRef("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One plate as one frame shows it.

    Attributes:
        event_id: Tells this sighting from all others, and is the same when its frame is delivered
            again: the ``event_id`` of a plate event.
        plate_number: The characters as read, a pseudonym, or empty.
        confidence: 0..1, the calibrated probability that the whole text is right.
        plate_location: Corners in pixels of the upright picture, clockwise from the plate's own
            top-left corner. All reckoning is in plate sizes, so the picture's size is not needed.
        plate_color: Background colour.
        complete: Whether the whole number can be seen; None where the models cannot tell.
        key_id: Id of the privacy key whose pseudonym ``plate_number`` is; None for a clear number.
            A pseudonym is opaque: it votes as a whole.
        model: The bundle that read it.
        char_confidences: 0..1 for each character of ``plate_number``; empty where unknown.
    """

    event_id: str
    plate_number: str
    confidence: float
    plate_location: Quad
    plate_color: PlateColor = PlateColor.UNKNOWN
    complete: bool | None = None
    key_id: str | None = None
    model: ModelRef = NO_MODEL
    char_confidences: tuple[float, ...] = ()

    @classmethod
    def of_reading(
        cls, reading: PlateReading, *, event_id: str, model: ModelRef = NO_MODEL
    ) -> "Sighting":
        """The sighting of a reading, clear or protected."""
        return cls(
            event_id=event_id,
            plate_number=reading.plate_number,
            confidence=reading.confidence,
            plate_location=reading.plate_location,
            plate_color=reading.plate_color,
            complete=reading.complete,
            key_id=key_id_of(reading.plate_number),
            model=model,
            char_confidences=reading.char_confidences,
        )


def key_id_of(plate_number: str) -> str | None:
    """Id of the privacy key in ``<key id>:<pseudonym>``; None for a clear number or an empty text.

    Plate numbers have no separators, so only a pseudonym has a colon.
    """
    key_id, colon, _ = plate_number.partition(":")
    return key_id if colon else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSightings:
    """What one frame of one camera shows; nothing, for most frames: those are the clock.

    A frame may come in parts (each plate event by itself, and the frame's result without plates):
    parts with the same ``frame_id`` and ``captured_at`` are put together.

    Attributes:
        camera_id: The camera.
        frame_id: The frame, unique within its camera.
        captured_at: When it was taken, milliseconds since the epoch.
        source: Coordinates of its message.
        sightings: Its plates.
    """

    camera_id: str
    frame_id: str
    captured_at: int
    source: SourceRef = NO_SOURCE
    sightings: tuple[Sighting, ...] = ()

    @classmethod
    def of_readings(
        cls,
        readings: Sequence[PlateReading],
        *,
        camera_id: str,
        frame_id: str,
        captured_at: int,
        model: ModelRef = NO_MODEL,
    ) -> "FrameSightings":
        """What a frame that is no message shows; its plates are numbered within it."""
        return cls(
            camera_id=camera_id,
            frame_id=frame_id,
            captured_at=captured_at,
            sightings=tuple(
                Sighting.of_reading(reading, event_id=f"{frame_id}/{number}", model=model)
                for number, reading in enumerate(readings)
            ),
        )

    @property
    def key(self) -> tuple[int, str]:
        """What a repeat of this frame has, too; sorts by time."""
        return (self.captured_at, self.frame_id)
