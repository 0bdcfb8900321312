"""``python -m tests.soak.feed [--minutes 10]``: a camera over RTSP for so long, onto a real Kafka.

GStreamer's RTSP server plays numbered pictures again and again, ``platestream feed`` publishes
them, and the server throws it out ``--disconnects`` times on the way. Then the topic is read:

- every frame that was read is published, or dropped with a reason;
- every published frame is on the topic once, in the order of its capture, by time and by content;
- the camera came back after each disconnect.

The last line of standard output is one JSON object. Exit code 0: all of it holds; 1: it does not;
2: a part is missing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Final

from confluent_kafka import Consumer, KafkaError, TopicPartition

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.flow.messages import identify
from platestream.contract.messages import DEFAULT_LIMITS
from tests.clusters.kafka import real_kafka
from tests.clusters.requirement import UnavailableError
from tests.clusters.topics import create_topics
from tests.feed.pictures import number_of
from tests.feed.servers.rtsp import RtspServer
from tests.stream.waiting import wait_until

_TOPIC: Final = "frames"
_CAMERA: Final = "gate"
_PARTITIONS: Final = 4
# Ten seconds of pictures: a jump by less is a jump, not another round.
_ROUND: Final = 250
# A camera is thrown out, notices, pauses for half a second to a second, and is answered again.
_AWAY_SECONDS: Final = 20.0
_ANSWER_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSoak:
    """What to run.

    Attributes:
        minutes: How long.
        disconnects: How often the camera is thrown out.
        path: ``h264`` or ``jpeg``.
        fps: Pictures a second.
    """

    minutes: float = 10.0
    disconnects: int = 3
    path: str = "h264"
    fps: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """What came of it; times in seconds.

    Attributes:
        summary: What the feed said at its end.
        on_topic: Messages on the topic.
        repeated: Frame ids that are there more than once.
        out_of_order: Neighbours whose capture times do not rise, or whose numbers go back.
        missed_pictures: Pictures that the server played within a connection and nobody read.
        gaps: Longest times without a frame, one for each disconnect.
        latency_seconds: From capture to acknowledgement, as the feed measured it: p50, p99, max.
        problems: What does not hold.
    """

    summary: dict[str, Any]
    on_topic: int
    repeated: int
    out_of_order: int
    missed_pictures: int
    gaps: tuple[float, ...]
    latency_seconds: dict[str, float]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of the topic."""

    frame_id: str
    captured_at: int
    number: int


def run_feed_soak(soak: FeedSoak, servers: str) -> FeedReport:
    """Run it against ``servers``, whose topic is there and empty."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RtspServer(Path(folder) / "pictures", _ROUND, soak.fps) as server,
        (Path(folder) / "log").open("w+") as log,
    ):
        summary = _feed(soak, server, servers, log)
    return judge(soak, summary, list(_read(servers)))


def _feed(soak: FeedSoak, server: RtspServer, servers: str, log: IO[str]) -> dict[str, Any]:
    seconds = soak.minutes * 60
    process = subprocess.Popen(
        [sys.executable, "-m", "platestream.cli", "feed", server.url(soak.path),
         "--camera", _CAMERA, "--json", "--bootstrap-servers", servers,
         "--set", "telemetry.port=0"],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )  # fmt: skip
    said = Path(log.name)
    try:
        wait_until(lambda: '"source_open"' in said.read_text(), "the camera", timeout=60)
        for _ in range(soak.disconnects):
            time.sleep(seconds / (soak.disconnects + 1))
            server.disconnect()
        time.sleep(seconds / (soak.disconnects + 1))
        process.terminate()
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return {**told["cameras"][_CAMERA], "latency_seconds": told["latency_seconds"]}


def _read(servers: str) -> Iterator[Seen]:
    consumer = Consumer(
        {"bootstrap.servers": servers, "group.id": "feed-soak", "enable.partition.eof": True}
    )
    left = set(range(_PARTITIONS))
    consumer.assign([TopicPartition(_TOPIC, number, 0) for number in left])
    try:
        while left:
            message = consumer.poll(_ANSWER_SECONDS)
            if message is None:
                raise TimeoutError("the topic could not be read to its end")
            error = message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise RuntimeError(error.str())
                left.discard(message.partition() or 0)
                continue
            frame = identify(message, DEFAULT_LIMITS)
            yield Seen(frame.frame_id, frame.captured_at, number_of(message.value() or b""))
    finally:
        consumer.close()


def judge(soak: FeedSoak, summary: dict[str, Any], seen: Sequence[Seen]) -> FeedReport:
    """Hold what is on the topic against what the feed said, and against what must hold."""
    dropped = sum(summary["dropped"].values())
    repeated = len(seen) - len({frame.frame_id for frame in seen})
    gaps, behind, missed = list[float](), 0, 0
    period = 1000 / soak.fps
    for before, after in pairwise(seen):
        apart = after.captured_at - before.captured_at
        steps = (after.number - before.number) % _ROUND
        if apart <= 0 or not 0 < steps <= _ROUND // 2:
            # Another connection's film begins where the server is, or from its beginning.
            if apart > 10 * period:
                gaps.append(apart / 1000)
            else:
                behind += 1
        elif apart > 10 * period and steps > 1:
            gaps.append(apart / 1000)
        else:
            missed += steps - 1
    reconnects = sum(summary["reconnects"].values())
    rules = {
        f"{summary['read']} read, {summary['published']} published, {dropped} dropped": (
            summary["read"] == summary["published"] + dropped
        ),
        f"{summary['published']} published, {len(seen)} on the topic": (
            summary["published"] == len(seen)
        ),
        f"{repeated} are there more than once": not repeated,
        f"{behind} are out of order": not behind,
        f"{reconnects} reconnects of {soak.disconnects}": reconnects >= soak.disconnects,
        f"away for {max(gaps, default=0):.1f} s": max(gaps, default=0) < _AWAY_SECONDS,
        f"only {len(seen)} frames": len(seen) > 0.5 * soak.minutes * 60 * soak.fps,
    }
    return FeedReport(
        summary={name: summary[name] for name in ("read", "published", "dropped", "reconnects")},
        on_topic=len(seen),
        repeated=repeated,
        out_of_order=behind,
        missed_pictures=missed,
        gaps=tuple(round(gap, 2) for gap in gaps),
        latency_seconds=summary["latency_seconds"],
        problems=tuple(told for told, holds in rules.items() if not holds),
    )


def main() -> int:
    """Run it and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--disconnects", type=int, default=3)
    parser.add_argument("--path", choices=("h264", "jpeg"), default="h264")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--embedded", action="store_true", help="no Kafka; for seconds")
    given = vars(parser.parse_args())
    embedded = given.pop("embedded")
    soak = FeedSoak(**given)
    try:
        if embedded:
            with EmbeddedBroker(topics={_TOPIC: _PARTITIONS}) as broker:
                report = run_feed_soak(soak, broker.bootstrap_servers)
        else:
            with real_kafka() as servers:
                from confluent_kafka.admin import AdminClient

                create_topics(AdminClient({"bootstrap.servers": servers}), [_TOPIC], _PARTITIONS)
                report = run_feed_soak(soak, servers)
    except UnavailableError as missing:
        sys.stderr.write(f"a part is missing: {missing}\n")
        return 2
    for name, value in asdict(report).items():
        sys.stderr.write(f"{name}: {value}\n")
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
