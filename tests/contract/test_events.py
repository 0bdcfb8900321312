import hashlib
import io
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import fastavro
import pytest
from fastavro.schema import load_schema
from hypothesis import given
from hypothesis import strategies as st

from platestream.contract.avro import decode
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import (
    EVENT_NAMESPACE,
    EventEncoder,
    OutputRecord,
    event_id,
    failure_record,
    plate_records,
    result_record,
)
from platestream.contract.frames import SourceRef, message_digest
from platestream.contract.messages import identity_of
from platestream.contract.readings import PlateColor, PlateReading
from platestream.contract.schemas import SchemaName, schema_folder
from tests.contract.samples import MODEL, READING, SOURCE, STORE, frame

ENCODER = EventEncoder(STORE)
ERROR = FrameError(ErrorCode.PICTURE_DAMAGED, "It ends early.")
SOURCES = st.builds(
    SourceRef,
    st.from_regex(r"[a-zA-Z0-9._-]{1,249}", fullmatch=True),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**63 - 1),
    st.sampled_from(["", message_digest(b"one", 1), message_digest(b"other", 1)]),
)
CORNER = st.tuples(st.integers(0, 8192), st.integers(0, 8192))
READINGS = st.lists(
    st.builds(
        PlateReading,
        plate_number=st.text(st.characters(categories=["L", "N"]), max_size=9),
        plate_color=st.sampled_from(PlateColor),
        plate_location=st.tuples(CORNER, CORNER, CORNER, CORNER),
        confidence=st.floats(0, 1),
        rows=st.sampled_from([1, 2]),
        char_confidences=st.just(()),
        detection_score=st.floats(0, 1),
        complete=st.none() | st.booleans(),
    ),
    max_size=4,
)


def as_a_stranger(record: OutputRecord, name: SchemaName) -> dict[str, Any]:
    """What a consumer has who owns nothing but the file of the schema."""
    schema = load_schema(str(Path(str(schema_folder())) / f"{name}.avsc"))
    assert record.value[0] == 0
    body = io.BytesIO(record.value[5:])
    read = fastavro.schemaless_reader(body, schema)
    assert body.read() == b""
    assert isinstance(read, dict)
    return read


def test_namespace_is_what_the_documentation_says() -> None:
    assert uuid.uuid5(uuid.NAMESPACE_OID, "io.platestream.v1.PlateEvent") == EVENT_NAMESPACE


def test_event_id_is_fixed_for_ever() -> None:
    """Changing this makes every consumer take repeats across an upgrade for new plates."""
    source = SourceRef("frames", 1, 7, message_digest(b"frame", 1_767_225_600_000))
    assert event_id(source, 0) == "c0a01474-a203-51cb-8ec9-4685df24fd70"


def test_event_id_can_be_computed_from_the_message_as_the_documentation_says() -> None:
    digest = hashlib.sha256(b"1767225600000/frame").hexdigest()
    name = f"frames/1/7/{digest}/0"
    source = SourceRef("frames", 1, 7, message_digest(b"frame", 1_767_225_600_000))
    assert event_id(source, 0) == str(uuid.uuid5(EVENT_NAMESPACE, name))


def test_messages_that_differ_in_time_or_value_have_different_digests() -> None:
    digests = {message_digest(value, at) for value in (None, b"1", b"/1") for at in (None, 1, 11)}
    assert len(digests) == 9


@given(SOURCES, SOURCES, st.integers(0, 99), st.integers(0, 99))
def test_event_ids_differ_exactly_where_their_plates_do(
    one: SourceRef, other: SourceRef, first: int, second: int
) -> None:
    assert (event_id(one, first) == event_id(other, second)) == ((one, first) == (other, second))


@given(READINGS)
def test_plate_events_carry_the_readings(readings: list[PlateReading]) -> None:
    records = ENCODER.plates(frame(), readings, MODEL, 1_767_225_600_123)
    assert len(records) == len(readings)
    for index, (record, reading) in enumerate(zip(records, readings, strict=True)):
        event = decode(record.value, SchemaName.PLATE_EVENT, STORE)
        assert event == plate_records(frame(), readings, MODEL, 1_767_225_600_123)[index]
        assert event["plate"]["plate_number"] == reading.plate_number
        assert event["plate"]["plate_location"] == [list(xy) for xy in reading.plate_location]
        assert event["plate"]["confidence"] == reading.confidence
        assert event["complete"] is reading.complete
        assert (event["plate_index"], event["plate_count"]) == (index, len(readings))


