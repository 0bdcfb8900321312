"""The failures topic: its records from one offset to another, and what is in them.

A replay reads and never writes, so nothing is registered or checked at the schema registry.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from platestream.bus.clients.client_log import logged
from platestream.bus.errors import BusError, StartError, error_of, is_fatal
from platestream.bus.registry import (
    RegistrySettings,
    RegistryUnavailableError,
    open_schema_store,
)
from platestream.bus.replay.originals import ANSWER_SECONDS, POLL_SECONDS
from platestream.contract.avro import (
    HEADER_BYTES,
    MAGIC_BYTE,
    SchemaStore,
    decode,
)
from platestream.contract.schemas import Schema, SchemaName
from platestream.telemetry.metrics import Metrics

# A commit whose outcome is not known yet is waited for, as long as its transaction can last.
_COMMITTED_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one partition: the first offset to look at, and the first that is none of ours."""

    start: int
    end: int


class DeadLetters:
    """Reads the failures topic.

    Args:
        configuration: librdkafka's settings of the consumer; its group is the one whose place is
            asked for.
        topic: The failures topic.
        start_seconds: How long the cluster may take to answer at first.
    """

    def __init__(self, configuration: dict[str, Any], topic: str, start_seconds: float) -> None:
        self._consumer = Consumer({**logged(configuration), "auto.offset.reset": "earliest"})
        self._topic = topic
        self._start_seconds = start_seconds
        self._servers = configuration["bootstrap.servers"]

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()

    def group_metadata(self) -> Any:
        """Who commits: a group without members."""
        return self._consumer.consumer_group_metadata()

    def bounds(self, since: int | None, *, of_group: bool) -> dict[int, Bounds]:
        """What there is to look at, by partition.

        Args:
            since: Leave out what was written before this, milliseconds since the epoch.
            of_group: Begin where the group's last run ended.

        Raises:
            StartError: The cluster does not answer, or has no such topic.
        """
        try:
            found = self._consumer.list_topics(timeout=self._start_seconds).topics
            if self._topic not in found:
                raise StartError(f"there is no topic {self._topic}")
            numbers = list(found[self._topic].partitions)
            bounds = {number: self._watermarks(number) for number in numbers}
            starts = [self._since(numbers, bounds, since)] if since is not None else []
            if of_group:
                starts.append(self._committed(numbers, bounds))
        except KafkaException as exception:
            raise StartError(f"{self._servers}: {error_of(exception).str()}") from exception
        return {
            number: Bounds(max([low, *(start[number] for start in starts)]), high)
            for number, (low, high) in bounds.items()
        }

    def read(self, bounds: Mapping[int, Bounds], reached: dict[int, int]) -> Iterator[Message]:
        """The records within ``bounds``.

        Args:
            bounds: By partition.
            reached: Is told, by partition, the offset before which all is read; of a transaction
                that is still open nothing is, so that may stay below the end.

        Raises:
            BusError: The cluster went away.
        """
        reached.update({number: of.start for number, of in bounds.items()})
        ends = {number: of.end for number, of in bounds.items() if of.start < of.end}
        self._consumer.assign([self._at(number, bounds[number].start) for number in ends])
        deadline = time.monotonic() + ANSWER_SECONDS
        while ends:
            message = self._consumer.poll(POLL_SECONDS)
            if message is None:
                if time.monotonic() > deadline:
                    raise BusError("the brokers do not answer any more")
                continue
            partition, offset = message.partition() or 0, message.offset() or 0
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001
                if is_fatal(error):
                    raise BusError(error.str())
                continue
            if partition not in ends:
                continue
            end = ends[partition]
            if error is None and offset < end:
                reached[partition] = offset + 1
                yield message
                deadline = time.monotonic() + ANSWER_SECONDS
            else:
                reached[partition] = max(reached[partition], min(offset, end))
            if error is not None or offset + 1 >= end:
                del ends[partition]
        self._consumer.unassign()

    def _at(self, number: int, offset: int) -> TopicPartition:
        return TopicPartition(self._topic, number, offset)

    def _watermarks(self, number: int) -> tuple[int, int]:
        low, high = self._consumer.get_watermark_offsets(
            TopicPartition(self._topic, number), timeout=ANSWER_SECONDS
        )
        return low, high

    def _since(
        self, numbers: list[int], bounds: Mapping[int, tuple[int, int]], since: int
    ) -> dict[int, int]:
        # A record is written after its frame failed, so nothing before this can match.
        asked = [self._at(number, since) for number in numbers]
        found = self._consumer.offsets_for_times(asked, timeout=ANSWER_SECONDS)
        return {
            at.partition: at.offset if at.offset >= 0 else bounds[at.partition][1] for at in found
        }

    def _committed(
        self, numbers: list[int], bounds: Mapping[int, tuple[int, int]]
    ) -> dict[int, int]:
        asked = [TopicPartition(self._topic, number) for number in numbers]
        found = self._consumer.committed(asked, timeout=_COMMITTED_SECONDS)
        # Behind the end: the topic was made anew, and nothing of it was ever looked at.
        return {
            at.partition: at.offset if at.offset <= bounds[at.partition][1] else 0 for at in found
        }


_PAUSE_SECONDS: Final = 0.2


class PatientStore:
    """A store that waits for a registry that is away: a replay polls for nobody meanwhile.

    Args:
        store: Asks the registry.
        seconds: How long one schema may be waited for.
    """

    def __init__(self, store: SchemaStore, seconds: float) -> None:
        self._store = store
        self._seconds = seconds

    def schema_id(self, name: SchemaName) -> int:
        """As the store behind it."""
        return self._store.schema_id(name)

    def writer(self, schema_id: int) -> Schema:
        """The schema of this id.

        Raises:
            UnknownSchemaError: There is none that could be read.
            RegistryUnavailableError: The registry did not answer in time.
        """
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return self._store.writer(schema_id)
            except RegistryUnavailableError as error:
                pause = max(_PAUSE_SECONDS, error.retry_after)
                if time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)


@contextmanager
def open_reading_store(settings: RegistrySettings) -> Iterator[SchemaStore]:
    """A store that looks schemas up by their ids, for as long as the block lasts.

    Raises:
        RegistryError: A file of the settings cannot be used.
    """
    reading = settings.model_copy(update={"mode": "off"})
    with open_schema_store(reading, {}, Metrics()) as store:
        yield PatientStore(store, settings.start_seconds)


def read_failure(value: bytes, store: SchemaStore) -> dict[str, Any]:
    """The ``FrameFailure`` in a message.

    Raises:
        UnknownSchemaError: It names a schema that is not known here.
        FrameError: There is none in it.
        RegistryUnavailableError: The registry did not answer in time.
    """
    if len(value) >= HEADER_BYTES and value[0] == MAGIC_BYTE:
        store.writer(int.from_bytes(value[1:HEADER_BYTES], "big"))
    return decode(value, SchemaName.FRAME_FAILURE, store)
