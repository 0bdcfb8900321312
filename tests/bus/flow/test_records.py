"""Outcomes to records."""

from dataclasses import replace

import pytest

from platestream.bus.configuration.settings import TopicSettings
from platestream.bus.delivery.publisher import Record
from platestream.bus.flow.messages import RecordBuilder
from platestream.contract.avro import LocalSchemaStore, decode
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import EventEncoder
from platestream.contract.schemas import SchemaName
from platestream.stream.outcome import FrameOutcome
from tests.stream.fakes import MODEL, frame, reading

STORE = LocalSchemaStore()


def builder(max_bytes: int = 1_000_000, results: str | None = None) -> RecordBuilder:
    return RecordBuilder(EventEncoder(STORE), TopicSettings(results=results), max_bytes)


def topics(records: tuple[Record, ...]) -> list[str]:
    return [record.topic for record in records]


def test_one_record_for_each_plate_in_their_order() -> None:
    outcome = FrameOutcome.read(frame(3), (reading(1), reading(2)), MODEL)
    told, records = builder().build(outcome, None)
    assert told is outcome
    assert topics(records) == ["plates", "plates"]
    events = [decode(record.value, SchemaName.PLATE_EVENT, STORE) for record in records]
    assert [event["plate_index"] for event in events] == [0, 1]
    assert all(record.key == b"camera-1" for record in records)


def test_a_frame_without_a_plate_gives_no_record_but_its_result() -> None:
    outcome = FrameOutcome.read(frame(3), (), MODEL)
    assert builder().build(outcome, None)[1] == ()
    (result,) = builder(results="r").build(outcome, None)[1]
    assert result.topic == "r"
    assert decode(result.value, SchemaName.FRAME_RESULT, STORE)["result"] == []


def test_a_failure_gives_its_record_and_its_result() -> None:
    outcome = FrameOutcome.failed(frame(3), FrameError(ErrorCode.PICTURE_SIZE), MODEL)
    told, records = builder(results="r").build(outcome, b"payload")
    assert told.kind == "failed"
    assert topics(records) == ["frames.failed", "r"]
    failure = decode(records[0].value, SchemaName.FRAME_FAILURE, STORE)
    assert failure["error_code"] == "AIS.0103"
    assert failure["payload"] == b"payload"


def test_a_payload_that_is_too_large_is_left_out() -> None:
    outcome = FrameOutcome.failed(frame(3), FrameError(ErrorCode.PICTURE_SIZE), MODEL)
    _, (failure,) = builder(20_000).build(outcome, bytes(20_000))
    assert decode(failure.value, SchemaName.FRAME_FAILURE, STORE)["payload"] is None


def test_attributes_that_are_too_large_are_left_out_last() -> None:
    large = replace(frame(3), attributes={f"a{n}": "x" * 1000 for n in range(40)})
    outcome = FrameOutcome.failed(large, FrameError(ErrorCode.PICTURE_SIZE), MODEL)
    told, (failure,) = builder(20_000).build(outcome, b"payload")
    record = decode(failure.value, SchemaName.FRAME_FAILURE, STORE)
    assert record["attributes"] == {}
    assert record["error_code"] == "AIS.0103"
    assert told.kind == "failed"
    assert len(failure.value) < 20_000


def test_an_answer_that_is_too_large_fails_the_frame() -> None:
    large = replace(frame(3), attributes={f"a{n}": "x" * 1000 for n in range(40)})
    told, records = builder(20_000, results="r").build(
        FrameOutcome.read(large, (reading(1),), MODEL), None
    )
    assert told.kind == "failed"
    assert topics(records) == ["frames.failed", "r"]
    assert decode(records[1].value, SchemaName.FRAME_RESULT, STORE)["error_code"] == "AIS.0105"


@pytest.mark.parametrize("confidence", [float("nan"), 2.0, -1.0])
def test_an_answer_outside_the_contract_fails_the_frame(confidence: float) -> None:
    broken = replace(reading(1), confidence=confidence)
    told, records = builder().build(FrameOutcome.read(frame(3), (reading(2), broken), MODEL), None)
    assert told.kind == "failed"
    assert topics(records) == ["frames.failed"]
    record = decode(records[0].value, SchemaName.FRAME_FAILURE, STORE)
    assert record["error_code"] == "AIS.0105"
    assert "TEST" not in record["error_msg"]


def test_the_last_resort_always_fits() -> None:
    # Four bytes a character, everything as long as the contract allows.
    longest = "\U0001f697" * 256
    large = replace(frame(3), frame_id=longest, camera_id=longest, attributes={"a": "x" * 1000})
    _, records = builder(results="r").last_resort(FrameOutcome.read(large, (reading(1),), MODEL))
    assert topics(records) == ["frames.failed", "r"]
    assert all(len(r.value) + len(r.key) + 512 < 16_384 for r in records)
