"""The message that a failure record tells of: still on its topic, or else kept in the record."""

import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import (
    OFFSET_INVALID,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from platestream.bus.clients.client_log import logged
from platestream.bus.errors import BusError, error_of, is_fatal
from platestream.bus.replay.selection import is_the_failed_one
from platestream.contract.avro import SchemaStore
from platestream.telemetry.tracing import TRACE_HEADERS

# A live broker answers in milliseconds; an election takes seconds.
ANSWER_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.2
# What librdkafka asks a partition for at once (max.partition.fetch.bytes), and so what a new place
# costs at the least: up to there it is cheaper to read through what lies between.
_SEEK_BYTES: Final = 1024 * 1024
# Of all partitions together; with the largest message on top it bounds what is fetched ahead.
_FETCH_BYTES: Final = 16 * 1024 * 1024
_NOTHING_THERE: Final = (
    KafkaError._PARTITION_EOF,  # noqa: SLF001
    KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
    KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)
Header = tuple[str, str | bytes | None]
Headers = list[Header]


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


_Partition = tuple[str, int]


class _Wanted:
    """The offsets of one partition that are still to be read, and what its messages weigh."""

    def __init__(self) -> None:
        self.offsets: deque[int] = deque()
        self._numbers: dict[int, list[int]] = {}
        self._messages = self._bytes = 0

    def add(self, offset: int, number: int) -> None:
        """Want ``offset``, for source ``number``; in ascending order."""
        if offset not in self._numbers:
            self.offsets.append(offset)
        self._numbers.setdefault(offset, []).append(number)

    def pass_to(self, offset: int, size: int) -> list[int]:
        """A message of ``size`` bytes is there: which sources it stands at."""
        self._messages, self._bytes = self._messages + 1, self._bytes + size
        while self.offsets and self.offsets[0] < offset:
            self.offsets.popleft()
        if self.offsets and self.offsets[0] == offset:
            return self._numbers[self.offsets.popleft()]
        return []

    def drop(self, low: int, high: int) -> None:
        """Only what is in ``low`` to ``high`` is there; the first was not."""
        self.offsets.popleft()
        self.offsets = deque(offset for offset in self.offsets if low <= offset < high)

    def is_far(self, offset: int) -> bool:
        """Whether from ``offset`` to the next lies more than one fetch brings."""
        if not self.offsets:
            return False
        return (self.offsets[0] - offset) * self._bytes > _SEEK_BYTES * self._messages


class Originals:
    """Finds them, by partition and in the order of their offsets.

    Args:
        configuration: librdkafka's settings of the consumer that reads them again.
        store: Looks up the schemas of frames.
        serve: Called now and then while an answer is waited for.
    """

    def __init__(
        self, configuration: dict[str, Any], store: SchemaStore, serve: Callable[[], object]
    ) -> None:
        self._consumer = Consumer({**logged(configuration), "fetch.max.bytes": _FETCH_BYTES})
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

    def find(
        self, failures: Sequence[Mapping[str, Any]], most_bytes: int
    ) -> list[Original | None] | None:
        """The message of each ``FrameFailure``; None for one that is no longer kept.

        The topic comes first even where the record keeps the payload: there it has its key and its
        headers, which the record does not keep.

        Args:
            failures: In any order.
            most_bytes: Of messages together; one message alone may have more.

        Returns:
            In the order of ``failures``; None where all of them together are larger than that.

        Raises:
            BusError: The cluster does not say.
            RegistryUnavailableError: The schema of a message could not be looked up.
        """
        found: list[Original | None] = [
            None if failure["payload"] is None else Original(failure["payload"])
            for failure in failures
        ]
        taken = 0
        with closing(self._read([failure["source"] for failure in failures])) as messages:
            for number, message in messages:
                value = message.value()
                if value is None or not is_the_failed_one(message, failures[number], self._store):
                    continue
                found[number] = Original(value, message.key(), _headers(message))
                taken += len(value)
                if taken > most_bytes and len(failures) > 1:
                    return None
        return found

    def _read(self, sources: Sequence[Mapping[str, Any]]) -> Generator[tuple[int, Message]]:
        """What stands at ``sources`` now, each with its place among them; what is gone is left out.

        All partitions are read at once. Within one, what lies close together is read through, and
        what lies far apart is sought.
        """
        wanted = self._wanted(sources)
        self._consumer.assign([_at(where, of.offsets[0]) for where, of in wanted.items()])
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            while wanted:
                message = self._consumer.poll(POLL_SECONDS)
                self._serve()
                where = None if message is None else (message.topic(), message.partition())
                if message is None or where not in wanted:
                    if time.monotonic() > deadline:
                        topic, number = next(iter(wanted))
                        raise BusError(f"no answer for {topic} [{number}]")
                    if message is not None and (error := message.error()) and is_fatal(error):
                        raise BusError(error.str())
                    continue
                deadline = time.monotonic() + ANSWER_SECONDS
                of = wanted[where]
                for number in self._reached(where, of, message):
                    yield number, message
                if not of.offsets:
                    del wanted[where]
                    self._consumer.incremental_unassign([_at(where)])
        finally:
            self._consumer.unassign()

    def _wanted(self, sources: Sequence[Mapping[str, Any]]) -> dict[_Partition, _Wanted]:
        wanted: dict[_Partition, _Wanted] = {}
        for number in sorted(range(len(sources)), key=lambda n: int(sources[n]["offset"])):
            source = sources[number]
            where, offset = (source["topic"], source["partition"]), source["offset"]
            if offset >= 0 and where[1] in self.partitions(where[0]):
                wanted.setdefault(where, _Wanted()).add(offset, number)
        return wanted

    def _reached(self, where: _Partition, of: _Wanted, message: Message) -> list[int]:
        """Which of the sources ``message`` stands at; what lies before it is gone."""
        error, offset = message.error(), message.offset() or 0
        if error is None:
            numbers = of.pass_to(offset, len(message))
            if of.is_far(offset):
                self._consumer.seek(_at(where, of.offsets[0]))
            return numbers
        if error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001 - as all of librdkafka's
            # Retention has taken the first; others may still be there.
            low, high = self._consumer.get_watermark_offsets(_at(where), timeout=ANSWER_SECONDS)
            of.drop(low, high)
            if of.offsets:
                self._consumer.incremental_unassign([_at(where)])
                self._consumer.incremental_assign([_at(where, of.offsets[0])])
        elif error.code() in _NOTHING_THERE:
            of.offsets.clear()
        elif is_fatal(error):
            raise BusError(error.str())
        return []


def _at(where: _Partition, offset: int = OFFSET_INVALID) -> TopicPartition:
    return TopicPartition(*where, offset)


def trace_headers(message: Message) -> Headers:
    """The headers by which ``message`` says of which trace it is."""
    return [header for header in _headers(message) or [] if header[0] in TRACE_HEADERS]


def _headers(message: Message) -> Headers | None:
    try:
        given = message.headers() or []
    except UnicodeDecodeError:  # a name that is not UTF-8, which no client can send again
        return None
    return list(given.items()) if isinstance(given, dict) else list(given)
