"""Messages to frames, where it is Kafka's side that is odd."""

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_NOT_AVAILABLE, Message

from platestream.bus.flow.messages import open_message
from platestream.contract.errors import ErrorCode
from platestream.contract.events import event_id
from platestream.contract.messages import DEFAULT_LIMITS, RejectedFrameError
from tests.bus.messages import STORE
from tests.stream.fakes import picture


def test_a_bare_picture_takes_its_identity_from_its_message() -> None:
    message = Message(
        topic="frames",
        partition=3,
        offset=17,
        key=b"gate",
        value=picture(1),
        headers=[("frame_id", b"f"), ("attr.lane", b"2"), ("empty", None)],
        timestamp=(TIMESTAMP_CREATE_TIME, 1_700_000_000_000),
    )
    frame = open_message(message, STORE, DEFAULT_LIMITS)
    assert (frame.frame_id, frame.camera_id) == ("f", "gate")
    assert frame.captured_at == 1_700_000_000_000
    assert frame.attributes == {"lane": "2"}
    assert (frame.source.topic, frame.source.partition, frame.source.offset) == ("frames", 3, 17)
    assert frame.image == picture(1)


def test_a_tombstone_is_rejected_with_its_coordinates() -> None:
    message = Message(topic="frames", partition=0, offset=5, timestamp=(TIMESTAMP_NOT_AVAILABLE, 0))
    with pytest.raises(RejectedFrameError) as caught:
        open_message(message, STORE, DEFAULT_LIMITS)
    assert caught.value.code is ErrorCode.INVALID_PARAMETER
    assert caught.value.frame.source.offset == 5


def test_a_header_whose_name_is_no_text_is_rejected() -> None:
    class Odd:
        """A message as the client library gives it when a header's name is not UTF-8."""

        def topic(self) -> str:
            return "frames"

        def partition(self) -> int:
            return 0

        def offset(self) -> int:
            return 1

        def key(self) -> bytes:
            return b"gate"

        def value(self) -> bytes:
            return picture(1)

        def timestamp(self) -> tuple[int, int]:
            return TIMESTAMP_CREATE_TIME, 1_700_000_000_000

        def headers(self) -> None:
            b"\xff".decode()

    with pytest.raises(RejectedFrameError) as caught:
        open_message(Odd(), STORE, DEFAULT_LIMITS)  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.INVALID_PARAMETER
    assert caught.value.frame.camera_id == "gate"


def message(value: bytes, at: int, offset: int = 7) -> Message:
    return Message(
        topic="frames",
        partition=1,
        offset=offset,
        value=value,
        timestamp=(TIMESTAMP_CREATE_TIME, at),
    )


def id_of(value: bytes, at: int, offset: int = 7) -> str:
    return event_id(open_message(message(value, at, offset), STORE, DEFAULT_LIMITS).source, 0)


def test_plates_of_different_frames_at_the_same_coordinates_have_different_ids() -> None:
    """A topic that was made anew counts its offsets from 0 again."""
    first, second = picture(1), picture(2)
    moment = 1_700_000_000_000
    assert id_of(first, moment) == id_of(first, moment), "a repeat is recognized"
    url = b'{"url": "http://camera.example/now.jpg"}'
    ids = [
        id_of(first, moment),
        id_of(second, moment),
        id_of(first, moment, offset=8),
        id_of(url, moment),
        id_of(url, moment + 1),  # the same text, another picture
    ]
    assert len(set(ids)) == len(ids)
