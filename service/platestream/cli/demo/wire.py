"""The demo's own ends of the wire: a producer of frames and a plain consumer of what comes out.

They know the topics only by the schemas of ``schemas/`` and use fastavro directly, not the
service's codec, as any other program would.
"""

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Final

import fastavro
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)

from platestream.bus.clients.embedded import PARTITION_LOG_BYTES
from platestream.bus.configuration.settings import TopicSettings
from platestream.contract.avro import LocalSchemaStore
from platestream.contract.messages import form_of
from platestream.contract.schemas import SchemaName, self_contained

_HEADER_BYTES: Final = 5  # 0x00 and the schema's id
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What the embedded broker keeps of a partition, so that no message above it would ever be read.
_MAX_MESSAGE: Final = PARTITION_LOG_BYTES
LARGEST_INLINE: Final = 3 * 1024 * 1024
"""Bytes of a picture that may travel in a message: the JSON form makes four thirds of it."""

_CONNECT_S: Final = 10.0
# The broker goes when the demo ends, which is no news; whatever is an error is raised.
_QUIET: Final = {"log_level": 0, "log.connection.close": False}
_TIMES: Final = frozenset({"captured_at", "processed_at", "failed_at"})


class FrameSender:
    """Produces frame messages in all three forms in turn: Avro, JSON, bare picture."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._topic = topic
        self._schema: Any = fastavro.parse_schema(
            json.loads(self_contained(SchemaName.FRAME_EVENT))
        )
        schema_id = LocalSchemaStore().schema_id(SchemaName.FRAME_EVENT)
        self._head = b"\x00" + schema_id.to_bytes(4, "big")
        self._errors: list[KafkaError] = []
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                "message.max.bytes": _MAX_MESSAGE,
                "linger.ms": 1,
                **_QUIET,
            }
        )
        # Connected now, so that the first frames' latency is not that of connecting.
        self._producer.list_topics(topic, timeout=_CONNECT_S)

    def send(
        self, number: int, frame_id: str, camera_id: str, picture: bytes, url: str | None = None
    ) -> None:
        """Hand one frame to the broker: its picture, or its address where there is one."""
        captured_at = time.time_ns() // 1_000_000
        identity = {
            "frame_id": frame_id,
            "camera_id": camera_id,
            "captured_at": str(captured_at),
        }
        # What is no picture by its first bytes can only travel inside Avro.
        free = url is None and form_of(picture) == "picture"
        form = ("avro", "json", "picture")[number % 3] if free else "avro"
        headers: dict[str, str] = {}
        if form == "picture":
            value, headers = picture, identity
        elif form == "json":
            body = {**identity, "captured_at": captured_at}
            value = json.dumps({"image": base64.b64encode(picture).decode(), **body}).encode()
        else:
            content = {"image": picture} if url is None else {"url": url}
            value = self._avro({**identity, "captured_at": captured_at, **content})
        self._producer.produce(
            self._topic,
            value=value,
            key=camera_id.encode(),
            headers=list(headers.items()),
            on_delivery=self._on_delivery,
        )
        self._producer.poll(0)

    def finish(self, timeout: float) -> None:
        """Wait until the broker has every frame.

        Raises:
            KafkaException: If one was not taken.
        """
        left = self._producer.flush(timeout)
        self.check()
        if left:
            raise KafkaException(KafkaError(KafkaError._MSG_TIMED_OUT))  # noqa: SLF001

    def check(self) -> None:
        """Serve delivery reports; raise if one says that a frame was not taken."""
        self._producer.poll(0)
        if self._errors:
            raise KafkaException(self._errors[0])

    def _avro(self, record: Mapping[str, Any]) -> bytes:
        stream = BytesIO(self._head)
        stream.seek(0, 2)
        fastavro.schemaless_writer(stream, self._schema, record)
        return stream.getvalue()

    def _on_delivery(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._errors.append(error)


class EventListener:
    """Consumes the output topics from their beginning, without a group."""

    def __init__(self, bootstrap_servers: str, topics: TopicSettings, partitions: int) -> None:
        names = {
            topics.plates: SchemaName.PLATE_EVENT,
            topics.failures: SchemaName.FRAME_FAILURE,
        }
        if topics.results is not None:
            names[topics.results] = SchemaName.FRAME_RESULT
        self._schemas: dict[str, Any] = {
            topic: fastavro.parse_schema(json.loads(self_contained(name)))
            for topic, name in names.items()
        }
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap_servers,
                "group.id": "platestream-demo-listener",  # the client wants one; it is not used
                "enable.auto.commit": False,
                **_QUIET,
                "fetch.wait.max.ms": 10,
                # The embedded broker answers a fetch of an empty partition with an error; the
                # default pause of 500 ms after it would be measured as latency.
                "fetch.error.backoff.ms": 10,
            }
        )
        self._consumer.assign(
            [
                TopicPartition(topic, partition, OFFSET_BEGINNING)
                for topic in names
                for partition in range(partitions)
            ]
        )
        self._consumer.get_watermark_offsets(TopicPartition(topics.plates, 0), timeout=_CONNECT_S)

    def poll(self, timeout: float, take: Callable[[str, dict[str, Any], float], None]) -> bool:
        """Wait up to ``timeout`` s for one record and hand it over with its topic and arrival time.

        Raises:
            KafkaException: If the broker refuses.
        """
        message = self._consumer.poll(timeout)
        if message is None:
            return False
        arrived = time.perf_counter()
        error = message.error()
        if error is not None:
            if error.retriable() or not error.fatal():
                return False
            raise KafkaException(error)
        topic, value = message.topic(), message.value()
        if topic is None or value is None:
            return False
        body = BytesIO(value)
        body.seek(_HEADER_BYTES)
        record = fastavro.schemaless_reader(body, self._schemas[topic], None)
        take(topic, _plain(record), arrived)
        return True

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()


def _plain(record: Any) -> dict[str, Any]:
    """The record as JSON has it: times as milliseconds since 1970."""
    return {
        key: (value - _EPOCH) // timedelta(milliseconds=1)
        if key in _TIMES and isinstance(value, datetime)
        else value
        for key, value in record.items()
    }
