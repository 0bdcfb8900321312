"""A cluster for a test, and plain clients around the service on it."""

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from platestream.bus.configuration.settings import KafkaSettings, TopicSettings
from platestream.contract.avro import SchemaStore, decode
from platestream.contract.schemas import SchemaName
from platestream.stream.pipeline import UrlFetcher
from platestream.stream.settings import StreamSettings
from tests.bus.messages import STORE, FrameMessage
from tests.bus.running import RunningService
from tests.stream.fakes import FakeReader
from tests.stream.waiting import DEADLINE_S

Guarantee = Literal["exactly_once", "at_least_once"]


class Cluster(Protocol):
    """A Kafka to test on."""

    bootstrap_servers: str
    # The shortest session time-out that its brokers accept.
    min_session_ms: int
    # What may be promised on it.
    guarantee: Guarantee

    def create_topic(self, name: str, partitions: int) -> None:
        """Make a topic."""


Source = tuple[int, int]


def source_of(record: Mapping[str, Any]) -> Source:
    """Partition and offset of the frame that ``record`` is about."""
    return record["source"]["partition"], record["source"]["offset"]


@dataclass(slots=True)
class Output:
    """What was read from the output topics, decoded, in the order of each partition."""

    plates: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def ends(self) -> dict[Source, list[str]]:
        """For each frame that has an output, its ends: ``plates`` once per plate, or ``failed``."""
        ends: dict[Source, list[str]] = defaultdict(list)
        for plate in self.plates:
            ends[source_of(plate)].append("plates")
        for failure in self.failures:
            ends[source_of(failure)].append("failed")
        return ends

    def event_ids(self) -> list[str]:
        return [plate["event_id"] for plate in self.plates]


