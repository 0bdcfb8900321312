"""How fast dead letters are replayed on a real Kafka, and that each comes back once after kills.

``python -m tests.soak.replay [--letters 3000] [--bytes 1000] [--gap 1] [--kills 8] [--brokers 1]``

Frames of about ``--bytes`` are put on a topic of 8 partitions, and a failure record for every
``--gap``-th of them, as a service would write it. Then ``platestream replay`` runs as a command of
its own: a dry run and a run without a group, which are timed; then, by ``--group``, runs that are
killed (SIGKILL) at different moments, most of them within a transaction, and one that ends by
itself. What is on the frames topic in the end is counted by a reader of committed records. The last
line is one JSON object; exit code 1: a frame is lost or doubled.

The rate is dead letters over the time of the whole command, Python's start included; the peak of
memory is that of a command.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from platestream.contract.avro import LocalSchemaStore
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import EventEncoder
from platestream.contract.frames import Frame, SourceRef
from tests.clusters.kafka import KafkaCluster
from tests.clusters.topics import create_topics
from tests.stream.fakes import picture

_PARTITIONS = 8
_CAMERAS = 32
_CAPTURED = 1_700_000_000_000
_ANSWER_S = 60.0
# What a command may take at all; a kill that waits for frames waits no longer.
_LIMIT_S = 600.0
# A run is killed once so many new frames are on the topic, within its first transaction or within a
# later one; 0: half a second after its start, before it has read anything.
MOMENTS: Final = (0, 1, 1, 300, 0, 1, 300, 1)
_EARLY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one trial, with the frames and failures on them."""

    servers: str
    frames: str
    failures: str

    @classmethod
    def filled(cls, servers: str, letters: int, size: int, gap: int) -> "Topics":
        """Put ``letters`` dead letters there, and ``gap`` times as many frames."""
        name = f"b{uuid.uuid4().hex[:8]}"
        topics = cls(servers, f"{name}.frames", f"{name}.failed")
        admin = AdminClient({"bootstrap.servers": servers})
        create_topics(admin, [topics.frames, topics.failures], _PARTITIONS)
        producer = Producer({"bootstrap.servers": topics.servers, "linger.ms": 5})
        encoder = EventEncoder(LocalSchemaStore())

        def failed(error: KafkaError | None, message: Message) -> None:
            assert error is None
            camera, frame_id = (message.key() or b"").decode().split("/")
            source = SourceRef(topics.frames, message.partition() or 0, message.offset() or 0)
            frame = Frame(
                frame_id=frame_id,
                camera_id=camera,
                captured_at=_CAPTURED + int(frame_id),
                source=source,
            )
            record = encoder.failure(frame, FrameError(ErrorCode.TIMEOUT), time.time_ns() // 10**6)
            records.append((camera, record.value))

        records: list[tuple[str, bytes]] = []
        value = picture(1)
        value += bytes(max(0, size - len(value)))
        for number in range(letters * gap):
            camera = f"camera-{number % _CAMERAS:02d}"
            headers = {
                "camera_id": camera,
                "frame_id": str(number),
                "captured_at": str(_CAPTURED + number),
            }
            producer.produce(
                topics.frames,
                value,
                key=f"{camera}/{number}" if number % gap == 0 else camera,
                partition=number % _CAMERAS % _PARTITIONS,
                headers=list(headers.items()),
                on_delivery=failed if number % gap == 0 else None,
            )
            if number % 50 == 0:
                while len(producer) * len(value) > 64 * 2**20:
                    producer.poll(0.1)
        assert producer.flush(_ANSWER_S) == 0
        for camera, record in records:
            producer.produce(topics.failures, record, key=camera)
        assert producer.flush(_ANSWER_S) == 0
        return topics

    def command(
        self, *arguments: str, most_frames: int | None = None, pause_s: float = 0.0
    ) -> list[str]:
        """``platestream replay`` on these topics, with its transactions or with smaller ones.

        ``pause_s``: a rest before each transaction of a group, so that on a busy machine, too, a
        run has not ended before it is killed.
        """
        settings = {"frames": self.frames, "failures": self.failures}
        sets = [f"--set=kafka.topics.{topic}={name}" for topic, name in settings.items()]
        code = (
            "import time; "
            "from platestream.cli.app import main; "
            "from platestream.bus.replay import run, transactions; "
            "publisher = transactions.TransactionalPublisher; publish = publisher.publish; "
            f"publisher.publish = lambda *them: (time.sleep({pause_s}), publish(*them))[1]; "
            f"run._MOST_FRAMES = {most_frames} or run._MOST_FRAMES; main()"
        )
        replay = [sys.executable, "-c", code, "replay", "--json"]
        return [*replay, "--bootstrap-servers", self.servers, *sets, *arguments]

    def position(self, group: str) -> int:
        """How many dead letters the group has settled."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group})
        asked = [TopicPartition(self.failures, number) for number in range(_PARTITIONS)]
        try:
            return sum(max(0, of.offset) for of in consumer.committed(asked, _ANSWER_S))
        finally:
            consumer.close()

    def ends(self) -> int:
        """How much is on the frames topic, what is not committed included."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": "looks-only"})
        try:
            return sum(
                consumer.get_watermark_offsets(TopicPartition(self.frames, number), _ANSWER_S)[1]
                for number in range(_PARTITIONS)
            )
        finally:
            consumer.close()

    def replayed(self) -> Counter[str]:
        """How often each frame was replayed, by its root, for readers of committed records."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.servers,
                "group.id": "looks-only",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
            }
        )
        found: Counter[str] = Counter()
        consumer.assign([TopicPartition(self.frames, number, 0) for number in range(_PARTITIONS)])
        left = _PARTITIONS
        while left:
            message = consumer.poll(_ANSWER_S)
            assert message is not None
            if message.error() is not None:
                left -= 1
                continue
            headers: dict[str, Any] = dict(message.headers() or [])
            if root := headers.get("attr.replayed_from"):
                found[root.decode()] += 1
        consumer.close()
        return found


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def timed(topics: Topics, *arguments: str) -> tuple[float, float, dict[str, Any]]:
    """Seconds of a command, MiB of memory at its peak, and its summary."""
    begin = time.perf_counter()
    with subprocess.Popen(topics.command(*arguments), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        said = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
    assert status == 0
    return time.perf_counter() - begin, usage.ru_maxrss / 1024, json.loads(said)


def killed(topics: Topics, command: Sequence[str], moments: Sequence[int]) -> int:
    """Kill a run of ``command`` at each of the moments; how many of them had ended before."""
    early = 0
    for moment in moments:
        before = topics.ends()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + _LIMIT_S
        if moment == 0:
            time.sleep(_EARLY_S)
        while child.poll() is None and topics.ends() < before + moment:
            assert time.monotonic() < deadline
        early += child.poll() is not None
        child.kill()
        child.wait()
        _say(f"killed at {moment}: {topics.ends() - before} more on the topic")
    return early


def measure(
    servers: str, letters: int, size: int, gap: int, moments: Sequence[int]
) -> dict[str, Any]:
    """All of it, once."""
    topics = Topics.filled(servers, letters, size, gap)
    dry, _, summary = timed(topics, "--dry-run")
    assert summary["replayed"] == letters
    _say(f"dry run: {dry:.1f} s")
    plain, peak, summary = timed(topics)
    assert summary["replayed"] == letters
    _say(f"without a group: {plain:.1f} s")
    topics = Topics.filled(servers, letters, size, gap)
    begin = time.perf_counter()
    early = killed(topics, topics.command("--group", "nightly"), moments)
    settled = topics.position("nightly")
    last, peak_of_group, _ = timed(topics, "--group", "nightly")
    total = time.perf_counter() - begin
    found = topics.replayed()
    return {
        "letters": letters,
        "frame_bytes": max(size, len(picture(1))),
        "gap": gap,
        "dry_run_s": round(dry, 1),
        "without_group_s": round(plain, 1),
        "without_group_per_s": round(letters / plain),
        "kills": len(moments) - early,
        "settled_when_last_killed": settled,
        "killed_and_last_s": round(total, 1),
        "last_run_s": round(last, 1),
        "peak_mib": round(max(peak, peak_of_group)),
        "lost": letters - len(found),
        "doubled": sum(number - 1 for number in found.values()),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=3000)
    parser.add_argument("--bytes", type=int, default=1000, help="of a frame's message")
    parser.add_argument("--gap", type=int, default=1, help="one frame in so many failed")
    parser.add_argument("--kills", type=int, default=8, choices=range(1, 9))
    parser.add_argument("--brokers", type=int, default=1)
    asked = parser.parse_args()
    with KafkaCluster(asked.brokers) as cluster:
        figures = measure(
            cluster.bootstrap_servers, asked.letters, asked.bytes, asked.gap, MOMENTS[: asked.kills]
        )
    _say(json.dumps(figures))
    sys.exit(bool(figures["lost"] or figures["doubled"]))


if __name__ == "__main__":
    main()
