"""Records in and out: frames' results as the tracker takes them, passages and alerts as Avro."""

from dataclasses import asdict, dataclass
from typing import Any

from platestream.contract.avro import SchemaStore, encode
from platestream.contract.events import event_id
from platestream.contract.frames import SourceRef
from platestream.contract.readings import ModelRef, PlateColor, Quad
from platestream.contract.schemas import SchemaName, bundled_schemas
from platestream.passages.passage import Passage
from platestream.passages.sighting import FrameSightings, Sighting, key_id_of

_CORNERS = 4


@dataclass(frozen=True, slots=True)
class EngineRecord:
    """One message to publish.

    Attributes:
        schema: What it is; its topic follows from that.
        key: The camera's id, UTF-8.
        value: The Avro record in the Confluent wire format.
        headers: ``schema`` (full name) and the record's id.
    """

    schema: SchemaName
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class ReadFrame:
    """What a result says.

    Attributes:
        frame: What the frame shows.
        characters: Of each of its sightings the confidences of the characters, where they are told.
    """

    frame: FrameSightings
    characters: tuple[tuple[float, ...], ...]


def read_result(result: dict[str, Any]) -> ReadFrame:
    """What a ``FrameResult`` says; a frame that failed shows nothing, and is part of the clock.

    Results of older versions do not say the ids of their plates' events: theirs are made of the
    frame's coordinates alone.
    """
    source = SourceRef(**result["source"])
    details = result["details"]
    plates = result["result"] or ()
    sightings: list[Sighting] = []
    characters: list[tuple[float, ...]] = []
    for index, plate in enumerate(plates):
        corners = _quad(plate["plate_location"])
        if corners is None:
            continue
        detail = details[index] if len(details) == len(plates) else None
        characters.append(tuple(detail["char_confidences"]) if detail else ())
        sightings.append(
            Sighting(
                event_id=detail["event_id"] if detail else event_id(source, index),
                plate_number=plate["plate_number"],
                confidence=plate["confidence"],
                plate_location=corners,
                plate_color=PlateColor(plate["plate_color"]),
                complete=detail["complete"] if detail else None,
                key_id=key_id_of(plate["plate_number"]),
                model=ModelRef(**result["model"]),
            )
        )
    frame = FrameSightings(
        camera_id=result["camera_id"],
        frame_id=result["frame_id"],
        captured_at=result["captured_at"],
        source=source,
        sightings=tuple(sightings),
    )
    return ReadFrame(frame, tuple(characters))


def passage_record(passage: Passage) -> dict[str, Any]:
    """The Avro record ``Passage``."""
    best = passage.best_shot
    return {
        "passage_id": passage.passage_id,
        "camera_id": passage.camera_id,
        "first_seen": passage.first_seen,
        "last_seen": passage.last_seen,
        "dwell_ms": passage.dwell_ms,
        "looks": passage.looks,
        "plate": plate_record(
            passage.plate_number, passage.plate_color, best.plate_location, passage.confidence
        ),
        "complete": passage.complete,
        "direction": passage.direction.value,
        "best_shot": {
            "event_id": best.event_id,
            "frame_id": best.frame_id,
            "captured_at": best.captured_at,
            "plate_location": [list(corner) for corner in best.plate_location],
            "confidence": best.confidence,
            "source": source_record(best.source),
        },
        "model": asdict(passage.model),
        "key_id": passage.key_id or "",
    }


def plate_record(
    plate_number: str, plate_color: PlateColor, corners: Quad, confidence: float
) -> dict[str, Any]:
    """The Avro record ``LicensePlateResult``."""
    return {
        "plate_number": plate_number,
        "plate_color": plate_color.value,
        "plate_location": [list(corner) for corner in corners],
        "confidence": confidence,
    }


def source_record(source: SourceRef) -> dict[str, Any]:
    """The Avro record ``SourceRef``."""
    return {"topic": source.topic, "partition": source.partition, "offset": source.offset}


def encoded(
    schema: SchemaName, record: dict[str, Any], id_field: str, store: SchemaStore
) -> EngineRecord:
    """The message of a record that is keyed by its camera."""
    headers = (("schema", bundled_schemas()[schema].fullname), (id_field, record[id_field]))
    return EngineRecord(
        schema=schema,
        key=record["camera_id"].encode(),
        value=encode(schema, record, store),
        headers=tuple((name, text.encode()) for name, text in headers),
    )


def _quad(corners: list[list[int]]) -> Quad | None:
    """Four corners; None where it is not four, which only foreign producers write."""
    if len(corners) != _CORNERS or any(len(corner) != 2 for corner in corners):  # noqa: PLR2004
        return None
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    return ((ax, ay), (bx, by), (cx, cy), (dx, dy))
