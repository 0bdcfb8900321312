"""What goes out for a frame: plate events, a failure, the documented answer; as Avro records.

The ``*_record`` functions build plain dicts in the shape of the schemas; :class:`EventEncoder` puts
them into messages. Every message is keyed by the camera, so that one camera's events stay in order.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from platestream.contract.avro import SchemaStore, encode
from platestream.contract.errors import FrameError
from platestream.contract.forms import error_json, plate_result
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.readings import ModelRef, PlateReading
from platestream.contract.schemas import SchemaName, bundled_schemas

RecordKind = Literal["plate", "failure", "result"]

# Version 5 UUID of "io.platestream.v1.PlateEvent" in the standard namespace for object ids. Part of
# the contract: consumers recompute event ids with it.
EVENT_NAMESPACE: Final = uuid.UUID("2a6238fe-8ab1-513a-9402-3010b3fa1f45")

_SCHEMAS: Final[dict[RecordKind, SchemaName]] = {
    "plate": SchemaName.PLATE_EVENT,
    "failure": SchemaName.FRAME_FAILURE,
    "result": SchemaName.FRAME_RESULT,
}


def event_id(source: SourceRef, plate_index: int) -> str:
    """Return the id of one plate of one frame message: the same however often it is read.

    It is the version 5 UUID of ``topic/partition/offset/digest/plate_index`` in
    :data:`EVENT_NAMESPACE`, with the digest of :func:`~platestream.contract.frames.message_digest`.
    A topic's name cannot contain a slash, so two plates never share an id.
    """
    name = f"{source.topic}/{source.partition}/{source.offset}/{source.digest}/{plate_index}"
    return str(uuid.uuid5(EVENT_NAMESPACE, name))


def plate_records(
    frame: Frame, readings: Sequence[PlateReading], model: ModelRef, processed_at: int
) -> list[dict[str, Any]]:
    """Return one ``PlateEvent`` for each reading, in the order of the readings.

    Args:
        frame: The frame that was read.
        readings: Its plates; none gives no record.
        model: The bundle that read them.
        processed_at: Milliseconds since the epoch.

    Raises:
        FrameError: ``RECOGNITION_FAILED``: a reading is outside the contract.
    """
    return [
        {
            "event_id": event_id(frame.source, index),
            **_identity(frame),
            "processed_at": processed_at,
            "plate": plate_result(reading),
            "complete": reading.complete,
            "plate_index": index,
            "plate_count": len(readings),
            "model": _model(model),
        }
        for index, reading in enumerate(readings)
    ]


def failure_record(
    frame: Frame, error: FrameError, failed_at: int, payload: bytes | None = None
) -> dict[str, Any]:
    """Return the ``FrameFailure`` of a frame; with the message's value only where it is given."""
    return {
        **error_json(error),
        **_identity(frame),
        "failed_at": failed_at,
        "payload": payload,
    }


def result_record(
    frame: Frame,
    outcome: Sequence[PlateReading] | FrameError,
    model: ModelRef,
    processed_at: int,
) -> dict[str, Any]:
    """Return the ``FrameResult`` of a frame: its readings, possibly none, or its error.

    Raises:
        FrameError: ``RECOGNITION_FAILED``: a reading is outside the contract.
    """
    answer: dict[str, Any] = {
        "result": None, "details": [], "error_code": None, "error_msg": None,
    }  # fmt: skip
    if isinstance(outcome, FrameError):
        answer |= error_json(outcome)
    else:
        answer["result"] = [plate_result(reading) for reading in outcome]
        answer["details"] = [
            {
                "event_id": event_id(frame.source, index),
                "complete": reading.complete,
                "char_confidences": [float(value) for value in reading.char_confidences],
            }
            for index, reading in enumerate(outcome)
        ]
    return {
        **_identity(frame),
        "processed_at": processed_at,
        **answer,
        "model": _model(model),
    }


def _identity(frame: Frame) -> dict[str, Any]:
    return {
        "frame_id": frame.frame_id,
        "camera_id": frame.camera_id,
        "captured_at": frame.captured_at,
        "source": {
            "topic": frame.source.topic,
            "partition": frame.source.partition,
            "offset": frame.source.offset,
        },
        "attributes": dict(frame.attributes),
    }


def _model(model: ModelRef) -> dict[str, str]:
    return {"name": model.name, "version": model.version}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRecord:
    """One message to publish; which topic a ``kind`` goes to is the publisher's business.

    Attributes:
        kind: What it is.
        key: The camera's id, UTF-8.
        value: The Avro record in the Confluent wire format.
        headers: ``schema`` (full name), and ``event_id`` of a plate or ``error_code`` of a failure,
            so that a consumer can drop repeats or sort failures without decoding.
    """

    kind: RecordKind
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class EventEncoder:
    """Makes the messages that a finished frame leads to. Stateless and thread-safe.

    Args:
        store: Where the ids of the schemas come from.
    """

    def __init__(self, store: SchemaStore) -> None:
        self._store = store

    def plates(
        self, frame: Frame, readings: Sequence[PlateReading], model: ModelRef, processed_at: int
    ) -> tuple[OutputRecord, ...]:
        """Return one message for each plate; see :func:`plate_records`."""
        return tuple(
            self._encode("plate", record, ("event_id", record["event_id"]))
            for record in plate_records(frame, readings, model, processed_at)
        )

    def failure(
        self, frame: Frame, error: FrameError, failed_at: int, payload: bytes | None = None
    ) -> OutputRecord:
        """Return the message for ``frames.failed``; see :func:`failure_record`."""
        record = failure_record(frame, error, failed_at, payload)
        return self._encode("failure", record, ("error_code", record["error_code"]))

    def result(
        self,
        frame: Frame,
        outcome: Sequence[PlateReading] | FrameError,
        model: ModelRef,
        processed_at: int,
    ) -> OutputRecord:
        """Return the audit message for ``frames.results``; see :func:`result_record`."""
        return self._encode("result", result_record(frame, outcome, model, processed_at))

    def _encode(
        self, kind: RecordKind, record: dict[str, Any], *headers: tuple[str, str]
    ) -> OutputRecord:
        name = _SCHEMAS[kind]
        described = (("schema", bundled_schemas()[name].fullname), *headers)
        return OutputRecord(
            kind=kind,
            key=record["camera_id"].encode(),
            value=encode(name, record, self._store),
            headers=tuple((header, value.encode()) for header, value in described),
        )
