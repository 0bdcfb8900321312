"""Camera settings change under load: at one frame of each partition, nothing lost or doubled."""

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path

import pytest
from confluent_kafka import Producer

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.errors import StartError
from platestream.config.cameras import CameraFile
from tests.bus.clusters import EmbeddedCluster, RealCluster
from tests.bus.harness import Bench, Cluster, Output
from tests.bus.messages import bare
from tests.bus.running import RunningService
from tests.stream.fakes import EMPTY_EVERY, FakeReader
from tests.stream.waiting import DEADLINE_S, wait_until

# A frame of such a camera shows no plate, of any other one.
STRICT, LENIENT = {"min_confidence": 1}, {"min_confidence": 0.1}
# More than a change takes to be in force, and less than is read in some seconds.
MOST_UNSEEN = 480
CAMERAS = ("camera-0", "camera-1", "camera-2", "camera-3", "camera-4", "camera-5")


class Topic:
    """A topic of camera settings, and who writes to it."""

    def __init__(self, cluster: Cluster) -> None:
        self.name = f"t{uuid.uuid4().hex[:10]}.cameras"
        self._producer = Producer({"bootstrap.servers": cluster.bootstrap_servers})
        cluster.create_topic(self.name, 1)

    def put(self, key: str, value: object) -> None:
        """Write settings; None deletes, bytes are written as they are."""
        coded = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
        self._producer.produce(self.name, key=key.encode(), value=coded)
        assert self._producer.flush(DEADLINE_S) == 0


@contextmanager
def load(bench: Bench) -> Iterator[tuple[Callable[[], int], Callable[[], None]]]:
    """Frames of six cameras, always some on their way; gives how many were sent, and what ends it.

    Without a bound they would pile up before a reader that is slower than the service.
    """
    sent, stop = [0], threading.Event()

    def send() -> None:
        while not stop.wait(0.02):
            if sent[0] - len(bench.output.results) > MOST_UNSEEN:
                continue
            numbers = range(sent[0], sent[0] + 12)
            bench.produce(bare(EMPTY_EVERY * n + 1, CAMERAS[n % len(CAMERAS)]) for n in numbers)
            sent[0] += 12

    thread = threading.Thread(target=send)

    def end() -> None:
        stop.set()
        thread.join(DEADLINE_S)

    thread.start()
    try:
        yield lambda: sent[0], end
    finally:
        end()


def shows_now(running: RunningService, *, shows: bool) -> bool:
    settings = running.cameras.of("camera-1")
    return shows == (settings is None or (settings.min_confidence or 0) < 1)


class ShownSince:
    """Whether five more results of each partition show a plate, or show none.

    Asked with every message that comes, it looks at each result once.
    """

    def __init__(self, out: Output, *, shows: bool) -> None:
        self._looked_at = len(out.results)
        self._shows = shows
        self._counts: Counter[int] = Counter()

    def __call__(self, out: Output) -> bool:
        for one in out.results[self._looked_at :]:
            if bool(one["result"]) == self._shows:
                self._counts[one["source"]["partition"]] += 1
        self._looked_at = len(out.results)
        return all(self._counts[number] >= 5 for number in (0, 1))


def change_under_load(cluster: Cluster, folder: Path) -> None:
    bench, topic = Bench(cluster, 2, results=True), Topic(cluster)
    topic.put("camera-*", STRICT)
    topic.put("lot", {"trun": 90})
    topics = bench.topics.model_copy(update={"cameras": topic.name})
    path = folder / "cameras.yaml"
    path.write_text(f"camera-*: {json.dumps(STRICT)}")

    with bench.service(FakeReader(), topics=topics) as running, load(bench) as (sent, stop_load):
        running.wait_ready()
        file = CameraFile(path, running.cameras, poll_seconds=0.02)
        file.open()
        changes: list[Callable[[], object]] = [
            lambda: None,
            lambda: topic.put("camera-*", LENIENT),
            lambda: topic.put("camera-*", None),  # the file's entry shows
            lambda: path.write_text(f"camera-*: {json.dumps(LENIENT)}"),
        ]
        for number, change in enumerate(changes):
            change()
            shows = bool(number % 2)
            wait_until(partial(shows_now, running, shows=shows), f"change {number}")
            bench.collect(ShownSince(bench.output, shows=shows), watched=running)
        topic.put("camera-*", b"{")
        topic.put("other-*", {})
        wait_until(lambda: running.cameras.of("other-1") is not None, "the last record")
        assert shows_now(running, shows=True), "a wrong record changes nothing"
        assert running.value("camera_refused_entries", source="topic") == 2
        file.close()
        stop_load()
        out = bench.collect(lambda out: len(out.results) >= sent(), watched=running)
        assert running.stop().error is None
    bench.collect_rest()
    bench.close()

    sources = [(one["source"]["partition"], one["source"]["offset"]) for one in out.results]
    assert len(sources) == len(set(sources)) == sent(), "none lost, none doubled"
    for partition in (0, 1):
        ours = sorted(
            (s, bool(r["result"]))
            for s, r in zip(sources, out.results, strict=True)
            if s[0] == partition
        )
        phases = [shows for shows, _ in groupby(shows for _, shows in ours)]
        assert phases == [False, True, False, True], f"partition {partition}"


@pytest.mark.slow
def test_on_a_real_kafka_exactly_once(kafka_servers: str, tmp_path: Path) -> None:
    change_under_load(RealCluster(kafka_servers, "exactly_once"), tmp_path)


def test_no_frame_is_read_before_the_topic_is() -> None:
    with EmbeddedBroker() as broker:
        cluster = EmbeddedCluster(broker)
        bench, topic = Bench(cluster), Topic(cluster)
        for number in range(200):
            topic.put(f"camera-{number}", STRICT)
        topic.put("camera-1", LENIENT)
        topic.put("camera-2", None)
        bench.produce(bare(1, "camera-150") for _ in range(20))
        bench.produce([bare(1, "camera-1"), bare(1, "camera-2")])
        topics = bench.topics.model_copy(update={"cameras": topic.name})
        with bench.service(FakeReader(), topics=topics) as running:
            out = bench.collect(lambda out: len(out.plates) >= 2, watched=running)
            assert {plate["camera_id"] for plate in out.plates} == {"camera-1", "camera-2"}
            assert running.value("camera_entries", source="topic") == 199
        bench.close()


def test_a_topic_that_is_missing_is_told_at_the_start() -> None:
    with EmbeddedBroker() as broker:
        bench = Bench(EmbeddedCluster(broker))
        settings = bench.settings(topics=bench.topics.model_copy(update={"cameras": "no.cameras"}))
        with pytest.raises(StartError, match=r"no\.cameras"):
            ensure_topics(settings)
        bench.close()


@pytest.mark.slow
def test_a_topic_that_is_made_here_is_compacted(kafka_servers: str) -> None:
    from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]

    bench = Bench(RealCluster(kafka_servers, "exactly_once"))
    name = f"t{uuid.uuid4().hex[:10]}.cameras"
    settings = bench.settings(
        topics=bench.topics.model_copy(update={"cameras": name}), create_topics=True
    )
    assert ensure_topics(settings)
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    admin = AdminClient({"bootstrap.servers": kafka_servers})
    (described,) = admin.describe_configs([resource]).values()
    assert described.result(DEADLINE_S)["cleanup.policy"].value == "compact"
    bench.close()