class Bench:
    """Topics of one test on a cluster, with clients that know nothing of the service."""

    def __init__(self, cluster: Cluster, partitions: int = 4, *, results: bool = False) -> None:
        name = f"t{uuid.uuid4().hex[:10]}"
        self.cluster = cluster
        self.partitions = partitions
        self.group = f"{name}-group"
        self.topics = TopicSettings(
            frames=f"{name}.frames",
            plates=f"{name}.plates",
            failures=f"{name}.failed",
            results=f"{name}.results" if results else None,
        )
        cluster.create_topic(self.topics.frames, partitions)
        for topic in self.topics.outputs:
            cluster.create_topic(topic, 2)
        self.output = Output()
        self._reading = Consumer(
            {
                "bootstrap.servers": cluster.bootstrap_servers,
                "group.id": f"{name}-reader",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 50,
            }
        )
        # Where records end, committed or not: the coordinator answers a commit before the markers
        # are written, so for a moment the end of what is committed is before the last records.
        self._asking = Consumer(
            {
                "bootstrap.servers": cluster.bootstrap_servers,
                "group.id": f"{name}-asking",
                "isolation.level": "read_uncommitted",
            }
        )
        self._reading.assign(
            [TopicPartition(topic, number, 0) for topic in self.topics.outputs for number in (0, 1)]
        )

    def close(self) -> None:
        self._reading.close()
        self._asking.close()

    # -- frames -----------------------------------------------------------------------------------

    def produce(self, messages: Iterable[FrameMessage], partition: int = -1) -> None:
        producer = Producer(
            {
                "bootstrap.servers": self.cluster.bootstrap_servers,
                "linger.ms": 5,
                # In order without idempotence, whose start takes half a second each time.
                "max.in.flight": 1,
            }
        )
        for message in messages:
            producer.produce(
                self.topics.frames,
                value=message.value,
                key=message.key,
                headers=list(message.headers),
                partition=partition,  # -1: by key
            )
        assert producer.flush(DEADLINE_S) == 0

    def committed(self) -> dict[int, int]:
        """The group's committed offsets, by partition; partitions without one are left out."""
        asking = Consumer(
            {"bootstrap.servers": self.cluster.bootstrap_servers, "group.id": self.group}
        )
        try:
            positions = asking.committed(
                [TopicPartition(self.topics.frames, n) for n in range(self.partitions)],
                timeout=DEADLINE_S,
            )
        finally:
            asking.close()
        return {p.partition: p.offset for p in positions if p.offset >= 0}

    # -- outputs ----------------------------------------------------------------------------------

    def collect(
        self,
        until: Callable[[Output], bool],
        timeout: float = DEADLINE_S,
        watched: RunningService | None = None,
    ) -> Output:
        """Read outputs until ``until`` says it is enough; everything read so far is kept."""
        deadline = time.monotonic() + timeout
        while not until(self.output):
            out = self.output
            assert time.monotonic() < deadline, (
                f"{len(out.plates)} plates, {len(out.failures)} failures, {len(out.results)} "
                f"results after {timeout:g} s"
            )
            assert watched is None or watched.result is None, f"the service ended: {watched.result}"
            self._read_one(0.1)
        return self.output

    def collect_rest(self) -> Output:
        """Read what is there but not read yet: after the service ended, all there will ever be."""
        ends = {
            (topic, number): self._end_of(TopicPartition(topic, number))
            for topic in self.topics.outputs
            for number in (0, 1)
        }

        def at_end() -> bool:
            positions = self._reading.position(
                [TopicPartition(topic, number) for topic, number in ends]
            )
            return all(max(0, p.offset) >= ends[p.topic, p.partition] for p in positions)

        deadline = time.monotonic() + DEADLINE_S
        while not at_end():
            assert time.monotonic() < deadline, "the end of the outputs was not reached"
            self._read_one(0.1)
        return self.output

    def _end_of(self, partition: TopicPartition) -> int:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                answer = self._asking.get_watermark_offsets(partition, timeout=DEADLINE_S)
            except KafkaException:  # its leader was killed or moves
                assert time.monotonic() < deadline, f"no end of {partition.topic}"
            else:
                assert answer is not None
                return answer[1]

    def _read_one(self, timeout: float) -> None:
        message = self._reading.poll(timeout)
        if message is None:
            return
        assert message.error() is None, message.error()
        value = message.value()
        assert value is not None
        topic, out = message.topic(), self.output
        out.messages.append(message)
        if topic == self.topics.plates:
            out.plates.append(decode(value, SchemaName.PLATE_EVENT, STORE))
        elif topic == self.topics.failures:
            out.failures.append(decode(value, SchemaName.FRAME_FAILURE, STORE))
        else:
            out.results.append(decode(value, SchemaName.FRAME_RESULT, STORE))

    # -- the service ------------------------------------------------------------------------------

    def settings(self, **changes: Any) -> KafkaSettings:
        consumer = changes.pop("consumer", {})
        if changes.get("group_protocol") != "consumer":
            session = self.cluster.min_session_ms
            own = {"session.timeout.ms": session, "heartbeat.interval.ms": 100}
            consumer = {**own, **consumer}
        return KafkaSettings(
            **{
                "bootstrap_servers": self.cluster.bootstrap_servers,
                "group_id": self.group,
                "guarantee": self.cluster.guarantee,
                # Several replicas on one host: the default would be the same for all of them.
                "transactional_id": f"{self.group}-{uuid.uuid4().hex[:6]}",
                "topics": self.topics,
                "commit_interval_ms": 20,
                "lag_interval_seconds": 0.2,
                "revoke_seconds": 10.0,
                "consumer": consumer,
                **changes,
            }
        )

    def service(
        self,
        reader: FakeReader,
        *,
        stream: Mapping[str, Any] | None = None,
        fetcher: UrlFetcher | None = None,
        store: SchemaStore | None = None,
        **kafka: Any,
    ) -> RunningService:
        """A service to be run in a thread by a ``with`` block."""
        return RunningService(
            StreamSettings(**{"decode_workers": 2, "batch_max_frames": 8, **(stream or {})}),
            self.settings(**kafka),
            reader,
            fetcher=fetcher,
            store=store,
        )
