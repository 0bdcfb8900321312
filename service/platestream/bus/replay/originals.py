"""The message that a failure record tells of: still on its topic, or else kept in the record.

Its coordinates alone do not prove which message it is. A topic may have been deleted and made anew,
or its log cut after an unclean election: then another message stands where the failed one stood,
and to replay that one would attach its plates to the camera and the time of the first. So a message
counts only if what the service would tell of it is what the failure record tells.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import (
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from platestream.bus.errors import BusError, error_of, is_fatal
from platestream.bus.flow.message import identify, open_message
from platestream.contract.avro import SchemaStore
from platestream.contract.frames import Frame
from platestream.contract.messages import DEFAULT_LIMITS, RejectedFrameError

# A live broker answers in milliseconds; an election takes seconds.
ANSWER_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.2
Headers = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True, slots=True)
class Original:
    """The frame message that failed, as far as it can be had.

    Attributes:
        value: Its value.
        key: Its key; None where it has none, or is not known.
        headers: Its headers; None where they are not known.
    """

    value: bytes
    key: bytes | None = None
    headers: Headers | None = None


class Originals:
    """Finds them.

    Args:
        configuration: librdkafka's settings of the consumer that reads them again.
        store: Looks up the schemas of frames.
        serve: Called now and then while an answer is waited for.
    """

    def __init__(
        self, configuration: dict[str, Any], store: SchemaStore, serve: Callable[[], object]
    ) -> None:
        self._consumer = Consumer(configuration)
        self._store = store
        self._serve = serve
        self._partitions: dict[str, frozenset[int]] | None = None

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()

    def partitions(self, topic: str) -> frozenset[int]:
        """The partitions of ``topic``; none where there is no such topic.

        Raises:
            BusError: The cluster does not say.
        """
        if self._partitions is None:
            try:
                # All topics, not one by name: the client waits long for a topic that is gone.
                found = self._consumer.list_topics(timeout=ANSWER_SECONDS).topics
            except KafkaException as exception:
                raise BusError(error_of(exception).str()) from exception
            self._partitions = {name: frozenset(of.partitions) for name, of in found.items()}
        return self._partitions.get(topic, frozenset())

    def find(self, failure: Mapping[str, Any]) -> Original | None:
        """The message of a ``FrameFailure``; None when it is no longer kept.

        The topic comes first even where the record keeps the payload: there it has its key and its
        headers, which the record does not keep.

        Raises:
            BusError: The cluster does not say.
            RegistryUnavailableError: The schema of a message could not be looked up.
        """
        message = self._read(failure["source"])
        if message is not None:
            value = message.value()
            if value is not None and is_the_failed_one(message, failure, self._store):
                return Original(value, message.key(), _headers(message))
        payload = failure["payload"]
        return None if payload is None else Original(payload)

    def _read(self, source: Mapping[str, Any]) -> Message | None:
        """What stands at ``source`` now."""
        where = TopicPartition(source["topic"], source["partition"], source["offset"])
        if where.offset < 0 or where.partition not in self.partitions(where.topic):
            return None
        self._consumer.assign([where])
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            message = self._consumer.poll(POLL_SECONDS)
            self._serve()
            if message is None:
                continue
            error = message.error()
            if error is None:
                # Another offset: compaction or retention took it between two looks.
                return message if message.offset() == where.offset else None
            if error.code() in (
                KafkaError._PARTITION_EOF,  # noqa: SLF001
                KafkaError._AUTO_OFFSET_RESET,  # noqa: SLF001
                KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
                KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
                KafkaError.UNKNOWN_TOPIC_OR_PART,
            ):
                return None
            if is_fatal(error):
                raise BusError(error.str())
        raise BusError(f"no answer for {where.topic} [{where.partition}] at {where.offset}")


def _headers(message: Message) -> Headers | None:
    try:
        given = message.headers() or []
    except UnicodeDecodeError:  # a name that is not UTF-8, which no client can send again
        return None
    return list(given.items()) if isinstance(given, dict) else list(given)


# The time of a message is its sender's, whose clock may be ahead of ours; brokers let it be ahead
# by an hour (message.timestamp.after.max.ms). It only matters where all of the identity fits.
_CLOCKS_APART_MS: Final = 60 * 60 * 1000


def is_the_failed_one(message: Message, failure: Mapping[str, Any], store: SchemaStore) -> bool:
    """Whether ``message`` provably is what ``failure`` tells of.

    Without a stated time a frame was captured at the time of its message, in milliseconds, so even
    a bare picture has something to be known by. One whose message has no usable time either cannot
    be proven.

    Raises:
        RegistryUnavailableError: The schema of the message could not be looked up.
    """
    payload = failure["payload"]
    if payload is not None and payload != message.value():
        return False
    kind, at = message.timestamp()
    if kind != TIMESTAMP_NOT_AVAILABLE and at > failure["failed_at"] + _CLOCKS_APART_MS:
        return False
    return any(_is_told(frame, failure) for frame in _identities(message, store))


def _identities(message: Message, store: SchemaStore) -> Iterator[Frame]:
    """What the service may have told of ``message``, without and with its body.

    Without it where the body could not be opened then: its schema was unknown or out of reach.
    """
    yield identify(message, DEFAULT_LIMITS)
    try:
        yield open_message(message, store, DEFAULT_LIMITS)
    except RejectedFrameError as rejected:
        yield rejected.frame


def _is_told(frame: Frame, failure: Mapping[str, Any]) -> bool:
    told = failure["attributes"]
    return (
        frame.frame_id == failure["frame_id"]
        and frame.camera_id == failure["camera_id"]
        and frame.captured_at == failure["captured_at"]
        # A record that was too large for its topic was published without its attributes.
        and (not told or told == dict(frame.attributes))
    )
