"""A consumed message to a frame, or to the reason why it is none."""

from urllib.parse import urlsplit

from confluent_kafka import Message

from platestream.bus.partitions import Partition
from platestream.contract.avro import HEADER_BYTES, SchemaStore
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.frames import Frame, SourceRef, message_digest
from platestream.contract.messages import (
    Headers,
    MessageLimits,
    RejectedFrameError,
    decode_frame,
    identity_of,
)

_NO_REGISTRY = "The schema of the message could not be looked up."
_NO_TIMESTAMP = 0  # confluent_kafka.TIMESTAMP_NOT_AVAILABLE


class UnreadableYetError(FrameError):
    """A message that cannot be opened while the schema registry is away."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.TIMEOUT, _NO_REGISTRY)

    @property
    def transient(self) -> bool:
        """Always: the registry is at fault."""
        return True


def place_of(message: Message) -> tuple[Partition, int]:
    """The partition of ``message``, and its offset there."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise ValueError("a consumed message has coordinates")
    return Partition(topic, partition), offset


def source_of(message: Message) -> SourceRef:
    """The coordinates of ``message``, and what tells it from others there."""
    partition, offset = place_of(message)
    digest = message_digest(message.value(), _timestamp(message))
    return SourceRef(partition.topic, partition.number, offset, digest)


def _timestamp(message: Message) -> int | None:
    kind, at = message.timestamp()
    return None if kind == _NO_TIMESTAMP else at


def open_message(message: Message, store: SchemaStore, limits: MessageLimits) -> Frame:
    """The frame in ``message``.

    Raises:
        RejectedFrameError: If there is none; it carries the code and the best identity.
    """
    source = source_of(message)
    timestamp = _timestamp(message)
    try:
        headers = _headers(message)
    except UnicodeDecodeError:
        frame = identity_of(message.key(), None, source, timestamp, limits=limits)
        error = FrameError(ErrorCode.INVALID_PARAMETER, "A header's name is not UTF-8.")
        raise RejectedFrameError(frame, error) from None
    return decode_frame(
        message.value(), message.key(), headers, source, timestamp, store=store, limits=limits
    )


def _headers(message: Message) -> Headers | None:
    headers = message.headers()
    if headers is None:
        return None
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]


def identify(message: Message, limits: MessageLimits) -> Frame:
    """The best identity that ``message`` has without its body, as a frame with no picture."""
    timestamp = _timestamp(message)
    try:
        headers = _headers(message)
    except UnicodeDecodeError:
        headers = None
    return identity_of(message.key(), headers, source_of(message), timestamp, limits=limits)


def schema_of(message: Message) -> str:
    """What a message needs of the schema registry, as a name for it."""
    return f"schema {(message.value() or b'')[:HEADER_BYTES].hex()}"


def host_of(frame: Frame) -> str | None:
    """What a frame needs of the network: the host of its URL; None where it carries its picture."""
    if frame.url is None:
        return None
    try:
        parts = urlsplit(frame.url)
    except ValueError:  # no URL at all: the fetcher will say so
        return "host "
    return f"host {parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
