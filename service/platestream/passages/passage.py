"""Passages: what comes out. One vehicle that passed one camera."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from platestream.contract.frames import SourceRef
from platestream.contract.readings import ModelRef, PlateColor, Quad

# Version 5 UUID of "io.platestream.v1.Passage" in the standard namespace for object ids. Part of
# the contract: consumers recompute passage ids with it.
PASSAGE_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_OID, "io.platestream.v1.Passage")


class Direction(StrEnum):
    """Where a vehicle went, as the camera sees it."""

    APPROACHING = "approaching"
    LEAVING = "leaving"
    LEFT = "left"
    RIGHT = "right"
    STANDING = "standing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BestShot:
    """The sighting that shows the plate best: the surest one that says what the vote says.

    Attributes:
        frame_id: Its frame.
        event_id: The sighting.
        captured_at: Milliseconds since the epoch.
        source: Coordinates of the frame's message.
        plate_location: Corners of the plate, pixels.
        confidence: What that one sighting's confidence was.
    """

    frame_id: str
    event_id: str
    captured_at: int
    source: SourceRef
    plate_location: Quad
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One vehicle that passed one camera.

    Attributes:
        passage_id: UUID version 5 of ``camera_id/event_id`` of the first sighting: the same however
            often the frames are delivered.
        camera_id: The camera.
        plate_number: The voted text; the most likely pseudonym; or empty.
        plate_color: The voted background colour.
        confidence: 0..1, the probability that the voted text is right.
        complete: Whether the whole number was seen in at least one look; None where the models
            could never tell.
        first_seen: Milliseconds since the epoch.
        last_seen: Milliseconds since the epoch.
        looks: How many sightings it is made of.
        direction: Where it went.
        best_shot: The sighting that shows it best.
        model: The bundle that read the best shot.
        key_id: Id of the privacy key whose pseudonym ``plate_number`` is; None for a clear number.
    """

    passage_id: str
    camera_id: str
    plate_number: str
    plate_color: PlateColor
    confidence: float
    complete: bool | None
    first_seen: int
    last_seen: int
    looks: int
    direction: Direction
    best_shot: BestShot
    model: ModelRef
    key_id: str | None = None

    @property
    def dwell_ms(self) -> int:
        """How long it was seen, milliseconds."""
        return self.last_seen - self.first_seen


def passage_id(camera_id: str, first_event_id: str) -> str:
    """Return the id of the passage that begins with a sighting."""
    return str(uuid.uuid5(PASSAGE_NAMESPACE, f"{camera_id}/{first_event_id}"))
