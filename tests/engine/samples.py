"""Results of frames as the service writes them, made without pictures."""

from typing import Any

from platestream.contract.avro import LocalSchemaStore, decode, encode
from platestream.contract.events import result_record
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.readings import ModelRef, PlateColor, PlateReading
from platestream.contract.schemas import SchemaName

STORE = LocalSchemaStore()
MODEL = ModelRef("base", "1")
START = 1_767_225_600_000


def reading(
    number: str = "AB12345",
    x: int = 100,
    *,
    y: int = 100,
    confidence: float = 0.95,
    characters: tuple[float, ...] = (),
    complete: bool | None = True,
) -> PlateReading:
    """A plate of 60 x 20 pixels whose left edge is at ``x``."""
    return PlateReading(
        plate_number=number,
        plate_color=PlateColor.BLUE,
        plate_location=((x, y), (x + 60, y), (x + 60, y + 20), (x, y + 20)),
        confidence=confidence,
        rows=1,
        char_confidences=characters,
        detection_score=0.9,
        complete=complete,
    )


def result(
    camera: str,
    number: int,
    *readings: PlateReading,
    interval_ms: int = 200,
    processed_at: int | None = None,
) -> dict[str, Any]:
    """The result of the ``number``-th frame of a camera that sends five a second."""
    at = START + number * interval_ms
    frame = Frame(
        frame_id=f"{camera}/{number}",
        camera_id=camera,
        captured_at=at,
        source=SourceRef("frames", 0, number, digest=camera),
        attributes={},
    )
    return result_record(frame, readings, MODEL, at + 300 if processed_at is None else processed_at)


def message(record: dict[str, Any]) -> bytes:
    """Its form on the topic."""
    return encode(SchemaName.FRAME_RESULT, record, STORE)


def opened(schema: SchemaName, value: bytes) -> dict[str, Any]:
    """What is in a message of ours."""
    return decode(value, schema, STORE)
