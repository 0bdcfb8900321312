"""What exactly once costs: throughput and latency of both guarantees on a real Kafka, in turn.

``python -m benchmarks.guarantees [--models] [--frames N] [--repeat 5] [--rate R] [--brokers 3]
[--producer KEY=VALUE ...]``

Without ``--models`` the reader is a fake that answers at once, so that the figures are those of the
transport alone; with it they are those of the service with the packaged models on the
demonstration's pictures of 1280 x 720. Both guarantees run in each round, and which is first
alternates, so that the ratio of a round holds when the machine's speed drifts; what is reported is
the median of the rounds' ratios, and the least and the greatest.

*Throughput*: a back-log of frames, from the first to the last result that a reader of committed
records sees. *Latency*: frames that come at a steady rate, the same for both, from their production
to the same reader's sight of their result. Without ``--rate`` it is half of the slowest throughput
of the first round, so that nothing queues up. ``--producer`` gives the producer of transactions a
setting of librdkafka's, to see what it is worth. The last line is one JSON object.
"""

import argparse
import json
import statistics
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.service import StreamService
from platestream.contract.avro import LocalSchemaStore, decode
from platestream.contract.schemas import SchemaName
from platestream.stream.reader import Reader
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings
from tests.bus.harness import Guarantee
from tests.clusters.kafka import KafkaCluster
from tests.stream.fakes import FakeReader, picture

_PICTURES = Path(__file__).parents[1] / "service/platestream/cli/demo_pictures"
_PARTITIONS = 8
_LIMIT_S = 300.0
# A minute and more of either reader on two cores.
_FRAMES = {False: 4000, True: 1500}
_GUARANTEES: tuple[Guarantee, ...] = ("exactly_once", "at_least_once")
_STORE = LocalSchemaStore()


@dataclass(frozen=True, slots=True)
class Load:
    """What is read, and by whom; librdkafka's settings for the producer of transactions."""

    reader: Reader
    pictures: list[bytes]
    producer: Mapping[str, str] = field(default_factory=dict)


def fake_load() -> Load:
    """A reader that answers at once."""
    return Load(FakeReader(), [picture(1)])


def model_load() -> Load:
    """The bundled models on the demonstration's pictures."""
    reader = PlateReader.from_settings(VisionSettings(), metrics=None)
    reader.warm_up()
    return Load(reader, [path.read_bytes() for path in sorted(_PICTURES.glob("*.jpg"))])


