"""Whether a process that ends at work does so as docs/STREAM.md says: ``-m tests.soak.fencing``.

Real models read pictures from a real Kafka. Each round starts one replica, waits until it is at
work, and ends it: by another producer of its transactional id, by a drain deadline that is too
short, or by two signals. What counts is the exit code, and that no native library ends the process
its own way (SIGABRT is -6).
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from tests.clusters.kafka import real_kafka
from tests.clusters.process import free_port
from tests.clusters.requirement import UnavailableError
from tests.clusters.topics import create_topics
from tests.soak.fleet import Replica
from tests.soak.plan import small_pictures

_PARTITIONS: Final = 4
# A batch of these takes long enough for a process to end in the middle of it.
_PICTURE_SIZE: Final = (1280, 720)
# Enough that a replica has work for all of its life, however fast the machine.
_FRAMES_A_ROUND: Final = 300
# Models load in seconds; three of them side by side on two busy cores take most of a minute.
_START_S: Final = 120.0
_FENCE_S: Final = 60.0


class Way(StrEnum):
    """How a replica is made to end."""

    FENCED = "fenced"
    DEADLINE = "deadline"
    ABORTED = "aborted"


# The table of docs/STREAM.md.
EXPECTED: Final[Mapping[Way, int]] = {Way.FENCED: 3, Way.DEADLINE: 1, Way.ABORTED: 128 + 15}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one replica ended."""

    way: Way
    code: int
    last_words: str

    @property
    def as_documented(self) -> bool:
        """Whether the exit code is the one in the table."""
        return self.code == EXPECTED[self.way]


def run(times: Mapping[Way, int], servers: str, folder: Path) -> list[Outcome]:
    """End replicas, one after the other.

    Args:
        times: How many of each kind.
        servers: A Kafka.
        folder: For settings and logs.
    """
    name = f"fencing-{time.time_ns()}"
    topics = {kind: f"{name}.{kind}" for kind in ("frames", "plates", "failures")}
    pictures = small_pictures(*_PICTURE_SIZE)
    outcomes = []
    admin = AdminClient({"bootstrap.servers": servers, "log_level": 2})
    create_topics(admin, tuple(topics.values()), _PARTITIONS)
    for way, count in times.items():
        for _ in range(count):
            _send(servers, topics["frames"], pictures)
            port = free_port()
            replica = Replica("replica", folder, _settings(servers, name, topics, way, port))
            replica.log.unlink(missing_ok=True)
            outcomes.append(_end(replica, way, servers, name, port))
    return outcomes


def _settings(
    servers: str, name: str, topics: Mapping[str, str], way: Way, port: int
) -> dict[str, Any]:
    return {
        "kafka": {
            "bootstrap_servers": servers,
            "group_id": name,
            "transactional_id": name,
            "topics": dict(topics),
            "revoke_seconds": 5.0,
            "drain_seconds": 0.05 if way is Way.DEADLINE else 20.0,
            "consumer": {"session.timeout.ms": 6000, "heartbeat.interval.ms": 500},
        },
        "stream": {"batch_max_frames": 16, "decode_workers": 2},
        "telemetry": {"host": "127.0.0.1", "port": port},
    }


def _send(servers: str, topic: str, pictures: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 5, "log_level": 2})
    for number, picture in enumerate(islice(cycle(pictures), _FRAMES_A_ROUND)):
        producer.produce(topic, picture, f"camera-{number % 16}")
        producer.poll(0)
    if producer.flush(_FENCE_S):
        raise RuntimeError("the frames could not be sent")


def _end(replica: Replica, way: Way, servers: str, name: str, port: int) -> Outcome:
    replica.start()
    try:
        _wait_at_work(replica, port)
        match way:
            case Way.FENCED:
                rival = Producer(
                    {"bootstrap.servers": servers, "transactional.id": name, "log_level": 2}
                )
                rival.init_transactions(_FENCE_S)
            case Way.DEADLINE:
                replica.signal(signal.SIGTERM)
            case Way.ABORTED:
                replica.signal(signal.SIGTERM)
                _wait_drains(replica)  # two of a kind at once are one signal
                replica.signal(signal.SIGTERM)
        return Outcome(way, replica.wait(_FENCE_S), replica.last_words())
    finally:
        replica.kill()


def _wait_at_work(replica: Replica, port: int) -> None:
    """Wait until frames were delivered and others are in flight."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and replica.running:
        if _value(port, "platestream_frames_processed_total") and _value(
            port, "platestream_in_flight_frames"
        ):
            return
        time.sleep(0.05)  # an endpoint offers nothing to wait on
    raise RuntimeError(f"the replica is not at work: {replica.last_words()}")


def _wait_drains(replica: Replica) -> None:
    deadline = time.monotonic() + _FENCE_S
    while time.monotonic() < deadline and replica.running and not replica.has_logged("draining"):
        time.sleep(0.005)  # a log file offers nothing to wait on


def _value(port: int, name: str) -> float:
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
    except (URLError, OSError):
        return 0.0
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def main() -> int:
    """Run it; 0 where every exit code is the documented one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="fencings")
    parser.add_argument("--deadlines", type=int, default=10, help="missed drain deadlines")
    parser.add_argument("--aborts", type=int, default=10, help="second signals")
    given = parser.parse_args()
    times = {
        Way.FENCED: given.times,
        Way.DEADLINE: given.deadlines,
        Way.ABORTED: given.aborts,
    }
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fencing-")))
            outcomes = run(times, stack.enter_context(real_kafka()), folder)
    except UnavailableError as error:
        sys.stderr.write(f"fencing: {error}\n")
        return 2
    codes = {way: Counter(o.code for o in outcomes if o.way is way) for way in times}
    wrong = [outcome for outcome in outcomes if not outcome.as_documented]
    for outcome in wrong:
        sys.stderr.write(f"{outcome.way}: exit code {outcome.code}\n{outcome.last_words}\n")
    sys.stdout.write(json.dumps({"codes": codes, "wrong": len(wrong)}) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
