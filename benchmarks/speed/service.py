"""The service over Kafka as a process of its own: frames in to results committed."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.speed.contenders import status_mib
from benchmarks.speed.loads import PARTITIONS, Traffic
from benchmarks.speed.results import Figures, rounded
from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.vision.picture.decode import decode_picture
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings
from tests.clusters.kafka import KafkaCluster
from tests.e2e.service import ServiceProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Way:
    """A broker, a guarantee and a number of cores."""

    broker: str
    guarantee: str
    cores: int

    @property
    def name(self) -> str:
        """In the table."""
        return f"{self.broker}, {self.guarantee.replace('_', ' ')}, cores: {self.cores}"


_TOPICS: Final = ("frames", "plates", "failures", "results")
WAYS: Final = (
    Way("embedded", "at_least_once", 2),
    Way("Kafka", "at_least_once", 2),
    Way("Kafka", "exactly_once", 2),
    Way("Kafka", "exactly_once", 1),
)
LOADS: Final = (0.5, 0.9)


@dataclass(frozen=True, slots=True)
class RunningWay:
    """A service that runs, and the traffic to it."""

    traffic: Traffic
    pid: int
    start_s: float


@contextmanager
def running(
    way: Way, cluster: KafkaCluster | EmbeddedBroker, pictures: Sequence[bytes]
) -> Iterator[RunningWay]:
    """The service on topics of its own, on the first cores only, for as long as the block lasts."""
    servers = cluster.bootstrap_servers
    name = f"speed-{uuid.uuid4().hex[:8]}"
    topics = {key: f"{name}.{key}" for key in _TOPICS}
    if isinstance(cluster, KafkaCluster):
        cluster.create_topics(list(topics.values()), PARTITIONS)
    else:
        for topic in topics.values():
            cluster.create_topic(topic, PARTITIONS)
    settings: dict[str, object] = {
        "kafka.bootstrap_servers": servers,
        "kafka.group_id": name,
        "kafka.guarantee": way.guarantee,
        **{f"kafka.topics.{key}": topic for key, topic in topics.items()},
    }
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(settings, Path(folder) / "service.log")
        started = time.perf_counter()
        with on_cores(way.cores):
            service.__enter__()
        try:
            ready = time.perf_counter() - started
            traffic = Traffic(servers, topics, pictures, service.pid)
            yield RunningWay(traffic, service.pid, ready)
            traffic.close()
            service.stop()
        finally:
            service.__exit__()


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """What is started in the block may use so many cores, the first that we may use."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(ours)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def measure_ways(pictures: Sequence[bytes], seconds: float, advance: Callable[[], None]) -> Figures:
    """Every way: the highest rate, then latency at shares of it; between them the reader alone."""
    reader = PlateReader.from_settings(VisionSettings(threads=1))
    reader.warm_up()
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        clusters: dict[str, KafkaCluster | EmbeddedBroker] = {
            "embedded": stack.enter_context(EmbeddedBroker()),
            "Kafka": stack.enter_context(KafkaCluster()),
        }
        for way in WAYS:
            floor = [reading_ms(reader, pictures)]
            with running(way, clusters[way.broker], pictures) as it:
                most = it.traffic.flat_out(seconds)
                floor.append(reading_ms(reader, pictures))
                advance()
                late = {}
                for load in LOADS:
                    at = it.traffic.steady(seconds, load * most.frames_per_second)
                    late[f"{load:.0%}"] = [round(at.quantile(0.5)), round(at.quantile(0.99))]
                    advance()
                reading = statistics.fmean(floor)
                rows.append(
                    {
                        "name": way.name,
                        "frames_per_second": rounded(most.frames_per_second),
                        "cpu_ms": rounded(most.cpu_ms),
                        "reading_ms": rounded(reading),
                        "ratio": rounded(reading / most.cpu_ms),
                        "latency_ms": late,
                        "resident_mib": round(status_mib(it.pid, "VmRSS")),
                        "start_s": rounded(it.start_s),
                    }
                )
    return {"seconds": seconds, "bundle": reader.model.version, "rows": rows}


def reading_ms(reader: PlateReader, pictures: Sequence[bytes]) -> float:
    """Processor time of decoding and reading a frame in this thread."""
    limits = PictureLimits()
    started = time.thread_time()
    for data in pictures:
        reader.read([decode_picture(data, limits)])
    return (time.thread_time() - started) * 1000 / len(pictures)
