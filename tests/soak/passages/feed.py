"""Results sent at a pace, and how far the application has come with them."""

import time
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)

from platestream.contract.avro import encode
from platestream.contract.schemas import SchemaName
from platestream.engine.settings import EngineSettings
from tests.soak.faults import Fault
from tests.soak.passages.plan import STORE, Plan

GROUP: Final = "soak"
TOPICS: Final = EngineSettings().topics
# A look at the committed offsets is a question to the brokers.
_ASK_S: Final = 0.5
_AT_ONCE: Final = 500


class ResultsFeed:
    """Sends the results of a plan, the cameras in turn."""

    def __init__(self, servers: str, plan: Plan) -> None:
        self._frames = _in_turn(plan)
        self._total = sum(len(frames) for frames in plan.frames.values())
        self.sent = 0
        self.failed = 0
        # The offset behind the last acknowledged result of each partition.
        self.ends: dict[int, int] = {}
        self._producer = Producer(
            {
                "bootstrap.servers": servers,
                "enable.idempotence": True,
                "message.timeout.ms": 300_000,
                "linger.ms": 5,
                "partitioner": "murmur2_random",
                "log_level": 2,
            }
        )

    @property
    def left(self) -> int:
        """Frames that are not sent and acknowledged."""
        return self._total - self.sent + len(self._producer)

    def send_until(self, count: float) -> None:
        """Send frames until so many are sent, at most some hundreds at a time."""
        for _ in range(min(round(count) - self.sent, _AT_ONCE)):
            frame = next(self._frames, None)
            if frame is None:
                break
            record = {**frame, "processed_at": time.time_ns() // 1_000_000}
            self._producer.produce(
                TOPICS.results,
                key=record["camera_id"].encode(),
                value=encode(SchemaName.FRAME_RESULT, record, STORE),
                on_delivery=self._delivered,
            )
            self.sent += 1
        self._producer.poll(0)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        self.failed += error is not None
        if error is None:
            self.ends[message.partition() or 0] = (message.offset() or 0) + 1


class Progress:
    """How long the application takes to go on after a fault: by the offsets that it commits."""

    def __init__(self, servers: str, partitions: int, feed: ResultsFeed) -> None:
        self._feed = feed
        self._places = [TopicPartition(TOPICS.results, number) for number in range(partitions)]
        self._consumer = Consumer({"bootstrap.servers": servers, "group.id": GROUP})
        self._wanted: dict[float, dict[int, int]] = {}
        self._asked = 0.0

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()

    def recovery(self, fault: Fault) -> float | None:
        """Seconds until what had been sent at a fault was taken in; None while some was not."""
        wanted = self._wanted.setdefault(fault.at, dict(self._feed.ends))
        if time.time() - self._asked < _ASK_S:
            return None
        self._asked = time.time()
        try:
            committed = self._consumer.committed(self._places, timeout=5)
        except KafkaException:
            return None
        there = {each.partition: each.offset for each in committed}
        gone_on = all(there.get(partition, -1) >= end for partition, end in wanted.items())
        return self._asked - fault.at if gone_on else None


def _in_turn(plan: Plan) -> Iterator[dict[str, Any]]:
    for turn in zip_longest(*plan.frames.values()):
        yield from (frame for frame in turn if frame is not None)
