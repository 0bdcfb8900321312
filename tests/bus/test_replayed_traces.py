"""A replayed frame goes on with the trace that it was part of."""

from typing import Any

from platestream.bus.replay.originals import Original
from platestream.bus.replay.publishing import replayed

FAILURE: dict[str, Any] = {
    "frame_id": "f1",
    "camera_id": "gate-3",
    "captured_at": 1_700_000_000_000,
    "source": {"topic": "frames", "partition": 0, "offset": 7},
    "attributes": {},
}
OF_THE_SENDER = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
OF_THE_RECORD = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01")


def parents(original: Original) -> list[str | bytes | None]:
    message = replayed(FAILURE, original, 0, [OF_THE_RECORD])
    return [value for name, value in message.headers if name == "traceparent"]


def test_the_message_s_own_trace_stays() -> None:
    assert parents(Original(b"v", b"k", [OF_THE_SENDER])) == [OF_THE_SENDER[1]]
    assert parents(Original(b"v", b"k", [])) == []


def test_where_the_record_alone_is_left_its_trace_goes_on() -> None:
    assert parents(Original(b"v")) == [OF_THE_RECORD[1]]
