"""One frame sent, and what became of it: whether a deployment reads plates, asked from outside."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from platestream.bus.clients.client_log import logged
from platestream.bus.configuration.properties import producer_configuration, reading_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.errors import BusError, StartError, error_of, is_fatal
from platestream.contract.avro import SchemaStore, decode
from platestream.contract.errors import FrameError
from platestream.contract.schemas import SchemaName
from platestream.contract.sending import FrameIdentity

CAMERA: Final = "platestream-probe"
"""The camera that a probe's frame comes from, for readers who leave it out."""

_MARK: Final = "probe"
# How late an answer is seen.
_POLL_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of the frame.

    Attributes:
        plates: How many were read in it.
        error_code: Why it could not be read; None if it was.
        seconds: From its sending to the answer.
        partition: Where the brokers put the frame.
        offset: Likewise.
    """

    plates: int
    error_code: str | None
    seconds: float
    partition: int
    offset: int


class RoundTrip:
    """Sends a frame and listens for its plate event, or for its failure.

    It is no member of the group, so it takes no frame from a replica, and it commits nothing.

    Args:
        settings: Cluster, security and topics: those of the service.
        store: Where schemas are looked up.
    """

    def __init__(self, settings: KafkaSettings, store: SchemaStore) -> None:
        self._settings = settings
        self._store = store
        self._schemas = {
            settings.topics.plates: SchemaName.PLATE_EVENT,
            settings.topics.failures: SchemaName.FRAME_FAILURE,
        }
        if settings.topics.results is not None:
            self._schemas[settings.topics.results] = SchemaName.FRAME_RESULT
        self._consumer = Consumer(logged(reading_configuration(settings)))
        self._producer = Producer(logged(producer_configuration(settings)))
        self.frame_id = f"probe-{uuid.uuid4()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._producer.purge()
        self._consumer.close()

    def run(self, picture: bytes, timeout: float) -> Answer | None:
        """Send ``picture`` as a frame and wait for what becomes of it.

        Args:
            picture: A JPEG or PNG with a plate in it.
            timeout: Seconds for all of it.

        Returns:
            None where nothing came in time, though the brokers have the frame.

        Raises:
            StartError: The brokers do not answer in time, or lack a topic.
            BusError: They refuse the frame, or to be listened to.
        """
        deadline = time.monotonic() + timeout
        self._listen(deadline)
        sent = time.monotonic()
        partition, offset = self._send(picture, deadline)
        while time.monotonic() < deadline:
            message = self._consumer.poll(_POLL_S)
            if message is None or (record := self._own(message)) is None:
                continue
            # Of a frame with plates the plate event is what counts, not the result beside it.
            if record.get("result"):
                continue
            return Answer(
                plates=max(1, record["plate_count"]) if "plate" in record else 0,
                error_code=record.get("error_code"),
                seconds=time.monotonic() - sent,
                partition=partition,
                offset=offset,
            )
        return None

    def _listen(self, deadline: float) -> None:
        """From where the topics end now, so before the frame is sent."""
        try:
            self._consumer.assign(list(self._ends(deadline)))
        except KafkaException as exception:
            raise StartError(
                f"{self._settings.bootstrap_servers}: {error_of(exception).str()}"
            ) from exception

    def _ends(self, deadline: float) -> Iterator[TopicPartition]:
        found = self._consumer.list_topics(timeout=_left(deadline)).topics
        wanted = [self._settings.topics.frames, *self._schemas]
        if missing := [name for name in wanted if name not in found]:
            raise StartError(f"missing topics, or not visible to this user: {', '.join(missing)}")
        for topic in self._schemas:
            for number in found[topic].partitions:
                place = TopicPartition(topic, number)
                _, place.offset = self._consumer.get_watermark_offsets(
                    place, timeout=_left(deadline)
                )
                yield place

    def _send(self, picture: bytes, deadline: float) -> tuple[int, int]:
        """Its partition and offset, once the brokers have it."""
        told: list[tuple[KafkaError | None, Message]] = []
        frame = FrameIdentity(
            frame_id=self.frame_id,
            camera_id=CAMERA,
            captured_at=time.time_ns() // 1_000_000,
            attributes={_MARK: "true"},
        ).message(picture)
        self._producer.produce(
            self._settings.topics.frames,
            value=frame.value,
            key=frame.key,
            headers=list(frame.headers),
            on_delivery=lambda error, message: told.append((error, message)),
        )
        self._producer.flush(_left(deadline))
        if not told:
            raise StartError(f"{self._settings.bootstrap_servers} did not take the frame in time")
        error, message = told[0]
        if error is not None:
            raise BusError(f"the frame was not taken: {error.str()}")
        return message.partition() or 0, message.offset() or 0

    def _own(self, message: Message) -> dict[str, Any] | None:
        """The record, if it is about our frame."""
        if (error := message.error()) is not None:
            if is_fatal(error):
                raise BusError(f"the answer cannot be read: {error.str()}")
            return None
        topic, value = message.topic(), message.value()
        if topic is None or value is None:
            return None
        try:
            record = decode(value, self._schemas[topic], self._store)
        except FrameError:
            return None  # somebody else's, of a kind that is not ours
        return record if record["frame_id"] == self.frame_id else None


def _left(deadline: float) -> float:
    # Not zero, which librdkafka takes for "at once", nor below, which is "for ever".
    return max(0.1, deadline - time.monotonic())