def test_plate_event_as_a_stranger_reads_it() -> None:
    first, second = ENCODER.plates(frame(), [READING, READING], MODEL, 1_767_225_600_123)
    assert first.kind == "plate"
    assert first.key == b"gate-3"
    event = as_a_stranger(second, SchemaName.PLATE_EVENT)
    assert event["captured_at"].isoformat() == "2026-01-01T00:00:00+00:00"
    assert event["processed_at"].isoformat() == "2026-01-01T00:00:00.123000+00:00"
    assert event["source"] == {"topic": "frames", "partition": 3, "offset": 41}
    assert event["model"] == {"name": "bundled", "version": "0"}
    assert event["attributes"] == {"lane": "2"}
    assert event["event_id"] == event_id(SOURCE, 1)
    assert dict(second.headers) == {
        "schema": b"io.platestream.v1.PlateEvent",
        "event_id": event["event_id"].encode(),
    }


def test_failure_as_a_stranger_reads_it() -> None:
    record = ENCODER.failure(frame(), ERROR, 1_767_225_600_000)
    assert record.kind == "failure"
    assert dict(record.headers)["error_code"] == b"AIS.0104"
    failure = as_a_stranger(record, SchemaName.FRAME_FAILURE)
    assert failure["error_code"] == "AIS.0104"
    assert failure["error_msg"] == "The picture cannot be decoded. It ends early."
    assert failure["source"] == {"topic": "frames", "partition": 3, "offset": 41}
    assert failure["payload"] is None


def test_failure_keeps_the_payload_only_when_given() -> None:
    record = ENCODER.failure(frame(), ERROR, 5, b"\x00raw")
    assert decode(record.value, SchemaName.FRAME_FAILURE, STORE)["payload"] == b"\x00raw"


def test_failure_of_a_message_without_a_frame() -> None:
    identity = identity_of(b"\xff\xfe", None, SOURCE, None)
    record = ENCODER.failure(identity, ERROR, 5)
    assert record.key == b"unknown"
    assert decode(record.value, SchemaName.FRAME_FAILURE, STORE)["frame_id"] == "frames-3-41"


@pytest.mark.parametrize(
    ("outcome", "result", "code"),
    [([READING], 1, None), ([], 0, None), (ERROR, None, "AIS.0104")],
)
def test_result_is_plates_or_error_never_both(
    outcome: list[PlateReading] | FrameError, result: int | None, code: str | None
) -> None:
    record = ENCODER.result(frame(), outcome, MODEL, 9)
    answer = as_a_stranger(record, SchemaName.FRAME_RESULT)
    assert record.kind == "result"
    assert (None if answer["result"] is None else len(answer["result"])) == result
    assert answer["error_code"] == code
    assert (answer["error_msg"] is None) == (code is None)
    assert decode(record.value, SchemaName.FRAME_RESULT, STORE) == result_record(
        frame(), outcome, MODEL, 9
    )


def test_no_record_holds_the_picture() -> None:
    picture = frame().image
    assert picture is not None
    records = [
        *ENCODER.plates(frame(), [READING], MODEL, 9),
        ENCODER.failure(frame(), ERROR, 9),
        ENCODER.result(frame(), [READING], MODEL, 9),
    ]
    assert not any(picture in record.value for record in records)
    assert failure_record(frame(), ERROR, 9)["payload"] is None


def test_headers_and_keys_hold_no_plate_text() -> None:
    for record in ENCODER.plates(frame(), [READING], MODEL, 9):
        text = repr((record.key, record.headers))
        assert "12345" not in text


@pytest.mark.slow
def test_documented_reader_decodes_a_plate_event(tmp_path: Path) -> None:
    """The reader printed in docs/CONTRACT.md, as it stands there, in its own process."""
    document = Path(__file__).resolve().parents[2] / "docs" / "CONTRACT.md"
    code = document.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    (record,) = ENCODER.plates(frame(), [READING], MODEL, 9)
    (tmp_path / "event.bin").write_bytes(record.value)
    (tmp_path / "schemas").symlink_to(str(schema_folder()))
    (tmp_path / "reader.py").write_text(
        code + "\nprint(read_event(open('event.bin', 'rb').read())['plate']['plate_number'])\n",
        encoding="utf-8",
    )
    printed = subprocess.run(
        [sys.executable, "-X", "utf8", "reader.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert printed.stdout.strip() == READING.plate_number
