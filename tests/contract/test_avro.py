import io
import json
from pathlib import Path
from typing import Any

import avro.io
import avro.schema
import fastavro
import pytest
from fastavro.schema import load_schema
from hypothesis import given
from hypothesis import strategies as st

from platestream.contract.avro import (
    HEADER_BYTES,
    LocalSchemaStore,
    UnknownSchemaError,
    decode,
    encode,
    local_schema_id,
)
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import plate_records
from platestream.contract.schemas import SchemaName, released_schemas, schema_folder
from tests.contract.samples import MODEL, READING, STORE, frame

RECORD: dict[str, Any] = {
    "frame_id": "f-1",
    "camera_id": "gate-3",
    "captured_at": 1_767_225_600_000,
    "image": b"\xff\xd8\xff" + b"x" * 50,
    "url": None,
    "attributes": {"lane": "2"},
}
MESSAGE = encode(SchemaName.FRAME_EVENT, RECORD, STORE)
# Characters that UTF-8 can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FRAME_EVENTS = st.fixed_dictionaries(
    {
        "frame_id": TEXT,
        "camera_id": TEXT,
        "captured_at": st.integers(-(2**63), 2**63 - 1),
        "image": st.none() | st.binary(max_size=200),
        "url": st.none() | TEXT,
        "attributes": st.dictionaries(TEXT, TEXT, max_size=4),
    }
)


def detail_of(message: bytes, name: SchemaName = SchemaName.FRAME_EVENT) -> str:
    with pytest.raises(FrameError) as raised:
        decode(message, name, STORE)
    assert raised.value.code is ErrorCode.INVALID_PARAMETER
    return raised.value.detail


def assert_read_or_refused(message: bytes) -> None:
    """Nothing but a whole record or the documented error comes of ``message``."""
    code: ErrorCode | None = None
    try:
        fields = decode(message, SchemaName.FRAME_EVENT, STORE).keys()
    except FrameError as error:
        code, fields = error.code, RECORD.keys()
    assert code in (None, ErrorCode.INVALID_PARAMETER)
    assert fields == RECORD.keys()


def test_local_ids_are_fixed() -> None:
    """Documented in docs/CONTRACT.md: stored messages depend on them."""
    assert {str(name): STORE.schema_id(name) for name in SchemaName} == {
        "LicensePlateResult": 0x50530101,
        "FrameEvent": 0x50530102,
        "PlateEvent": 0x50530203,
        "FrameFailure": 0x50530104,
        "FrameResult": 0x50530305,
        "Passage": 0x50530306,
        "Alert": 0x50530307,
        "HotlistEntry": 0x50530308,
    }
    assert local_schema_id(SchemaName.FRAME_EVENT, 2) == 0x50530202


def test_a_message_of_an_older_version_is_read() -> None:
    """Stored plate events of version 1 do not say whether the plate is complete."""
    schema = released_schemas()[1][SchemaName.PLATE_EVENT]
    (record,) = plate_records(frame(), [READING], MODEL, 7)
    body = io.BytesIO()
    old = {name: value for name, value in record.items() if name != "complete"}
    fastavro.schemaless_writer(body, schema.parsed, old)
    message = b"\x00" + (0x50530103).to_bytes(4, "big") + body.getvalue()
    assert decode(message, SchemaName.PLATE_EVENT, STORE) == {**record, "complete": None}


def test_store_gives_back_the_schema_of_an_id() -> None:
    for name in SchemaName:
        assert STORE.writer(STORE.schema_id(name)).fullname == f"io.platestream.v1.{name}"
    with pytest.raises(UnknownSchemaError):
        LocalSchemaStore().writer(1)


@given(FRAME_EVENTS)
def test_round_trip(record: dict[str, Any]) -> None:
    message = encode(SchemaName.FRAME_EVENT, record, STORE)
    assert message[:HEADER_BYTES] == b"\x00PS\x01\x02"
    assert decode(message, SchemaName.FRAME_EVENT, STORE) == record


def test_independent_readers_take_what_we_write() -> None:
    path = Path(str(schema_folder())) / "FrameEvent.avsc"
    body = MESSAGE[HEADER_BYTES:]
    by_fastavro = fastavro.schemaless_reader(io.BytesIO(body), load_schema(str(path)))
    schema = avro.schema.parse(path.read_text(encoding="utf-8"))
    by_apache = avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(io.BytesIO(body)))
    for read in (by_fastavro, by_apache):
        assert isinstance(read, dict)
        assert read["captured_at"].timestamp() * 1000 == RECORD["captured_at"]
        assert {**read, "captured_at": RECORD["captured_at"]} == RECORD


