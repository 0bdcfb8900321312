"""The message that a replayed frame becomes, and the producers that publish it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from platestream.bus.clients.client_log import logged
from platestream.bus.configuration.properties import producer_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import RECORD_ERRORS, BusError, error_of
from platestream.bus.replay.originals import POLL_SECONDS, Header, Headers, Original
from platestream.bus.replay.selection import root_of
from platestream.contract.identity import (
    ATTRIBUTE_HEADER_PREFIX,
    REPLAYED_FROM,
    UNKNOWN_CAMERA,
)

_MARK: Final = ATTRIBUTE_HEADER_PREFIX + REPLAYED_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedFrame:
    """A message for the frames topic.

    Attributes:
        value: The value of the message that failed.
        key: Its key, or else the camera.
        headers: Its headers, the identity where they do not say it, and where it comes from.
        partition: Where its camera's frames are; -1 to go by the key.
        described: Which frame it is, for messages.
    """

    value: bytes
    key: bytes | None
    headers: Headers
    partition: int
    described: str


def replayed(
    failure: Mapping[str, Any], original: Original, partition: int, trace: Sequence[Header] = ()
) -> ReplayedFrame:
    """``original`` as a new message that tells the same frame, camera and time.

    Args:
        failure: The record of its failure.
        original: What there is of its message.
        partition: Where it goes; -1 to go by its key.
        trace: The trace that the record is part of, for where the message's own is not known.
    """
    identity: Headers = [
        ("frame_id", failure["frame_id"].encode()),
        ("camera_id", failure["camera_id"].encode()),
        ("captured_at", str(failure["captured_at"]).encode()),
    ]
    if original.headers is None:
        # Only the record is left, so what it says stands in for what the headers said.
        key = original.key
        if key is None and failure["camera_id"] != UNKNOWN_CAMERA:
            key = failure["camera_id"].encode()
        attributes = failure["attributes"].items()
        headers = [*identity, *trace] + [
            (ATTRIBUTE_HEADER_PREFIX + name, text.encode())
            for name, text in attributes
            if name != REPLAYED_FROM
        ]
    else:
        # What the sender stated stays, even what cannot be used: for that the frame fails again,
        # rather than be given a guess.
        key = original.key
        last = {name: value for name, value in original.headers if value is not None}
        headers = [header for header in original.headers if header[0] != _MARK]
        headers += [header for header in identity if not last.get(header[0])]
    root = root_of(failure)
    return ReplayedFrame(
        value=original.value,
        key=key,
        headers=[*headers, (_MARK, root.encode())],
        partition=partition,
        described=f"the frame of {root}",
    )


Positions = dict[int, int]
"""By partition of the failures topic: all before it is settled."""

# A frame that came in once may go in again; the brokers and topics have the last word.
_OWN: Final = {
    "message.max.bytes": 256 * 1024 * 1024,
    # A message that is larger than the queue would wait for ever. How much is really queued is
    # bounded by how many frames are published at once.
    "queue.buffering.max.kbytes": 2 * 256 * 1024,
    "compression.type": "none",  # pictures are compressed already
}
# Longer than a message may take (message.timeout.ms), so that each has its answer.
_FLUSH_SECONDS: Final = 150.0


class Publisher(Protocol):
    """Where replayed frames go."""

    def open(self) -> None:
        """Begin, before the position of a group is asked for."""

    def publish(self, frames: Sequence[ReplayedFrame], positions: Positions) -> None:
        """Publish ``frames``; with them everything before ``positions`` is settled.

        Raises:
            BusError: One of them was not published.
        """

    def serve(self) -> None:
        """Answer the brokers, while something else is waited for."""


class NullPublisher:
    """Publishes nothing: a dry run."""

    def open(self) -> None:
        """Nothing to open."""

    def publish(self, frames: Sequence[ReplayedFrame], positions: Positions) -> None:
        """Pass them over."""

    def serve(self) -> None:
        """Nothing to answer."""


class FrameProducer:
    """A producer that remembers what was not delivered.

    Args:
        configuration: librdkafka's settings.
        topic: The frames topic.
    """

    def __init__(self, configuration: Mapping[str, Any], topic: str) -> None:
        self.producer = Producer({**logged(configuration), **_OWN, "error_cb": lambda _: None})
        self._topic = topic
        self._problem: str | None = None

    def send(self, frame: ReplayedFrame) -> None:
        """Hand a frame to the producer.

        Raises:
            BusError: This or an earlier one cannot be delivered.
        """

        def on_delivery(error: KafkaError | None, _message: Message) -> None:
            if error is not None and self._problem is None:
                self._problem = _problem(frame, error)

        while True:
            self.check()
            try:
                self.producer.produce(
                    self._topic,
                    value=frame.value,
                    key=frame.key,
                    headers=frame.headers,
                    partition=frame.partition,
                    on_delivery=on_delivery,
                )
            except BufferError:
                self.serve(POLL_SECONDS)
            except KafkaException as exception:
                raise BusError(_problem(frame, error_of(exception))) from exception
            else:
                return

    def serve(self, seconds: float = 0.0) -> None:
        """Take acknowledgements.

        Raises:
            BusError: The producer is at its end.
        """
        _answered(partial(self.producer.poll, seconds))

    def flush(self, seconds: float) -> None:
        """Wait until everything is acknowledged.

        Raises:
            BusError: Something was not delivered, or not in time.
        """
        left = _answered(partial(self.producer.flush, seconds))
        self.check()
        if left:
            raise BusError("not everything was published in time")

    def check(self) -> None:
        """See that nothing failed.

        Raises:
            BusError: Something was not delivered.
        """
        if self._problem is not None:
            raise BusError(self._problem)


class PlainPublisher:
    """Publishes frames and keeps no position: without a group nobody goes on from there.

    Args:
        settings: Cluster and topics.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._producer = FrameProducer(producer_configuration(settings), settings.topics.frames)

    def open(self) -> None:
        """Nothing to open."""

    def publish(self, frames: Sequence[ReplayedFrame], positions: Positions) -> None:  # noqa: ARG002
        """Send them, and wait until all are acknowledged.

        Raises:
            BusError: One of them was not.
        """
        for frame in frames:
            self._producer.send(frame)
        self._producer.flush(_FLUSH_SECONDS)

    def serve(self) -> None:
        """Take acknowledgements."""
        self._producer.serve()


def _answered(call: Callable[[], int]) -> int:
    """The answer of a call in which acknowledgements are taken."""
    try:
        return int(call())
    except KafkaException as exception:
        raise BusError(error_of(exception).str()) from exception
    except SystemError as confused:
        # The client raises a fatal error, then calls us to acknowledge with that still raised.
        cause = confused.__cause__ or confused.__context__
        told = error_of(cause).str() if isinstance(cause, KafkaException) else str(confused)
        raise BusError(told) from confused


def _problem(frame: ReplayedFrame, error: KafkaError) -> str:
    said = f"{frame.described} was not published: {error.str()}"
    if error.code() in RECORD_ERRORS:
        said += "; raise the topic's max.message.bytes, or leave its camera or code out"
    return said