class Trial:
    """Fresh topics, and a reader of committed results."""

    def __init__(self, servers: str, guarantee: Guarantee, load: "Load") -> None:
        name = f"b{uuid.uuid4().hex[:8]}"
        topics = {
            "frames": f"{name}.frames",
            "plates": f"{name}.plates",
            "failures": f"{name}.failed",
            "results": f"{name}.results",
        }
        admin = AdminClient({"bootstrap.servers": servers})
        new = [NewTopic(topic, _PARTITIONS, -1) for topic in topics.values()]
        for made in admin.create_topics(new).values():
            made.result(30)
        deadline = time.monotonic() + 30
        while not set(topics.values()) <= set(admin.list_topics(timeout=10).topics):
            if time.monotonic() > deadline:
                raise TimeoutError("the topics did not come into being")
        self._frames = topics["frames"]
        self._service = StreamService(
            kafka=KafkaSettings.model_validate(
                {
                    "bootstrap_servers": servers,
                    "group_id": name,
                    "guarantee": guarantee,
                    "topics": topics,
                    # They are there; a broker that does not know it yet is no reason to end.
                    "create_topics": True,
                    "producer": load.producer if guarantee == "exactly_once" else {},
                }
            ),
            stream=StreamSettings(),
            pictures=PictureLimits(),
            reader=load.reader,
            metrics=Metrics(),
        )
        self._producer = Producer({"bootstrap.servers": servers, "linger.ms": 0})
        self._listener = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": f"{name}-reader",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
            }
        )
        self._listener.assign([TopicPartition(topics["results"], n, 0) for n in range(_PARTITIONS)])
        self._pictures = load.pictures

    def send(self, number: int) -> None:
        """One frame."""
        value = self._pictures[number % len(self._pictures)]
        self._producer.produce(self._frames, value=value, key=f"camera-{number % 32}")
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until all frames are with the brokers."""
        self._producer.flush(60)

    def results(self, frames: int) -> Iterator[Message]:
        """The next ``frames`` results, as they become visible."""
        seen, deadline = 0, time.monotonic() + _LIMIT_S
        while seen < frames:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{seen} of {frames} results within {_LIMIT_S:.0f} s")
            message = self._listener.poll(0.1)
            if message is not None and message.error() is None:
                seen += 1
                yield message

    @contextmanager
    def running(self) -> Iterator[None]:
        """The service, for as long as the block lasts."""
        worker = threading.Thread(target=self._service.run)
        worker.start()
        try:
            yield
        finally:
            self._service.stop()
            worker.join()
            self._listener.close()


def throughput(servers: str, guarantee: Guarantee, load: Load, frames: int) -> float:
    """Frames per second through a back-log."""
    trial = Trial(servers, guarantee, load)
    for number in range(frames):
        trial.send(number)
    trial.flush()
    with trial.running():
        seen = [time.perf_counter() for _ in trial.results(frames)]
    # From the first answer on: joining the group is no part of the throughput.
    return (frames - 1) / (seen[-1] - seen[0])


def latencies(
    servers: str, guarantee: Guarantee, load: Load, frames: int, rate: float
) -> list[float]:
    """Seconds from the production of each frame to the sight of its result."""
    trial = Trial(servers, guarantee, load)
    found: list[float] = []

    def produce() -> None:
        due = time.perf_counter()
        for number in range(frames):
            due += 1 / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            trial.send(number)
        trial.flush()

    with trial.running():
        trial.send(0)  # the group is there when it is answered
        for _ in trial.results(1):
            pass
        sending = threading.Thread(target=produce)
        sending.start()
        for message in trial.results(frames):
            now = time.time()
            result = decode(message.value() or b"", SchemaName.FRAME_RESULT, _STORE)
            found.append(now - result["captured_at"] / 1000)
        sending.join()
    return found


def _percentiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100)
    return {"p50_ms": round(1000 * cuts[49], 1), "p99_ms": round(1000 * cuts[98], 1)}


def compare(
    servers: str, load: Load, frames: int, repeat: int, rate: float | None
) -> dict[str, Any]:
    """Both guarantees in each of ``repeat`` rounds."""
    rates: dict[Guarantee, list[float]] = {guarantee: [] for guarantee in _GUARANTEES}
    times: dict[Guarantee, list[float]] = {guarantee: [] for guarantee in _GUARANTEES}
    for turn in range(repeat):
        order = _GUARANTEES if turn % 2 == 0 else _GUARANTEES[::-1]
        for guarantee in order:
            rates[guarantee].append(throughput(servers, guarantee, load, frames))
            print(f"{turn + 1}/{repeat} {guarantee}: {rates[guarantee][-1]:.1f} frames/s")
        if rate is None:
            rate = round(min(rates[guarantee][0] for guarantee in _GUARANTEES) / 2, 1)
        for guarantee in order:
            taken = latencies(servers, guarantee, load, max(100, frames // 5), rate)
            times[guarantee] += taken
            print(f"{turn + 1}/{repeat} {guarantee}: {_percentiles(taken)} at {rate} frames/s")
    once, least = (rates[guarantee] for guarantee in _GUARANTEES)
    ratios = [round(a / b, 3) for a, b in zip(once, least, strict=True)]
    late = {guarantee: _percentiles(times[guarantee]) for guarantee in _GUARANTEES}
    added = {
        f"added_{name}": round(late["exactly_once"][name] - late["at_least_once"][name], 1)
        for name in ("p50_ms", "p99_ms")
    }
    return {
        "frames": frames,
        "repeat": repeat,
        "rate": rate,
        "exactly_once_per_s": round(statistics.median(once), 1),
        "at_least_once_per_s": round(statistics.median(least), 1),
        "ratio": statistics.median(ratios),
        "ratio_range": [min(ratios), max(ratios)],
        "ratios": ratios,
        **{f"{guarantee}_latency": late[guarantee] for guarantee in _GUARANTEES},
        **added,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, help="default: 4000, with --models 1500")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--rate", type=float, help="frames per second, for latency")
    parser.add_argument("--brokers", type=int, default=3)
    parser.add_argument("--models", action="store_true", help="read with the bundled models")
    parser.add_argument("--producer", action="append", default=[], metavar="KEY=VALUE")
    asked = parser.parse_args()
    producer = dict(setting.split("=", 1) for setting in asked.producer)
    with KafkaCluster(asked.brokers) as cluster:
        servers = cluster.bootstrap_servers
        load = replace(model_load() if asked.models else fake_load(), producer=producer)
        figures = compare(
            servers, load, asked.frames or _FRAMES[asked.models], asked.repeat, asked.rate
        )
        about = {"models": asked.models, "brokers": asked.brokers, "producer": producer}
        print(json.dumps(about | figures))


if __name__ == "__main__":
    main()
