"""What the tests of a replay do: let frames fail, replay them, look at what came of it."""

import json
import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from platestream.bus.service import ExitReason
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import EventEncoder
from platestream.contract.frames import Frame, SourceRef
from tests.bus.harness import Bench
from tests.bus.messages import STORE
from tests.cli.conftest import Cli
from tests.stream.fakes import FakeReader
from tests.stream.waiting import DEADLINE_S

SIZE, DAMAGED = ErrorCode.PICTURE_SIZE, ErrorCode.PICTURE_DAMAGED
CAPTURED, FAILED = 1_690_000_000_000, 1_700_000_000_000


def now() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def flags(bench: Bench) -> list[str]:
    return [
        "--bootstrap-servers", bench.cluster.bootstrap_servers,
        "--set", f"kafka.topics.frames={bench.topics.frames}",
        "--set", f"kafka.topics.failures={bench.topics.failures}",
    ]  # fmt: skip


def put_failure(bench: Bench, value: bytes | None, *, failed_at: int = FAILED) -> None:
    """Put a value on partition 0 of the failures topic."""
    producer = Producer({"bootstrap.servers": bench.cluster.bootstrap_servers})
    producer.produce(bench.topics.failures, value=value, key=b"k", timestamp=failed_at, partition=0)
    assert producer.flush(DEADLINE_S) == 0


def failure_value(
    bench: Bench,
    offset: int,
    *,
    frame_id: str | None = None,
    camera: str = "gate-3",
    captured_at: int | None = None,
    code: ErrorCode = SIZE,
    payload: bytes | None = None,
    failed_at: int = FAILED,
    attributes: Mapping[str, str] | None = None,
) -> bytes:
    """A failure record of the frame at ``offset`` of partition 0."""
    frame = Frame(
        frame_id=f"frame-{offset}" if frame_id is None else frame_id,
        camera_id=camera,
        captured_at=CAPTURED + offset if captured_at is None else captured_at,
        source=SourceRef(bench.topics.frames, 0, offset),
        attributes={"lane": "2"} if attributes is None else attributes,
    )
    return EventEncoder(STORE).failure(frame, FrameError(code), failed_at, payload).value


def dead_letter(bench: Bench, offset: int, *, failed_at: int = FAILED, **told: Any) -> None:
    """Write such a record."""
    put_failure(
        bench, failure_value(bench, offset, failed_at=failed_at, **told), failed_at=failed_at
    )


def replay(cli: Cli, bench: Bench, *arguments: object) -> tuple[int, dict[str, Any]]:
    ran = cli("replay", *flags(bench), *arguments, "--json")
    assert ran.out, ran.err
    return ran.code, json.loads(ran.out)


def let_fail(bench: Bench, failures: int, **kafka: Any) -> list[dict[str, Any]]:
    """Run a service that can read nothing until there are so many failures in all."""
    with bench.service(FakeReader(fails=lambda _: FrameError(SIZE)), **kafka) as running:
        bench.collect(lambda out: len(out.failures) >= failures, watched=running)
        assert running.stop().reason is ExitReason.DRAINED
    found = bench.collect_rest().failures
    assert len(found) == failures
    return found


def read_frames(bench: Bench, plates: int) -> list[dict[str, Any]]:
    """What a service that can read everything makes of the frames topic."""
    with bench.service(FakeReader()) as running:
        bench.collect(lambda out: len(out.plates) >= plates, watched=running)
        assert running.stop().reason is ExitReason.DRAINED
    return bench.collect_rest().plates


def frames_on(bench: Bench) -> list[Message]:
    """Every committed message of the frames topic, by partition and offset."""
    consumer = Consumer(
        {
            "bootstrap.servers": bench.cluster.bootstrap_servers,
            "group.id": "looks-only",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
        }
    )
    numbers = range(bench.partitions)
    consumer.assign([TopicPartition(bench.topics.frames, number, 0) for number in numbers])
    found: list[Message] = []
    ended: set[int | None] = set()
    try:
        while len(ended) < bench.partitions:
            message = consumer.poll(DEADLINE_S)
            assert message is not None
            if message.error() is None:
                found.append(message)
            else:
                ended.add(message.partition())
    finally:
        consumer.close()
    return sorted(found, key=lambda m: (m.partition() or 0, m.offset() or 0))


def headers_of(message: Message) -> dict[str, Any]:
    return dict(message.headers() or [])
