"""Messages in and out: what a frame message holds, and which records an outcome becomes."""

from dataclasses import replace
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import structlog
from confluent_kafka import Message

from platestream.bus.configuration.settings import TopicSettings
from platestream.bus.delivery.publisher import Record
from platestream.bus.partitions import Partition
from platestream.contract.avro import HEADER_BYTES, SchemaStore
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import EventEncoder, OutputRecord, RecordKind
from platestream.contract.frames import Frame, SourceRef, message_digest
from platestream.contract.messages import (
    Headers,
    MessageLimits,
    RejectedFrameError,
    decode_frame,
    identity_of,
)
from platestream.stream.outcome import FrameOutcome

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
    digest = message_digest(message.value(), timestamp_of(message))
    return SourceRef(partition.topic, partition.number, offset, digest)


def timestamp_of(message: Message) -> int | None:
    """The time of ``message``, milliseconds since the epoch; None where it has none."""
    kind, at = message.timestamp()
    return None if kind == _NO_TIMESTAMP else at


def open_message(message: Message, store: SchemaStore, limits: MessageLimits) -> Frame:
    """The frame in ``message``.

    Raises:
        RejectedFrameError: If there is none; it carries the code and the best identity.
    """
    source = source_of(message)
    timestamp = timestamp_of(message)
    try:
        headers = headers_of(message)
    except UnicodeDecodeError:
        frame = identity_of(message.key(), None, source, timestamp, limits=limits)
        error = FrameError(ErrorCode.INVALID_PARAMETER, "A header's name is not UTF-8.")
        raise RejectedFrameError(frame, error) from None
    return decode_frame(
        message.value(), message.key(), headers, source, timestamp, store=store, limits=limits
    )


def headers_of(message: Message) -> Headers | None:
    """The headers of ``message``, or raise ``UnicodeDecodeError``: a name is not UTF-8."""
    headers = message.headers()
    if headers is None:
        return None
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]


def identify(message: Message, limits: MessageLimits) -> Frame:
    """The best identity that ``message`` has without its body, as a frame with no picture."""
    timestamp = timestamp_of(message)
    try:
        headers = headers_of(message)
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


# What the protocol adds to key, value and headers of a record that travels alone: 61 bytes for the
# batch, some 30 for the record. Generous, since a megabyte is the scale.
_OVERHEAD: Final = 512
_TOO_LARGE: Final = "Its answer does not fit into one record."

_log = structlog.get_logger(__name__)


class RecordBuilder:
    """Makes the records of a finished frame.

    Args:
        encoder: Writes them.
        topics: Where each kind goes.
        max_record_bytes: Largest record.
    """

    def __init__(self, encoder: EventEncoder, topics: TopicSettings, max_record_bytes: int) -> None:
        self._encoder = encoder
        self._max_bytes = max_record_bytes
        self._topics: dict[RecordKind, str] = {"plate": topics.plates, "failure": topics.failures}
        if topics.results is not None:
            self._topics["result"] = topics.results

    def build(
        self, outcome: FrameOutcome, payload: bytes | None
    ) -> tuple[FrameOutcome, tuple[Record, ...]]:
        """All records of ``outcome``, each of a size that may be sent.

        A failure that is too large loses its payload, then its attributes. An answer that cannot be
        written or sent makes the frame a failed one: the end of a frame is never silence.

        Args:
            outcome: The end of a frame.
            payload: The frame message's value, where failures are to carry it.

        Returns:
            The outcome that the records tell, and the records in the order to send them.
        """
        if outcome.error is None:
            try:
                records = self._encode(outcome, None)
                problem = None if self._fit(records) else _TOO_LARGE
            except (FrameError, ValueError) as error:
                _log.warning("answer_not_written", error=type(error).__name__)
                problem = error.detail if isinstance(error, FrameError) else ""
            if problem is None:
                return outcome, records
            outcome = self._as_failure(outcome, problem)
        records = self._encode(outcome, payload)
        if payload is not None and not self._fit(records):
            records = self._encode(outcome, None)
        if not self._fit(records):
            return self.last_resort(outcome)
        return outcome, records

    def last_resort(self, outcome: FrameOutcome) -> tuple[FrameOutcome, tuple[Record, ...]]:
        """The smallest failure that still says which frame it was."""
        failed = outcome if outcome.error is not None else self._as_failure(outcome, _TOO_LARGE)
        frame = replace(failed.frame, attributes=MappingProxyType({}))
        smallest = replace(failed, frame=frame)
        return smallest, self._encode(smallest, None)

    def _as_failure(self, outcome: FrameOutcome, detail: str) -> FrameOutcome:
        error = FrameError(ErrorCode.RECOGNITION_FAILED, detail)
        return replace(outcome, readings=None, error=error)

    def _encode(self, outcome: FrameOutcome, payload: bytes | None) -> tuple[Record, ...]:
        frame, model, at = outcome.frame, outcome.model, outcome.processed_at
        made: list[OutputRecord] = []
        if outcome.kind == "skipped":
            pass  # its result alone tells of it
        elif outcome.error is not None:
            made.append(self._encoder.failure(frame, outcome.error, at, payload))
        else:
            made.extend(self._encoder.plates(frame, outcome.readings or (), model, at))
        if "result" in self._topics:
            answer = outcome.error if outcome.error is not None else outcome.readings or ()
            made.append(self._encoder.result(frame, answer, model, at))
        onward = frame.trace.deliver() if frame.trace is not None and made else ()
        return tuple(
            Record(self._topics[record.kind], record.key, record.value, record.headers + onward)
            for record in made
        )

    def _fit(self, records: tuple[Record, ...]) -> bool:
        return all(_size(record) <= self._max_bytes for record in records)


def _size(record: Record) -> int:
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key) + len(record.value) + headers + _OVERHEAD
