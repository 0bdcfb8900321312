"""What a careful reader found, held against what one process makes of the same frames."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import KafkaError, TopicPartition

from platestream.contract.avro import decode
from platestream.contract.schemas import SchemaName
from platestream.engine.records import EngineRecord
from tests.soak.outputs import committed_reader
from tests.soak.passages.plan import STORE

_IDS: Final = {SchemaName.PASSAGE: "passage_id", SchemaName.ALERT: "alert_id"}
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of passages or alerts: how many there must be, and what is wrong with those that came.

    Attributes:
        expected: How many one process makes.
        missing: How many did not come.
        doubled: How many came more than once.
        foreign: How many came that one process does not make.
        different: How many came with something else in them.
    """

    expected: int
    missing: int
    doubled: int
    foreign: int
    different: int

    @property
    def holds(self) -> bool:
        """Whether each came once and as it must be."""
        return not (self.missing or self.doubled or self.foreign or self.different)


class Found:
    """Reads passages and alerts as they are committed.

    Args:
        servers: Bootstrap servers.
        topics: The topic of each schema.
        partitions: Of each topic.
    """

    def __init__(self, servers: str, topics: dict[SchemaName, str], partitions: int) -> None:
        self._schemas = {topics[schema]: schema for schema in _IDS}
        self._places = [TopicPartition(t, n, 0) for t in self._schemas for n in range(partitions)]
        self._consumer = committed_reader(servers, self._places)
        self._ends: dict[tuple[str, int], int] = {}
        self.records: dict[SchemaName, list[dict[str, Any]]] = {schema: [] for schema in _IDS}

    def step(self, timeout: float) -> None:
        """Take in what is there, or comes within ``timeout`` seconds."""
        for message in self._consumer.consume(_AT_ONCE, timeout):
            error, topic = message.error(), message.topic() or ""
            place = (topic, message.partition() or 0)
            if error is None:
                schema = self._schemas[topic]
                self.records[schema].append(decode(message.value() or b"", schema, STORE))
            elif error.code() == KafkaError._PARTITION_EOF:
                self._ends[place] = message.offset() or 0

    def read_to_end(self, seconds: float) -> bool:
        """Read all that there is; nobody may write any more. Whether it was reached in time."""
        deadline = time.monotonic() + seconds
        ends = {
            (each.topic, each.partition): self._consumer.get_watermark_offsets(each, timeout=30)[1]
            for each in self._places
        }
        while time.monotonic() < deadline:
            if all(self._ends.get(place, 0) >= end for place, end in ends.items()):
                return True
            self.step(0.1)
        return False

    def count(self, schema: SchemaName) -> int:
        """How many different ones there are."""
        return len({record[_IDS[schema]] for record in self.records[schema]})

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()

    def verdict(self, schema: SchemaName, made: Iterable[EngineRecord]) -> Verdict:
        """Hold what was found against what one process made."""
        return compared(
            schema,
            [decode(each.value, schema, STORE) for each in made if each.schema is schema],
            self.records[schema],
        )


def compared(
    schema: SchemaName, expected: list[dict[str, Any]], found: list[dict[str, Any]]
) -> Verdict:
    """Hold records against those that must be there."""
    name = _IDS[schema]
    wanted = {record[name]: _lasting(record) for record in expected}
    times = Counter(record[name] for record in found)
    different = {
        record[name]
        for record in found
        if record[name] in wanted and _lasting(record) != wanted[record[name]]
    }
    return Verdict(
        expected=len(wanted),
        missing=sum(each not in times for each in wanted),
        doubled=sum(count > 1 for count in times.values()),
        foreign=sum(each not in wanted for each in times),
        different=len(different),
    )


def _lasting(record: dict[str, Any]) -> dict[str, Any]:
    """All of it but the time of day at which it was made."""
    return {key: value for key, value in record.items() if key != "alerted_at"}
