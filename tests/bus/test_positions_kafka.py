"""Frames that cannot be read any more, on a real Kafka: none is passed over in silence.

Only a real broker has topic ids, retention and offsets that somebody resets.
"""

import signal
import time
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from structlog.testing import LogCapture

from platestream.bus.flow import places
from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.bus.replica import replica
from tests.bus.running import RunningService
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
SERIES = ("frames_skipped_total", "position_resets_total")
REASONS = ("retention", "topic_recreated", "offset_reset", "log_truncated")


@pytest.fixture
def bench(kafka_servers: str) -> Iterator[Bench]:
    bench = Bench(RealCluster(kafka_servers, "exactly_once"), partitions=1, results=True)
    yield bench
    bench.close()


@pytest.fixture
def admin(kafka_servers: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": kafka_servers, "log_level": 2})


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[MutableMapping[str, Any]]:
    """The lines about positions, whatever an earlier test made of the logging."""
    capture = LogCapture()
    monkeypatch.setattr(
        places, "_log", structlog.wrap_logger(structlog.PrintLogger(), processors=[capture])
    )
    return capture.entries


def delete_before(admin: AdminClient, bench: Bench, offset: int) -> None:
    """What retention does, at once."""
    for future in admin.delete_records([TopicPartition(bench.topics.frames, 0, offset)]).values():
        future.result(30)


def make_anew(admin: AdminClient, bench: Bench, partitions: int = 1) -> None:
    for future in admin.delete_topics([bench.topics.frames]).values():
        future.result(30)
    bench.cluster.create_topic(bench.topics.frames, partitions)


def read(bench: Bench) -> set[int]:
    return {result["source"]["offset"] for result in bench.output.results}


def clear(bench: Bench) -> None:
    """Forget all outputs, those that are written and not read yet, too."""
    bench.collect_rest()
    bench.output.results.clear()
    bench.output.plates.clear()


def distinct_plates(bench: Bench) -> int:
    return len({(p["source"]["offset"], p["plate_index"]) for p in bench.output.plates})


def counted(running: RunningService) -> dict[str, tuple[float, float]]:
    """Frames and resets of each reason that has any; every series is there from the start."""
    values: dict[str, tuple[float, ...]] = {}
    for reason in REASONS:
        found = [
            running.metrics.registry.get_sample_value(f"platestream_{name}", {"reason": reason})
            for name in SERIES
        ]
        assert None not in found
        values[reason] = tuple(value for value in found if value is not None)
    return {reason: (frames, times) for reason, (frames, times) in values.items() if times}


def lag(running: RunningService, bench: Bench) -> float | None:
    labels = {"topic": bench.topics.frames, "partition": "0"}
    return running.metrics.registry.get_sample_value("platestream_consumer_lag", labels)


def run_over(bench: Bench, frames: int, **settings: Any) -> None:
    """Send ``frames``, and let a service read and commit them."""
    bench.produce(bare(n) for n in range(frames))
    with bench.service(FakeReader(), **settings) as running:
        bench.collect(lambda out: len(out.results) == frames, watched=running)
        wait_until(lambda: bench.committed() == {0: frames}, "the commit")
        assert counted(running) == {}
        running.stop()
    clear(bench)


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_frames_that_are_deleted_while_it_runs_are_counted(
    bench: Bench, admin: AdminClient, protocol: str, said: list[MutableMapping[str, Any]]
) -> None:
    reader = FakeReader()
    few = {"max_in_flight_frames": 8}
    with bench.service(reader, stream=few, group_protocol=protocol) as running:
        running.wait_assigned(1)
        reader.gate.clear()
        bench.produce(bare(n) for n in range(4))
        wait_until(lambda: running.value("in_flight_frames") == 4, "the frames in flight")
        # Nothing more is fetched while the consumer is paused, so the rest is deleted unread.
        running.service._consumer.assignment.pause()
        bench.produce(bare(n) for n in range(4, 30))
        delete_before(admin, bench, 20)
        reader.gate.set()
        running.service._consumer.assignment.resume()
        bench.collect(lambda _: read(bench) >= set(range(20, 30)), watched=running)
        assert read(bench) == {*range(4), *range(20, 30)}
        assert counted(running) == {"retention": (16.0, 1.0)}
        wait_until(lambda: lag(running, bench) == 0, "the lag")
        running.stop()
    (line,) = said
    assert line["event"] == "position_reset"
    assert (line["topic"], line["reason"]) == (bench.topics.frames, "retention")
    assert line["frames_skipped"] == 16


@pytest.mark.parametrize("policy", ["earliest", "latest"])
def test_frames_that_were_deleted_while_it_was_stopped_are_counted(
    bench: Bench, admin: AdminClient, policy: str
) -> None:
    """latest is for groups without an offset: what is still kept is read."""
    run_over(bench, 10)
    bench.produce(bare(n) for n in range(10, 30))
    delete_before(admin, bench, 25)
    with bench.service(FakeReader(), auto_offset_reset=policy) as running:
        bench.collect(lambda out: len(out.results) == 5, watched=running)
        assert read(bench) == set(range(25, 30))
        assert counted(running) == {"retention": (15.0, 1.0)}
        running.stop()


def test_error_is_the_strict_choice(bench: Bench, admin: AdminClient) -> None:
    run_over(bench, 10)
    bench.produce(bare(n) for n in range(10, 30))
    delete_before(admin, bench, 25)
    with bench.service(FakeReader(), auto_offset_reset="error") as running:
        result = running.wait_ended()
    assert "offset 10 is not kept: 25 to 30 are" in str(result.error)
    assert bench.committed() == {0: 10}


def test_a_backlog_that_is_deleted_to_its_end_leaves_no_lag(
    bench: Bench, admin: AdminClient
) -> None:
    run_over(bench, 10)
    bench.produce(bare(n) for n in range(10, 30))
    delete_before(admin, bench, 30)
    with bench.service(FakeReader()) as running:
        wait_until(lambda: counted(running) == {"retention": (20.0, 1.0)}, "the count")
        wait_until(lambda: lag(running, bench) == 0, "the lag")
        bench.produce([bare(30)])
        bench.collect(lambda out: len(out.results) == 1, watched=running)
        running.stop()


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_topic_made_anew_while_it_runs_is_read_from_its_start(
    bench: Bench, admin: AdminClient, protocol: str
) -> None:
    bench.produce(bare(n) for n in range(6))
    with bench.service(FakeReader(), group_protocol=protocol) as running:
        bench.collect(lambda out: len(out.results) == 6, watched=running)
        wait_until(lambda: lag(running, bench) == 0, "the lag")
        bench.collect_rest()
        old = set(bench.output.event_ids())
        clear(bench)
        make_anew(admin, bench)
        bench.produce(bare(n) for n in range(100, 115))
        bench.collect(lambda _: read(bench) == set(range(15)), watched=running)
        bench.collect_rest()
        assert bench.output.event_ids()
        assert old.isdisjoint(bench.output.event_ids())
        wait_until(lambda: lag(running, bench) == 0, "the lag")
        assert running.service.ready().ok
        if protocol == "classic":
            assert counted(running) == {"topic_recreated": (0.0, 1.0)}
        running.stop()
        assert bench.committed() == {0: 15}
    # What may come twice are frames of the new topic that were read before its id was seen, and a
    # repeat has the id of the first.
    bench.collect_rest()
    assert len(set(bench.output.event_ids())) == distinct_plates(bench) > 0


def test_a_topic_made_anew_with_fewer_partitions_holds_nobody_up(
    kafka_servers: str, admin: AdminClient
) -> None:
    """Brokers refuse a transaction with offsets of a partition that is gone, whatever else is in.

    Nor does the client give such a partition up by itself (librdkafka 2.16).
    """
    bench = Bench(RealCluster(kafka_servers, "exactly_once"), partitions=2, results=True)
    reader = FakeReader()
    with bench.service(reader) as running:
        running.wait_assigned(2)
        reader.gate.clear()
        bench.produce((bare(n) for n in range(7)), partition=1)
        wait_until(lambda: running.value("in_flight_frames") == 7, "the frames in flight")
        make_anew(admin, bench)
        bench.produce((bare(n) for n in range(100, 105)), partition=0)
        wait_until(lambda: counted(running) != {}, "the count")
        reader.gate.set()
        bench.collect(lambda _: read(bench) == set(range(5)), watched=running)
        wait_until(lambda: bench.committed().get(0) == 5, "the commit")
        frames, _ = counted(running)["topic_recreated"]
        assert frames == 7
        wait_until(lambda: running.value("lag_unknown_partitions") == 0, "a lag that is known")
        running.stop()
    bench.close()


def test_a_topic_made_anew_behind_a_paused_process_is_read_from_its_start(
    bench: Bench, admin: AdminClient, tmp_path: Path
) -> None:
    bench.produce(bare(n) for n in range(6))
    # Longer than the pause: the group keeps its member.
    consumer = {"session.timeout.ms": 30_000}
    with replica(bench.settings(consumer=consumer), tmp_path) as paused:
        bench.collect(lambda out: len(out.results) == 6)
        wait_until(lambda: bench.committed() == {0: 6}, "the commit")
        time.sleep(0.5)  # the topic was looked at since
        clear(bench)
        paused.signal(signal.SIGSTOP)
        make_anew(admin, bench)
        bench.produce(bare(n) for n in range(100, 115))
        paused.signal(signal.SIGCONT)
        bench.collect(lambda _: read(bench) == set(range(15)))
        paused.wait_said("topic_recreated")
        paused.stop()
    bench.collect_rest()
    assert len(set(bench.output.event_ids())) == distinct_plates(bench) > 0


def test_a_topic_made_anew_while_it_was_stopped_is_read_from_its_start(
    bench: Bench, admin: AdminClient
) -> None:
    """Also where an offset of the old topic was committed when the new one was there already."""
    run_over(bench, 6)
    asking = Consumer(
        {"bootstrap.servers": bench.cluster.bootstrap_servers, "group.id": bench.group}
    )
    (late,) = asking.committed([TopicPartition(bench.topics.frames, 0)], timeout=30)
    make_anew(admin, bench)
    bench.produce(bare(n) for n in range(100, 115))
    asking.commit(offsets=[late], asynchronous=False)
    asking.close()
    with bench.service(FakeReader()) as running:
        bench.collect(lambda out: len(out.results) == 15, watched=running)
        assert read(bench) == set(range(15))
        assert counted(running) == {"topic_recreated": (0.0, 1.0)}
        running.stop()


def test_an_offset_that_somebody_set_is_said(
    bench: Bench, said: list[MutableMapping[str, Any]]
) -> None:
    run_over(bench, 6)
    bench.produce(bare(n) for n in range(6, 20))
    asking = Consumer(
        {"bootstrap.servers": bench.cluster.bootstrap_servers, "group.id": bench.group}
    )
    asking.commit(offsets=[TopicPartition(bench.topics.frames, 0, 15)], asynchronous=False)
    asking.close()
    with bench.service(FakeReader()) as running:
        bench.collect(lambda out: len(out.results) == 5, watched=running)
        assert read(bench) == set(range(15, 20))
        assert counted(running) == {"offset_reset": (0.0, 1.0)}
        wait_until(lambda: bench.committed() == {0: 20}, "the commit")
        running.stop()
    (line,) = said
    assert line["reason"] == "offset_reset"
    assert (line["first_kept"], line["end"], line["goes_on_at"]) == (0, 20, 15)


def test_a_group_that_begins_at_the_end_says_what_it_passes_over_and_begins_there_once(
    bench: Bench,
) -> None:
    bench.produce(bare(n) for n in range(8))
    with bench.service(FakeReader(), auto_offset_reset="latest") as running:
        wait_until(lambda: bench.committed() == {0: 8}, "the committed start")
        assert counted(running) == {"offset_reset": (8.0, 1.0)}
        running.stop()
    bench.produce(bare(n) for n in range(8, 10))
    with bench.service(FakeReader(), auto_offset_reset="latest") as running:
        bench.collect(lambda out: len(out.results) == 2, watched=running)
        assert counted(running) == {}
        running.stop()