def test_we_read_what_an_independent_writer_wrote() -> None:
    path = Path(str(schema_folder())) / "FrameEvent.avsc"
    schema = avro.schema.parse(path.read_text(encoding="utf-8"))
    out = io.BytesIO(MESSAGE[:HEADER_BYTES])
    out.seek(HEADER_BYTES)
    plain = json.loads(
        json.dumps(schema.to_json()).replace(', "logicalType": "timestamp-millis"', "")
    )
    writer = avro.io.DatumWriter(avro.schema.parse(json.dumps(plain)))
    writer.write(RECORD, avro.io.BinaryEncoder(out))
    assert decode(out.getvalue(), SchemaName.FRAME_EVENT, STORE) == RECORD


def test_every_cut_is_refused() -> None:
    for length in range(len(MESSAGE)):
        assert "cut short" in detail_of(MESSAGE[:length])


@given(st.binary(min_size=1, max_size=20))
def test_trailing_bytes_are_refused(extra: bytes) -> None:
    assert detail_of(MESSAGE + extra).startswith(f"{len(extra)} bytes follow the end")


def test_wrong_ids_are_refused() -> None:
    assert "id 7 is not known" in detail_of(b"\x00\x00\x00\x00\x07" + MESSAGE[5:])
    plate = b"\x00" + STORE.schema_id(SchemaName.PLATE_EVENT).to_bytes(4, "big")
    assert "is io.platestream.v1.PlateEvent, not" in detail_of(plate + MESSAGE[5:])
    assert "missing" in detail_of(b"\x01" + MESSAGE[1:])


@given(st.binary(max_size=200))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    assert_read_or_refused(MESSAGE[:HEADER_BYTES] + body)


@given(st.integers(HEADER_BYTES, len(MESSAGE) - 1), st.integers(0, 255))
def test_any_changed_byte_is_read_or_refused(place: int, byte: int) -> None:
    changed = bytearray(MESSAGE)
    changed[place] = byte
    assert_read_or_refused(bytes(changed))


def test_a_length_below_zero_or_beyond_the_message_is_refused() -> None:
    header = MESSAGE[:HEADER_BYTES]
    for length in (b"\x09", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\xfe\xff\xff\xff\x0f"):
        detail_of(header + b"\x00\x00\x00\x02" + length + b"abcdef")
        detail_of(header + length + b"abcdef")


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        (SchemaName.FRAME_EVENT, "captured_at", 1.7),
        (SchemaName.FRAME_EVENT, "captured_at", 2**63),
        (SchemaName.FRAME_EVENT, "captured_at", True),
        (SchemaName.FRAME_EVENT, "frame_id", None),
        (SchemaName.FRAME_EVENT, "frame_id", "\ud800"),
        (SchemaName.FRAME_EVENT, "image", "text"),
        (SchemaName.FRAME_EVENT, "attributes", {"a": 1}),
        (SchemaName.FRAME_EVENT, "more", 1),
        (SchemaName.LICENSE_PLATE_RESULT, "confidence", float("nan")),
        (SchemaName.LICENSE_PLATE_RESULT, "confidence", float("inf")),
        (SchemaName.LICENSE_PLATE_RESULT, "plate_location", [[2**31, 0]]),
        (SchemaName.LICENSE_PLATE_RESULT, "plate_location", [[0.5, 0]]),
        (SchemaName.LICENSE_PLATE_RESULT, "plate_color", "pink"),
    ],
)
def test_a_record_that_does_not_fit_is_not_written(
    name: SchemaName, field: str, value: object
) -> None:
    records = {
        SchemaName.FRAME_EVENT: RECORD,
        SchemaName.LICENSE_PLATE_RESULT: {
            "plate_number": "京A12345",
            "plate_color": "blue",
            "plate_location": [[0, 0], [9, 0], [9, 9], [0, 9]],
            "confidence": 0.9,
        },
    }
    assert encode(name, records[name], STORE)
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is checked below
        encode(name, records[name] | {field: value}, STORE)
    assert "京A12345" not in str(raised.value)


def test_a_field_left_out_is_not_written() -> None:
    for field in RECORD:
        with pytest.raises(ValueError, match=field):
            encode(
                SchemaName.FRAME_EVENT,
                {key: value for key, value in RECORD.items() if key != field},
                STORE,
            )
