import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
import yaml
from confluent_kafka import Producer

from tests.cli.conftest import Cli
from tests.pictures.pixels import good_picture

DEADLINE = 60.0


def test_check_config_prints_the_settings_without_secrets(cli: Cli, tmp_path: Path) -> None:
    config = tmp_path / "platestream.yaml"
    config.write_text("kafka:\n  group_id: from-file\n  client_id: ours\n", encoding="utf-8")
    ran = cli(
        "run", "--check-config", "--config", config,
        "--set", "kafka.group_id=from-flag",
        "--set", "kafka.security.protocol=SASL_SSL",
        "--set", "kafka.consumer.sasl.mechanisms=OAUTHBEARER",
        "--set", "kafka.consumer.sasl.oauthbearer.client.secret=hunter2",
        "--bootstrap-servers", "broker:9093",
    )  # fmt: skip
    assert ran.code == 0
    shown = yaml.safe_load(ran.out)
    assert shown["kafka"]["group_id"] == "from-flag"
    assert shown["kafka"]["client_id"] == "ours"
    assert shown["kafka"]["bootstrap_servers"] == "broker:9093"
    assert "hunter2" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--set", "kafka.gruop_id=a"], "kafka.gruop_id"),
        (["--set", "kafka.group_id"], "KEY=VALUE"),
        (["--set", "stream.batch_max_frames=0"], "stream.batch_max_frames"),
        (["--set", "vision.providers=[cpu"], "not a list"),
        (["--config", "/absent.yaml"], "/absent.yaml"),
        (["--set", "kafka.topics.plates=frames"], "kafka.topics: the topics must be different"),
        (["--set", "kafka.consumer.no.such=1"], "kafka.consumer: no.such: librdkafka has no such"),
        (["--set", "kafka.producer.socket.timeout.ms=abc"], "kafka.producer: Invalid value for"),
        (["--set", "kafka.consumer.socket.timeout.ms=1"], "outside allowed range 10..300000"),
        (["--set", "kafka.consumer.error_cb=x"], "kafka.consumer: expected error_cb"),
        (
            ["--set", "kafka.security.protocol=SSL", "--set", "kafka.security.ssl_ca_file=/no.pem"],
            "kafka.security.ssl_ca_file: /no.pem",
        ),
        (["--set", "kafka.security.protocol=SASL_SSL"], "kafka.security: "),
        (
            [
                *("--set", "kafka.security.protocol=SASL_SSL"),
                *("--set", "kafka.security.sasl_password_file=/absent"),
            ],
            "/absent",
        ),
        (["--set", "kafka.security.ssl_ca_file=/ca"], "security.ssl_ca_file has no effect"),
        (["--bootstrap-servers", "http://kafka:9092"], "must be host:port, such as kafka:9092"),
        (["--set", "kafka.consumer.heartbeat.interval.ms=20000"], "3 x heartbeat.interval.ms"),
        (["--set", "registry.url=http://r", "--set", "registry.ca_file=/no.pem"], "/no.pem"),
        (["--http"], "--no-auth"),
        (["--http", "--credentials", "/absent.yaml"], "/absent.yaml"),
        (["--http", "--no-auth", "--set", "web.rate_limit=often"], "web"),
    ],
)
@pytest.mark.parametrize("checking", [False, True], ids=["start", "check"])
def test_wrong_settings_stop_before_anything_starts(
    cli: Cli, arguments: list[str], complaint: str, *, checking: bool
) -> None:
    ran = cli("run", *arguments, *(["--check-config"] if checking else []))
    assert ran.code == 2
    assert complaint in ran.err
    assert "Value error" not in ran.err
    assert "unexpected" not in ran.err
    assert ran.out == ""


def test_debug_shows_where_an_expected_error_comes_from(cli: Cli) -> None:
    arguments = ("run", "--set", "kafka.consumer.no.such=1")
    assert "Traceback" not in cli(*arguments).err
    assert "Traceback" in cli("--debug", *arguments).err


def test_a_bundle_that_a_start_would_refuse_is_refused(cli: Cli, tmp_path: Path) -> None:
    for command in (("run",), ("serve", "--no-auth")):
        ran = cli(*command, "--check-config", "--set", f"vision.bundle={tmp_path}")
        assert ran.code == 3
        assert str(tmp_path) in ran.err


def test_settings_are_checked_without_a_broker(cli: Cli) -> None:
    before = time.monotonic()
    ran = cli("run", "--check-config", "--bootstrap-servers", "no-such-host.invalid:9092")
    assert ran.code == 0
    assert ran.err == ""
    assert time.monotonic() - before < 5


def test_a_busy_telemetry_port_is_fatal(cli: Cli, tiny: Path) -> None:
    assert tiny.is_dir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = cli(
            "run", "--set", "kafka.embedded=true", "--set", "telemetry.host=127.0.0.1",
            "--set", f"telemetry.port={taken.getsockname()[1]}",
        )  # fmt: skip
    assert ran.code == 3
    assert "telemetry" in ran.err


# -- as a process -------------------------------------------------------------------------------


