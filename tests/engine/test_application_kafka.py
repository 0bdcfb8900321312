"""The application as a process of its own environment, on a real Kafka."""

import contextlib
import os
import shutil
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from platestream.bus.configuration.settings import KafkaSettings
from platestream.cli import app
from platestream.contract.schemas import SchemaName
from platestream.engine.hotlist_admin import HotlistAdmin
from platestream.hotlists.entry import HotlistEntry
from platestream.telemetry.engine_metrics import EngineMetrics
from tests.clusters.process import LoggedProcess
from tests.clusters.requirement import real
from tests.clusters.topics import create_topics
from tests.engine.environment import application_program
from tests.engine.samples import STORE, message, opened, reading, result
from tests.stream.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Json = dict[str, Any]


class Bench:
    """Topics of its own, an application on them, and what came out."""

    def __init__(self, servers: str, folder: Path) -> None:
        self.servers = servers
        self.folder = folder
        run = uuid.uuid4().hex[:8]
        self.topics = {name: f"{name}-{run}" for name in ("results", "passages", "alerts")}
        create_topics(AdminClient({"bootstrap.servers": servers}), list(self.topics.values()), 2)
        self.topics["hotlist"] = f"hotlist-{run}"
        create_topics(AdminClient({"bootstrap.servers": servers}), [self.topics["hotlist"]], 1)
        self.config = folder / "config.yaml"
        settings = {
            "kafka": {
                "bootstrap_servers": servers,
                "consumer": {"session.timeout.ms": 6000, "heartbeat.interval.ms": 500},
            },
            "engine": {
                "group_id": f"passages-{run}",
                "topics": self.topics,
                "state_dir": str(folder / "state"),
            },
            "telemetry": {"host": "127.0.0.1", "port": 0},
        }
        self.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        self._producer = Producer({"bootstrap.servers": servers, "partitioner": "murmur2_random"})
        self._consumer = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": run,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
            }
        )
        self._consumer.subscribe([self.topics["passages"], self.topics["alerts"]])
        self.found: dict[SchemaName, list[Json]] = {SchemaName.PASSAGE: [], SchemaName.ALERT: []}

    @property
    def hotlist(self) -> HotlistAdmin:
        kafka = KafkaSettings(bootstrap_servers=self.servers)
        return HotlistAdmin(kafka, self.topics["hotlist"], STORE, EngineMetrics())

    def send(self, *records: Json) -> None:
        for record in records:
            now = time.time_ns() // 1_000_000
            self._producer.produce(
                self.topics["results"],
                key=record["camera_id"],
                value=message({**record, "processed_at": now}),
            )
        assert self._producer.flush(30) == 0

    def wait(self, schema: SchemaName, count: int) -> list[Json]:
        def there() -> bool:
            for each in self._consumer.consume(100, 0.1):
                assert each.error() is None
                of_alerts = each.topic() == self.topics["alerts"]
                kind = SchemaName.ALERT if of_alerts else SchemaName.PASSAGE
                self.found[kind].append(opened(kind, each.value() or b""))
            return len(self.found[schema]) >= count

        wait_until(there, f"{count} of {schema}")
        return self.found[schema]

    @contextlib.contextmanager
    def application(self, *flags: str) -> Iterator[LoggedProcess]:
        program = [*application_program(), "--config", str(self.config), *flags]
        process = LoggedProcess(program, self.folder / "application.log", env=dict(os.environ))
        process.start()
        try:
            yield process
        finally:
            process.kill()

    def close(self) -> None:
        self._consumer.close()


@pytest.fixture
def bench(kafka_servers: str, tmp_path: Path) -> Iterator[Bench]:
    with real("application"):
        application_program()
    made = Bench(kafka_servers, tmp_path)
    yield made
    made.close()


def command(bench: Bench, *arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(["hotlist", *arguments, "--config", str(bench.config)])
    assert ended.value.code == 0


def test_passages_alerts_and_state_that_outlives_its_folder(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = HotlistEntry(entry_id="one", plate_number="AB12345", reason="stolen")
    parked = HotlistEntry(entry_id="two", plate_number="XY98765")
    bench.hotlist.put([listed, parked])
    seen = [result("gate", number, reading(x=100 + 10 * number)) for number in range(8)]
    with bench.application() as process:
        # A passage that the frames themselves end.
        bench.send(*seen, *(result("gate", number) for number in range(8, 40)))
        (passage,) = bench.wait(SchemaName.PASSAGE, 1)
        assert (passage["plate"]["plate_number"], passage["looks"]) == ("AB12345", 8)
        (alert,) = bench.wait(SchemaName.ALERT, 1)
        assert (alert["entry_id"], alert["match"]) == ("one", "exact")
        command(bench, "put", "cd-222 22", "--owner", "police", "--reason", "wanted")
        time.sleep(1.0)  # the promise itself: a change counts within a second
        bench.send(result("gate", 42, reading("CD22222", x=600)))
        assert bench.wait(SchemaName.ALERT, 2)[1]["owner"] == "police"
        # One that is under way, and seen, when the replica dies.
        bench.send(*(result("yard", number, reading("XY98765")) for number in range(4)))
        bench.wait(SchemaName.ALERT, 3)
        time.sleep(0.5)  # its last look was taken with its first, or a moment later
        process.kill()
    shutil.rmtree(bench.folder / "state")
    bench.send(*(result("yard", number, reading("XY98765")) for number in range(4, 8)))
    with bench.application("--set", "engine.idle_seconds=3") as process:
        # The cameras have fallen silent: the clock ends what is under way, with all its looks.
        by_number = {
            each["plate"]["plate_number"]: each for each in bench.wait(SchemaName.PASSAGE, 3)
        }
        assert by_number["XY98765"]["looks"] == 8
        process.signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert by_number.keys() == {"AB12345", "CD22222", "XY98765"}
    assert len(bench.found[SchemaName.ALERT]) == 3
    log = (bench.folder / "application.log").read_text()
    assert not [number for number in by_number if number in log]
    command(bench, "remove", "cd22222", "--owner", "police")
    capsys.readouterr()
    command(bench, "list", "--json")
    assert '"AB12345"' in (shown := capsys.readouterr().out)
    assert "CD22222" not in shown


def test_a_csv_file_is_imported_whole_or_not_at_all(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("plate_number,owner,near\nab 1,police,no\n*,police,yes\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        app.main(["hotlist", "import", str(path), "--config", str(bench.config)])
    assert ended.value.code == 2
    assert "line 3: a pattern needs" in capsys.readouterr().err
    assert bench.hotlist.entries() == []
    lines = "".join(f"AB{number:05},police,no\n" for number in range(500))
    path.write_text(f"plate_number,owner,near\n{lines}AB?99*,police,no\n", encoding="utf-8")
    command(bench, "import", str(path))
    assert len(bench.hotlist.entries()) == 501


WRONG = {
    "missing topics": ["engine.topics.passages=absent"],
    "no answer": ["kafka.bootstrap_servers=127.0.0.1:1", "kafka.start_seconds=1"],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_start_that_cannot_be_says_why(bench: Bench, wrong: str) -> None:
    flags = [part for each in WRONG[wrong] for part in ("--set", each)]
    program = [*application_program(), "--config", str(bench.config), *flags]
    process = LoggedProcess(program, bench.folder / "application.log")
    process.start()
    assert process.wait(60) == 3
    said = process.last_words()
    assert wrong in said
    assert "Traceback" not in said
