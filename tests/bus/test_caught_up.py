"""Caught up is a lag of 0, also behind what is no message: a transaction's marker. A real Kafka."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench, Guarantee
from tests.bus.messages import bare
from tests.bus.running import RunningService
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until


@pytest.fixture(params=["exactly_once", "at_least_once"])
def bench(request: pytest.FixtureRequest, kafka_servers: str) -> Iterator[Bench]:
    guarantee: Guarantee = request.param
    bench = Bench(RealCluster(kafka_servers, guarantee))
    yield bench
    bench.close()


def send_in_transactions(bench: Bench, count: int) -> None:
    """``count`` frames for each partition, all of a transaction; then a frame that is aborted."""
    sender = Producer(
        {
            "bootstrap.servers": bench.cluster.bootstrap_servers,
            "transactional.id": f"{bench.group}-sender",
        }
    )
    sender.init_transactions(30)
    for end in (sender.commit_transaction, sender.abort_transaction):
        sender.begin_transaction()
        for partition in range(bench.partitions):
            for n in range(count):
                message = bare(1 + 5 * n)
                sender.produce(bench.topics.frames, message.value, partition=partition)
        sender.flush(30)
        end(30)


def ends(bench: Bench) -> dict[int, int]:
    asking = Consumer({"bootstrap.servers": bench.cluster.bootstrap_servers, "group.id": "asking"})
    found = {}
    for number in range(bench.partitions):
        marks = asking.get_watermark_offsets(TopicPartition(bench.topics.frames, number), 30)
        assert marks is not None
        found[number] = marks[1]
    asking.close()
    return found


def lags(running: RunningService, bench: Bench) -> set[float | None]:
    return {
        running.metrics.registry.get_sample_value(
            "platestream_consumer_lag", {"topic": bench.topics.frames, "partition": str(number)}
        )
        for number in range(bench.partitions)
    }


def test_frames_of_a_transactional_sender_leave_no_lag(bench: Bench) -> None:
    send_in_transactions(bench, 3)
    end = ends(bench)
    assert set(end.values()) == {8}  # three frames, a marker, three that are aborted, a marker
    with bench.service(FakeReader()) as running:
        bench.collect(lambda out: len(out.plates) == 12, watched=running)
        wait_until(lambda: bench.committed() == end, "the group's offsets at the ends")
        wait_until(lambda: lags(running, bench) == {0}, "a lag of 0")
        assert running.value("frames_consumed_total") == 12
    with bench.service(FakeReader()) as running:  # nothing is read again, nothing to commit
        wait_until(lambda: lags(running, bench) == {0}, "a lag of 0 after a restart")
        running.stop()
        assert running.value("frames_consumed_total") == 0
        assert running.value("transactions_total", outcome="committed") == 0
    assert bench.committed() == end


def test_a_marker_that_a_predecessor_left_behind_is_passed(bench: Bench) -> None:
    send_in_transactions(bench, 1)
    with Consumer(
        {"bootstrap.servers": bench.cluster.bootstrap_servers, "group.id": bench.group}
    ) as former:
        former.commit(
            offsets=[TopicPartition(bench.topics.frames, n, 1) for n in range(bench.partitions)],
            asynchronous=False,
        )
    with bench.service(FakeReader()) as running:
        wait_until(lambda: bench.committed() == ends(bench), "the group's offsets at the ends")
        assert running.value("frames_consumed_total") == 0
