"""What a fault is done to: replicas, started again as a kubelet would, and cameras that send."""

import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import httpx
import yaml
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from platestream.contract.schemas import SchemaName, self_contained
from tests.clusters.kafka import KafkaCluster
from tests.clusters.process import LoggedProcess, free_port
from tests.clusters.registry import RegistryServer
from tests.clusters.topics import create_topics
from tests.drill.rules import FACTOR
from tests.pictures.pixels import encode
from tests.vision.tiny_models import paint_plate, scene

PARTITIONS: Final = 4
CAMERAS: Final = 8
# A kubelet starts a container that ended again after 10 s, then after twice as long, up to 300 s.
_FIRST_PAUSE_S: Final = 10 / FACTOR
_LONGEST_PAUSE_S: Final = 300 / FACTOR
_SEND_S: Final = 0.25


@dataclass(slots=True)
class Pod:
    """One replica: its process, its port, and how often it was started."""

    name: str
    port: int
    process: LoggedProcess
    starts: int = 1
    due: float | None = None


@dataclass(slots=True)
class Parts:
    """What all drills of a run share."""

    cluster: KafkaCluster
    registry: RegistryServer
    bundle: Path
    folder: Path

    def register_sender(self) -> int:
        """Register a sender's own schema of frames, which no replica has met; its id."""
        schema = json.loads(self_contained(SchemaName.FRAME_EVENT))
        schema["doc"] = f"Of a sender's own, {time.time_ns()}."
        answer = httpx.post(
            f"{self.registry.url}/subjects/sender-{time.time_ns()}/versions",
            json={"schema": json.dumps(schema)},
            trust_env=False,
            timeout=30,
        )
        answer.raise_for_status()
        number: int = answer.json()["id"]
        return number


@dataclass(slots=True)
class Stage:
    """A deployment with topics of its own, at work for as long as the ``with`` block lasts.

    Attributes:
        name: Prefix of its topics, and its group.
        replicas: How many.
        module: What a replica runs.
        unknown_schema: Frames name this schema, once it is set.
        silent: Cameras that send nothing.
        poison: Cameras that send what is no picture.
    """

    parts: Parts
    name: str
    replicas: int = 1
    module: str = "platestream.cli"
    unknown_schema: int | None = None
    silent: set[int] = field(default_factory=set)
    poison: set[int] = field(default_factory=set)
    pods: list[Pod] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        topics = [f"{self.name}.{kind}" for kind in ("frames", "plates", "failed")]
        servers = self.parts.cluster.bootstrap_servers
        create_topics(AdminClient({"bootstrap.servers": servers}), topics, PARTITIONS)
        self.pods = [self._pod(f"p{number}") for number in range(self.replicas)]
        for work in (self._supervise, self._send):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        for pod in self.pods:
            pod.process.kill()

    @property
    def slow_file(self) -> Path:
        """Makes the models of ``tests.drill.slow`` slow."""
        return self.parts.folder / f"{self.name}.slow"

    def ready(self, pod: Pod) -> bool:
        """Whether a replica is ready for work."""
        try:
            url = f"http://127.0.0.1:{pod.port}/readyz"
            return httpx.get(url, trust_env=False, timeout=2).is_success
        except httpx.TransportError:
            return False

    @property
    def targets(self) -> dict[str, int]:
        """Ports of the telemetry, by pod."""
        return {pod.name: pod.port for pod in self.pods}

    def transactional_id(self, pod: str) -> str:
        """The name of a replica's transactions."""
        return f"{self.name}-{pod}"

    def _pod(self, name: str) -> Pod:
        port = free_port()
        config = self.parts.folder / f"{self.name}-{name}.yaml"
        config.write_text(yaml.safe_dump(self._settings(name, port)), encoding="utf-8")
        process = LoggedProcess(
            [sys.executable, "-m", self.module, "run", "--config", str(config)],
            self.parts.folder / f"{self.name}-{name}.log",
            env={**_environment(), "DRILL_FILE": str(self.slow_file)},
        )
        process.start()
        return Pod(name, port, process)

    def _settings(self, pod: str, port: int) -> dict[str, Any]:
        return {
            "kafka": {
                "bootstrap_servers": self.parts.cluster.bootstrap_servers,
                "group_id": self.name,
                "transactional_id": self.transactional_id(pod),
                "topics": {
                    "frames": f"{self.name}.frames",
                    "plates": f"{self.name}.plates",
                    "failures": f"{self.name}.failed",
                },
                # The chart's and the clients' defaults, as much shortened as brokers allow.
                "consumer": {"session.timeout.ms": 6_000, "heartbeat.interval.ms": 500},
                "retries": {"longest_pause_seconds": 30 / FACTOR},
            },
            "registry": {"url": self.parts.registry.url},
            "vision": {"bundle": str(self.parts.bundle), "regions": ["cn"]},
            "telemetry": {
                "host": "127.0.0.1",
                "port": port,
                "last_scrape_seconds": 3,
                # Above the pause that a slow model makes of its own.
                "camera_silence_seconds": 60,
            },
        }

    def _supervise(self) -> None:
        while not self._over.wait(0.1):
            for pod in self.pods:
                if pod.process.running:
                    continue
                if pod.due is None:
                    pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (pod.starts - 1))
                    pod.due = time.monotonic() + pause
                elif time.monotonic() >= pod.due:
                    pod.due = None
                    pod.starts += 1
                    pod.process.start()

    def _send(self) -> None:
        picture, nothing = _pictures()
        producer = Producer(
            {"bootstrap.servers": self.parts.cluster.bootstrap_servers, "log_level": 2}
        )
        number = 0
        while not self._over.wait(_SEND_S):
            camera = number % CAMERAS
            number += 1
            if camera in self.silent:
                continue
            value = nothing if camera in self.poison else picture
            if self.unknown_schema is not None:
                value = b"\x00" + self.unknown_schema.to_bytes(4, "big") + b"\x00"
            producer.produce(f"{self.name}.frames", value, f"camera-{camera}".encode())
            producer.poll(0)
        producer.purge()


def _pictures() -> tuple[bytes, bytes]:
    plate = scene()
    paint_plate(plate, "京A1港", at=(60, 120))
    return encode(plate, ".png"), b"no picture at all"


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PLATESTREAM_")}
    return {**kept, "OMP_NUM_THREADS": "1"}
