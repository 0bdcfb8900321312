"""The traces of frames, where tracing is on: from the headers of their messages."""

from confluent_kafka import Message

from platestream.bus.flow.messages import headers_of, place_of
from platestream.telemetry.tracing import FrameTrace, installed


def begin_trace(message: Message) -> FrameTrace | None:
    """Begin the trace of ``message``; None where tracing is off."""
    tracing = installed()
    if tracing is None:
        return None
    partition, offset = place_of(message)
    try:
        headers = headers_of(message)
    except UnicodeDecodeError:  # the frame will fail for it
        headers = None
    return tracing.consumed(partition.topic, partition.number, offset, headers or ())
