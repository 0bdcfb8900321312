"""Bundles that change under load: ``python -m tests.soak.swap``, SWAP_FRAMES says how many frames.

A real broker, exactly once, one replica as a process. While frames keep coming, another bundle is
put in force, then one that is damaged, then one that fails on a picture that comes later. Every
frame must have one result and one plate, and the model in the results of a partition, in the order
of its frames, must change when it is told to and at no other time.

The last line of standard output is one JSON object. Exit code 0: so it was; 1: it was not.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import cv2
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from platestream.bus.configuration.settings import TopicSettings
from platestream.contract.avro import LocalSchemaStore, decode
from platestream.contract.schemas import SchemaName
from platestream.vision.models.pointer import point
from tests.clusters.kafka import KafkaCluster
from tests.clusters.topics import create_topics
from tests.soak.fleet import Fleet, Replica
from tests.soak.swap_report import SwapReport
from tests.vision.tiny_models import paint_plate, recognizer, scene, write_bundle

_PARTITIONS: Final = 4
# As many as the replica may have in flight, and some that wait.
_LEAD: Final = 100
_STORE: Final = LocalSchemaStore()
# Without a result; how fast the machine is does not count. Loading a bundle takes seconds.
_SILENCE_S: Final = 120.0
# Until a step has come about, on a machine with nothing to spare.
_PATIENCE_S: Final = 1200.0
# Most blue of all letters is that of the last one; see tiny_models.
_FAILS_FROM: Final = 230.0


class _Run:
    """Frames in, results and plates out, and who read them."""

    def __init__(self, servers: str, topics: TopicSettings) -> None:
        self._topics = topics
        self._producer = Producer({"bootstrap.servers": servers, "linger.ms": 5, "log_level": 2})
        self._consumer = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": f"{topics.frames}-audit",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
                "log_level": 2,
            }
        )
        outputs = [TopicPartition(t, n, 0) for t in topics.outputs for n in range(_PARTITIONS)]
        self._consumer.assign(outputs)
        self._pictures = {text: _picture(text) for text in ("A1A1", "ZZZZ")}
        self.sent = 0
        self.results: Counter[tuple[int, int]] = Counter()
        self.plates: Counter[tuple[int, int]] = Counter()
        self.failed = 0
        self.versions: dict[tuple[int, int], str] = {}

    def send(self, text: str = "A1A1") -> None:
        number = self.sent
        self._producer.produce(
            self._topics.frames,
            self._pictures[text],
            key=f"camera-{number % 8}",
            partition=number % _PARTITIONS,
        )
        self._producer.poll(0)
        self.sent += 1

    def step(self, most: int) -> None:
        """Send what may be on its way, and take in what is there."""
        while self.sent < most and self.sent - len(self.results) < _LEAD:
            self.send()
        for message in self._consumer.consume(500, 0.05):
            value, topic = message.value(), message.topic()
            if message.error() is not None or value is None:
                continue
            if topic == self._topics.failures:
                self.failed += 1
            elif topic == self._topics.plates:
                self.plates[_source(decode(value, SchemaName.PLATE_EVENT, _STORE))] += 1
            else:
                record = decode(value, SchemaName.FRAME_RESULT, _STORE)
                self.results[_source(record)] += 1
                self.versions[_source(record)] = record["model"]["version"]

    def until(self, condition: Callable[[], bool], what: str, most: int) -> None:
        """Go on until ``condition`` is true.

        Raises:
            TimeoutError: If it does not come true.
        """
        began = moved = time.monotonic()
        answered = len(self.results)
        while not condition():
            now = time.monotonic()
            if len(self.results) > answered:
                moved, answered = now, len(self.results)
            if now - moved > _SILENCE_S or now - began > _PATIENCE_S:
                raise TimeoutError(f"{what}: {len(self.results)} of {self.sent} frames answered")
            self.step(most)

    def close(self) -> None:
        self._producer.flush(10)
        self._consumer.close()


def run_swap(servers: str, frames: int, folder: Path, name: str) -> SwapReport:
    """Run it, and stop everything that it started.

    Args:
        servers: A Kafka.
        frames: About how many.
        folder: For bundles, settings and the replica's log.
        name: Of topics and group.
    """
    shelf = folder / "bundles"
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        write_bundle(shelf / version, change={"version": version})
    (shelf / "3.0.0" / "refiner.onnx").write_bytes(b"cut off")
    fails = recognizer(fails_from=_FAILS_FROM)
    write_bundle(shelf / "4.0.0", change={"version": "4.0.0"}, models={"recognizer": fails})
    point(shelf / "current", "1.0.0")
    topics = TopicSettings(
        frames=f"{name}.frames",
        plates=f"{name}.plates",
        failures=f"{name}.failed",
        results=f"{name}.results",
    )
    admin = AdminClient({"bootstrap.servers": servers, "log_level": 2})
    create_topics(admin, (topics.frames, *topics.outputs), _PARTITIONS)
    fleet = Fleet(folder)
    run = _Run(servers, topics)
    try:
        replica = fleet.add("swap", _settings(servers, topics, shelf, name))
        fleet.wait_assigned()
        began = time.monotonic()
        _story(run, replica, shelf, frames)
        seconds = time.monotonic() - began
        fleet.drain()
        return _report(run, replica, seconds)
    finally:
        fleet.kill()
        run.close()


def _story(run: _Run, replica: Replica, shelf: Path, frames: int) -> None:
    def answered(share: float) -> Callable[[], bool]:
        return lambda: len(run.results) >= share * frames

    def seen(version: str) -> Callable[[], bool]:
        return lambda: version in run.versions.values()

    def everywhere(version: str) -> Callable[[], bool]:
        # A busy machine fetches some partitions long before others.
        return lambda: (
            len({place[0] for place, by in run.versions.items() if by == version}) == _PARTITIONS
        )

    always = 10**9
    run.until(answered(0.25), "a quarter", always)
    run.until(everywhere("1.0.0"), "each partition's first frame", always)
    point(shelf / "current", "2.0.0")
    run.until(everywhere("2.0.0"), "the second bundle", always)
    run.until(answered(0.5), "a half", always)
    point(shelf / "current", "3.0.0")
    run.until(lambda: replica.has_logged("model_refused"), "the refusal", always)
    run.until(answered(0.6), "more", always)
    point(shelf / "current", "4.0.0")
    run.until(seen("4.0.0"), "the bundle that fails", always)
    run.send("ZZZZ")
    run.until(lambda: replica.has_logged("model_rolled_back"), "the roll-back", always)
    point(shelf / "current", "2.0.0")
    run.until(lambda: run.sent >= frames, "the last frame", max(frames, run.sent))
    for _ in range(_PARTITIONS):  # the last one of each partition comes after all of it
        run.send("ZZZZ")
    last = run.sent
    run.until(
        lambda: len(run.results) >= last and len(run.plates) + run.failed >= last, "all", last
    )


def _settings(servers: str, topics: TopicSettings, shelf: Path, name: str) -> dict[str, Any]:
    return {
        "kafka": {
            "bootstrap_servers": servers,
            "group_id": name,
            "guarantee": "exactly_once",
            "transactional_id": name,
            "topics": topics.model_dump(),
            "drain_seconds": 15.0,
        },
        "stream": {"batch_max_frames": 8, "max_in_flight_frames": 64, "decode_workers": 2},
        "vision": {
            "bundle": str(shelf / "current"),
            "threads": 1,
            "batch_buckets": [1, 2, 4, 8],
            "regions": [],
            "tiling": False,
            "swap": {"poll_seconds": 0.2, "trial_frames": 1_000_000},
        },
        "telemetry": {"host": "127.0.0.1", "port": 0},
    }


def _picture(text: str) -> bytes:
    pixels = scene(120, 240)
    paint_plate(pixels, text, at=(36, 36))
    done, encoded = cv2.imencode(".png", pixels)
    assert done
    return encoded.tobytes()


def _source(record: dict[str, Any]) -> tuple[int, int]:
    return record["source"]["partition"], record["source"]["offset"]


def _report(run: _Run, replica: Replica, seconds: float) -> SwapReport:
    by_partition: dict[int, list[str]] = defaultdict(list)
    for (partition, _), version in sorted(run.versions.items()):
        by_partition[partition].append(version)
    lines = [json.loads(line) for line in replica.log.read_text().splitlines() if line[:1] == "{"]
    return SwapReport(
        frames=run.sent,
        lost=2 * run.sent - len(run.results) - len(run.plates),
        doubled=run.results.total() + run.plates.total() - len(run.results) - len(run.plates),
        failed=run.failed,
        versions=[[key for key, _ in groupby(each)] for each in by_partition.values()],
        frames_by_version=dict(sorted(Counter(run.versions.values()).items())),
        events=[line["event"] for line in lines if str(line.get("event", "")).startswith("model_")],
        seconds=round(seconds, 1),
    )


def main() -> int:
    """Run it with a broker of its own and print what came of it."""
    frames = int(os.environ.get("SWAP_FRAMES", "4000"))
    with KafkaCluster(1) as cluster, tempfile.TemporaryDirectory(prefix="swap-") as folder:
        report = run_swap(cluster.bootstrap_servers, frames, Path(folder), "swap")
    sys.stdout.write(json.dumps({**asdict(report), "passed": report.passed}) + "\n")
    return 0 if report.passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
