"""The whole stream through a real registry: foreign producers in, a foreign consumer out."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.registry import open_schema_store
from platestream.bus.service import ExitReason
from platestream.contract.schemas import SchemaName
from platestream.telemetry.metrics import Metrics
from tests.bus.clusters import EmbeddedCluster
from tests.bus.harness import Bench
from tests.bus.messages import FrameMessage, avro, bare
from tests.bus.registry.variants import NEWER, impatient
from tests.bus.registry.vendor import Vendor
from tests.stream.fakes import FakeReader, picture, text_of
from tests.stream.waiting import DEADLINE_S


@pytest.fixture
def bench() -> Iterator[Bench]:
    with EmbeddedBroker() as broker:
        bench = Bench(EmbeddedCluster(broker), partitions=1)
        yield bench
        bench.close()


def test_frames_and_plates_of_other_clients_go_through(schema_registry: str, bench: Bench) -> None:
    vendor = Vendor(schema_registry)
    names = {
        SchemaName.FRAME_EVENT: bench.topics.frames,
        SchemaName.PLATE_EVENT: bench.topics.plates,
        SchemaName.FRAME_FAILURE: bench.topics.failures,
    }
    with open_schema_store(impatient(schema_registry), names, Metrics()) as store:
        newer = vendor.write(
            bench.topics.frames,
            json.dumps(NEWER),
            {
                "frame_id": "theirs", "camera_id": "gate", "captured_at": 1_767_225_600_000,
                "image": picture(1), "url": None, "attributes": {}, "lens": "wide", "gain": None,
            },
        )  # fmt: skip
        unknown = b"\0" + (999_999).to_bytes(4, "big") + newer[5:]
        bench.produce(
            [
                FrameMessage(newer),
                FrameMessage(unknown),
                FrameMessage(newer[:-3]),
                FrameMessage(newer + b"\0"),
                avro(2),  # by a local id
                bare(3),
            ]
        )
        with bench.service(FakeReader(), store=store) as running:
            failures = _values(bench, bench.topics.failures, 3)
            plates = _values(bench, bench.topics.plates, 3)
            assert running.stop().reason is ExitReason.DRAINED

    read = sorted((vendor.read(bench.topics.plates, value) for value in plates), key=_offset)
    assert [plate["plate"]["plate_number"] for plate in read] == [text_of(n) for n in (1, 2, 3)]
    assert read[0]["frame_id"] == "theirs"
    assert read[0]["captured_at"].timestamp() == 1_767_225_600
    failed = [vendor.read(bench.topics.failures, value) for value in failures]
    assert sorted(map(_offset, failed)) == [1, 2, 3]
    assert {failure["error_code"] for failure in failed} == {"AIS.0101"}


def _values(bench: Bench, topic: str, count: int) -> list[bytes]:
    """The first ``count`` values of ``topic``."""
    reading = Consumer({"bootstrap.servers": bench.cluster.bootstrap_servers, "group.id": "vendor"})
    reading.assign([TopicPartition(topic, number, 0) for number in (0, 1)])
    found: list[bytes] = []
    deadline = time.monotonic() + DEADLINE_S
    try:
        while len(found) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} in {topic}"
            message = reading.poll(0.1)
            if message is not None:
                assert message.error() is None, message.error()
                found.append(message.value() or b"")
    finally:
        reading.close()
    return found


def _offset(record: dict[str, Any]) -> int:
    offset: int = record["source"]["offset"]
    return offset
