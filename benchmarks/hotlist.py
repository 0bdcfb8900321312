"""A hotlist of 100,000 entries: what a look costs, and how late alerts are while the list changes.

``python -m benchmarks.hotlist`` times single looks and changes in this process, beside a scan of
all entries; then it runs the application on a real Kafka, changes 1,000 entries a second, lets
listed vehicles pass, and measures from the capture of a frame until a reader of committed records
has the alert. Each vehicle is listed only SOON_S before it is seen, so a late change is a missed
alert.

The last line of standard output is one JSON object. Exit code 1: an alert was missed or doubled, or
the 99th percentile is above a second.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import yaml
from confluent_kafka import Consumer, Producer

from platestream.bus.configuration.settings import KafkaSettings
from platestream.contract.avro import decode, encode
from platestream.contract.schemas import SchemaName
from platestream.engine.hotlist_admin import HotlistAdmin
from platestream.engine.settings import EngineSettings
from platestream.hotlists.entry import HotlistEntry
from platestream.hotlists.hotlist import Hotlist
from platestream.telemetry.engine_metrics import EngineMetrics
from tests.clusters.kafka import KafkaCluster
from tests.clusters.process import LoggedProcess
from tests.engine.environment import application_program
from tests.engine.samples import STORE, message, reading, result

ENTRIES: Final = int(os.environ.get("HOTLIST_ENTRIES", "100000"))
CHANGES_PER_S: Final = 1000
SECONDS: Final = int(os.environ.get("HOTLIST_SECONDS", "60"))
CAMERAS: Final = 40
RESULTS_PER_S: Final = 200
SIGHTINGS_PER_S: Final = 20
SOON_S: Final = 1.0
LIMIT_S: Final = 1.0
_TOPICS: Final = EngineSettings().topics
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_START_S: Final = 120.0
_SETTLE_S: Final = 20.0


def number_of(draw: random.Random) -> str:
    """A number as plates have them."""
    return "".join(draw.choices(_LETTERS, k=2)) + f"{draw.randrange(10**5):05d}"


def entries_of(count: int, draw: random.Random) -> list[HotlistEntry]:
    """Entries; one of a hundred is a pattern."""
    made = []
    for n in range(count):
        number = number_of(draw)
        if n % 100 == 0:
            number = number[:3] + draw.choice(("?", "*")) + number[4:]
        made.append(HotlistEntry(entry_id=f"e{n}", plate_number=number))
    return made


def timed(action: Callable[[Any], object], items: list[Any]) -> float:
    """Microseconds for one item."""
    began = time.perf_counter()
    for item in items:
        action(item)
    return (time.perf_counter() - began) / len(items) * 1e6


def single_looks(entries: list[HotlistEntry], draw: random.Random) -> dict[str, float]:
    """What one look and one change cost, and a look by scanning."""
    hotlist = Hotlist(EngineSettings().near_probability)
    put = timed(hotlist.put, entries)
    numbers = [number_of(draw) for _ in range(5000)]
    return {
        "put_us": put,
        "sure_look_us": timed(lambda read: hotlist.matches(read, 0.99, (), 0), numbers),
        "doubtful_look_us": timed(lambda read: hotlist.matches(read, 0.3, (), 0), numbers),
        "change_us": timed(hotlist.put, draw.sample(entries, 5000)),
        "scan_us": timed(
            lambda read: [entry for entry in entries if entry.plate_number == read], numbers[:20]
        ),
    }


class Traffic:
    """Changes and results at their pace, and the alerts that must come of them."""

    def __init__(self, servers: str, draw: random.Random, entries: list[HotlistEntry]) -> None:
        self._draw = draw
        self._entries = entries
        self._producer = Producer(
            {"bootstrap.servers": servers, "linger.ms": 2, "partitioner": "murmur2_random"}
        )
        self._soon: list[tuple[float, str]] = []
        self._frames: Counter[str] = Counter()
        self.expected: dict[str, float] = {}
        self.changes = self.results = 0

    def step(self, elapsed: float, *, more: bool) -> None:
        """Send what is due after so many seconds; ``more``: list further vehicles."""
        while self.changes < elapsed * CHANGES_PER_S:
            fresh = more and self.changes % (CHANGES_PER_S // SIGHTINGS_PER_S) == 0
            self._change(fresh=fresh)
        while self.results < elapsed * RESULTS_PER_S:
            self._result()
        self._producer.poll(0)

    def _change(self, *, fresh: bool) -> None:
        self.changes += 1
        if fresh:
            number = f"ZZ{self.changes:07d}"
            entry = HotlistEntry(entry_id=number, plate_number=number)
            self._soon.append((time.time() + SOON_S, number))
        else:
            old = self._draw.choice(self._entries)
            entry = HotlistEntry(entry_id=old.entry_id, plate_number=number_of(self._draw))
        value = encode(SchemaName.HOTLIST_ENTRY, entry.as_record(), STORE)
        self._send(_TOPICS.hotlist, entry.entry_id, value)

    def _result(self) -> None:
        self.results += 1
        camera = f"camera-{self.results % CAMERAS:02d}"
        self._frames[camera] += 1
        shown = []
        now = time.time()
        if self._soon and self._soon[0][0] <= now:
            number = self._soon.pop(0)[1]
            self.expected[number] = now
            shown = [reading(number, confidence=0.97)]
        record = result(camera, self._frames[camera], *shown)
        at = round(now * 1000)
        self._send(
            _TOPICS.results, camera, message({**record, "captured_at": at, "processed_at": at})
        )

    def _send(self, topic: str, key: str, value: bytes) -> None:
        self._producer.produce(topic, key=key.encode(), value=value)


def on_kafka(entries: list[HotlistEntry], draw: random.Random) -> dict[str, Any]:
    """Run the application and measure."""
    program = application_program()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotlist-")))
        cluster = stack.enter_context(KafkaCluster(1))
        servers = cluster.bootstrap_servers
        cluster.create_topics((_TOPICS.results, _TOPICS.passages, _TOPICS.alerts), 8)
        cluster.create_topics((_TOPICS.hotlist,), 1)
        kafka = KafkaSettings(bootstrap_servers=servers)
        HotlistAdmin(kafka, _TOPICS.hotlist, STORE, EngineMetrics()).put(entries)
        config = folder / "config.yaml"
        settings = {
            "kafka": {"bootstrap_servers": servers, "start_seconds": _START_S},
            "engine": {"state_dir": str(folder / "state")},
            "telemetry": {"host": "127.0.0.1", "port": 0},
        }
        config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        process = LoggedProcess([*program, "--config", str(config)], folder / "log")
        process.start()
        stack.callback(process.kill)
        began = time.monotonic()
        while not process.said("partitions_assigned"):
            if time.monotonic() - began > _START_S or not process.running:
                raise TimeoutError(process.last_words())
            time.sleep(0.1)
        started = time.monotonic() - began
        consumer = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": "alerts",
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 10,
            }
        )
        consumer.subscribe([_TOPICS.alerts])
        stack.callback(consumer.close)
        traffic = Traffic(servers, draw, entries)
        found: Counter[str] = Counter()
        late: list[float] = []
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < SECONDS + _SETTLE_S:
            traffic.step(min(elapsed, SECONDS + 2 * SOON_S), more=elapsed < SECONDS)
            for each in consumer.consume(100, 0.002):
                now = time.time()
                if each.error() is None:
                    alert = decode(each.value() or b"", SchemaName.ALERT, STORE)
                    # Numbers of the changing list may pass by chance, and are no concern here.
                    if (number := alert["listed"]) in traffic.expected:
                        found[number] += 1
                        late.append(now - traffic.expected[number])
            if elapsed > SECONDS + 2 * SOON_S and len(found) == len(traffic.expected):
                break
        cuts = statistics.quantiles(late, n=100, method="inclusive")
        return {
            "entries": len(entries),
            "start_s": started,
            "changes_per_s": traffic.changes / (SECONDS + 2 * SOON_S),
            "results_per_s": traffic.results / (SECONDS + 2 * SOON_S),
            "alerts": len(traffic.expected),
            "missed": len(traffic.expected) - len(found),
            "doubled": sum(count > 1 for count in found.values()),
            "late_p50_s": cuts[49],
            "late_p99_s": cuts[98],
            "late_max_s": max(late),
        }


def main() -> int:
    """Measure and print."""
    draw = random.Random(1)  # noqa: S311
    entries = entries_of(ENTRIES, draw)
    looks = single_looks(entries, draw)
    for name, value in looks.items():
        print(f"{name:18} {value:10.1f}")
    run = on_kafka(entries, draw)
    report = {name: round(value, 4) for name, value in {**looks, **run}.items()}
    sys.stdout.write(json.dumps(report) + "\n")
    kept = not run["missed"] and not run["doubled"] and run["late_p99_s"] <= LIMIT_S
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
