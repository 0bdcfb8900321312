"""Reads the output topics as a careful consumer does: read_committed, every partition, in order."""

import time
from typing import Final

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from platestream.bus.configuration.settings import TopicSettings
from platestream.contract.avro import LocalSchemaStore, decode
from platestream.contract.schemas import SchemaName
from tests.soak.audit import Audit

_STORE: Final = LocalSchemaStore()
_AT_ONCE: Final = 500


def committed_reader(servers: str, places: list[TopicPartition]) -> Consumer:
    """A consumer of what is committed at these places, in no group, that tells of their ends."""
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "soak-audit",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 20,
            # The mark of a transaction takes an offset and is no message: only this event says
            # that nothing more comes.
            "enable.partition.eof": True,
            "log_level": 2,
        }
    )
    consumer.assign(places)
    return consumer


class Outputs:
    """Feeds an audit from the output topics."""

    def __init__(self, servers: str, topics: TopicSettings, partitions: int, audit: Audit) -> None:
        self._topics = topics
        self._audit = audit
        self._all = [
            TopicPartition(topic, number, 0)
            for topic in topics.outputs
            for number in range(partitions)
        ]
        self._consumer = committed_reader(servers, self._all)
        self._ends: dict[tuple[str, int], int] = {}

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()

    def step(self, timeout: float) -> int:
        """Take in what is there, or comes within ``timeout`` seconds; returns how much."""
        messages = self._consumer.consume(_AT_ONCE, timeout)
        for message in messages:
            error = message.error()
            if error is None:
                self._note(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                self._ends[message.topic() or "", message.partition() or 0] = message.offset() or 0
        return len(messages)

    def read_to_end(self, timeout: float) -> bool:
        """Read all there is now; nobody may be writing any more. Whether it was reached in time."""
        deadline = time.monotonic() + timeout
        ends = {
            (each.topic, each.partition): self._consumer.get_watermark_offsets(
                each, timeout=timeout
            )[1]
            for each in self._all
        }
        while time.monotonic() < deadline:
            if all(self._ends.get(where, 0) >= end for where, end in ends.items()):
                return True
            self.step(0.1)
        return False

    def _note(self, message: Message) -> None:
        value, topic = message.value(), message.topic()
        assert value is not None
        if topic == self._topics.plates:
            self._audit.plate(decode(value, SchemaName.PLATE_EVENT, _STORE))
        elif topic == self._topics.failures:
            self._audit.failure(decode(value, SchemaName.FRAME_FAILURE, _STORE))
        else:
            record = decode(value, SchemaName.FRAME_RESULT, _STORE)
            self._audit.result(record, message.timestamp()[1] / 1000, time.time())