class Process:
    """The service as an orchestrator runs it."""

    def __init__(self, bundle: Path, *extra: str, command: str = "run") -> None:
        self.child = subprocess.Popen(
            [
                sys.executable, "-m", "platestream.cli", command,
                "--set", f"vision.bundle={bundle}", "--set", "vision.threads=1",
                "--set", "telemetry.host=127.0.0.1", "--set", "telemetry.port=0",
                *extra,
            ],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        self.log: list[dict[str, Any]] = []
        self._lines: Queue[dict[str, Any]] = Queue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.child.stderr is not None
        for line in self.child.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"text": line}
            self.log.append(event)
            self._lines.put(event)

    def event(self, name: str) -> dict[str, Any]:
        """Wait for a log line."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            try:
                event = self._lines.get(timeout=0.2)
            except Empty:
                assert self.child.poll() is None, self.log
                continue
            if event.get("event") == name:
                return event
        pytest.fail(f"no {name} in {self.log}")

    def wait(self) -> int:
        """Wait for the end; the exit code."""
        code = self.child.wait(DEADLINE)
        self._reading.join(DEADLINE)
        return code


@pytest.fixture
def service(tiny_bundle_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts the service in a process of its own."""
    started: list[Process] = []

    def start(*extra: str) -> Process:
        started.append(Process(tiny_bundle_path, *extra))
        return started[-1]

    yield start
    for process in started:
        if process.child.poll() is None:
            process.child.kill()
        process.wait()


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_ready(base: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while get(f"{base}/readyz")[0] != 200:
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def test_the_service_answers_its_probes_and_drains_on_sigterm(
    service: Callable[..., Process],
) -> None:
    process = service("--set", "kafka.embedded=true")
    base = process.event("started")["telemetry"].removesuffix("/metrics")
    wait_ready(base)
    assert get(f"{base}/healthz")[0] == 200
    status, metrics = get(f"{base}/metrics")
    assert status == 200
    assert 'platestream_model_info{name="tiny"' in metrics
    process.child.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    # The embedded broker ends with the service: librdkafka may still say that it is gone.
    assert process.event("stopped")["reason"] == "drained"


def test_both_interfaces_stand_on_one_pipeline(service: Callable[..., Process]) -> None:
    process = service(
        "--set", "kafka.embedded=true", "--http", "--no-auth", "--set", "web.port=0"
    )  # fmt: skip
    started = process.event("started")
    base = started["telemetry"].removesuffix("/metrics")
    wait_ready(base)
    picture = base64.b64encode(good_picture()).decode()
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{started['address']}/v2/p1/ocr/license-plate",
        data=json.dumps({"image": picture}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
        assert json.load(answer) == {"result": []}
    producer = Producer({"bootstrap.servers": started["bootstrap_servers"]})
    producer.produce("frames", value=good_picture())
    assert producer.flush(30) == 0
    counted = 'platestream_frames_processed_total{outcome="no_plate"} 1.0'
    deadline = time.monotonic() + DEADLINE
    while counted not in (metrics := get(f"{base}/metrics")[1]):
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    assert 'platestream_http_requests_total{code="200",error_code=""} 1.0' in metrics
    process.child.send_signal(signal.SIGTERM)
    assert process.wait() == 0


def test_the_second_interface_asks_who_may_call(cli: Cli) -> None:
    ran = cli("run", "--http", "--set", "kafka.embedded=true")
    assert ran.code == 2
    assert "--no-auth" in ran.err


def test_sigint_drains_too(service: Callable[..., Process]) -> None:
    process = service("--set", "kafka.embedded=true")
    wait_ready(process.event("started")["telemetry"].removesuffix("/metrics"))
    process.child.send_signal(signal.SIGINT)
    assert process.wait() == 0


def test_a_second_signal_stops_at_once(service: Callable[..., Process]) -> None:
    with socket.socket() as silent:
        # A cluster that takes connections and never answers: the service waits in its start.
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        servers = f"127.0.0.1:{silent.getsockname()[1]}"
        process = service("--bootstrap-servers", servers, "--set", "kafka.start_seconds=50")
        process.event("started")
        process.child.send_signal(signal.SIGTERM)
        process.child.send_signal(signal.SIGINT)
        before = time.monotonic()
        assert process.wait() in (128 + signal.SIGTERM, 128 + signal.SIGINT)
        assert time.monotonic() - before < 15


def test_a_cluster_that_is_not_there_is_fatal_and_named(service: Callable[..., Process]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        servers = f"127.0.0.1:{unused.getsockname()[1]}"
    process = service("--bootstrap-servers", servers, "--set", "kafka.start_seconds=2")
    assert process.wait() == 3
    assert servers in process.log[-1]["text"]
    assert "Connection refused" in process.log[-1]["text"]
    assert not [line for line in process.log if "exception" in line or "Traceback" in str(line)]
    assert sum(line.get("event") == "broker_away" for line in process.log) == 1
    assert len(process.log) < 10


def test_a_name_that_does_not_resolve_is_said(service: Callable[..., Process]) -> None:
    servers = "no-such-host.invalid:9092"
    process = service("--bootstrap-servers", servers, "--set", "kafka.start_seconds=2")
    assert process.wait() == 3
    assert "Failed to resolve 'no-such-host.invalid:9092'" in process.log[-1]["text"]
    assert len(process.log) < 10
