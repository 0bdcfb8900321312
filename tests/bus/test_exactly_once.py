"""Exactly once under faults, on a real Apache Kafka: read by a consumer of committed records."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from platestream.bus.errors import FencedError
from platestream.bus.service import ExitReason
from tests.bus.clusters import OwnCluster
from tests.bus.harness import Bench, Output, source_of
from tests.bus.messages import bare
from tests.bus.replica import Replica, replica
from tests.clusters.kafka import KafkaCluster
from tests.clusters.requirement import real
from tests.stream.fakes import EMPTY_EVERY, FakeReader
from tests.stream.waiting import wait_until

# A busy machine needs half a minute for three brokers alone, and as long for one that is killed.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

# Short, for a replica that was killed in mid-transaction holds its successor up for that long.
SHORT = {"transaction.timeout.ms": 5_000, "message.timeout.ms": 4_000, "request.timeout.ms": 2_000}


@pytest.fixture(scope="module")
def cluster() -> Iterator[OwnCluster]:
    with real("Kafka"), KafkaCluster(3) as brokers:
        yield OwnCluster(brokers)


@pytest.fixture
def bench(cluster: OwnCluster) -> Iterator[Bench]:
    bench = Bench(cluster, results=True)
    yield bench
    bench.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def answered(out: Output) -> int:
    return len({source_of(result) for result in out.results})


def reaches(frames: int, out: Output) -> bool:
    return answered(out) >= frames


def assert_exactly_once(bench: Bench, frames: int) -> None:
    out = bench.collect_rest()
    doubled = {s: n for s, n in Counter(map(source_of, out.results)).items() if n > 1}
    assert not doubled
    assert len(out.results) == frames
    ends = out.ends()
    expected = sum(len(r["result"] or ()) if r["error_code"] is None else 1 for r in out.results)
    assert sum(map(len, ends.values())) == expected
    ids = out.event_ids()
    assert len(ids) == len(set(ids))
    assert sum(bench.committed().values()) == frames


def frames(bench: Bench, first: int, count: int) -> None:
    bench.produce(bare(n, f"camera-{n % 6}") for n in range(first, first + count))


# -- in one process -------------------------------------------------------------------------------


def test_records_that_a_broker_refuses_cost_no_other_frame(
    bench: Bench, cluster: OwnCluster
) -> None:
    # Every batch with more than one event is refused, and so is one event in five.
    cluster.limit_records(bench.topics.plates, 900)
    frames(bench, 0, 40)
    # Not gzip: it makes a batch of few events small enough, and how many meet depends on the time.
    with bench.service(FakeReader(), producer={"compression.type": "lz4"}) as running:
        bench.collect(lambda out: answered(out) >= 40, watched=running)
        assert running.stop().reason is ExitReason.DRAINED
        assert running.value("transactions_total", outcome="aborted") >= 1
    out = bench.collect_rest()
    assert len(out.failures) + len(out.plates) == sum(n % EMPTY_EVERY != 0 for n in range(40))
    assert_exactly_once(bench, 40)


def test_a_frame_whose_events_are_refused_alone_becomes_a_failure(
    bench: Bench, cluster: OwnCluster
) -> None:
    cluster.limit_records(bench.topics.plates, 100)
    bench.produce([bare(1)])
    with bench.service(FakeReader()) as running:
        out = bench.collect(lambda out: answered(out) == 1, watched=running)
        assert running.stop().reason is ExitReason.DRAINED
        assert running.value("transactions_total", outcome="aborted") == 2
    assert out.plates == []
    assert len(bench.collect_rest().failures) == 1
    assert_exactly_once(bench, 1)


def test_the_older_of_two_with_the_same_transactional_id_ends(bench: Bench) -> None:
    frames(bench, 0, 60)
    reader = FakeReader()
    with bench.service(reader, transactional_id="twin") as older:
        bench.collect(lambda out: answered(out) >= 60, watched=older)
        with bench.service(FakeReader(), transactional_id="twin") as newer:
            newer.wait_assigned(2)
            frames(bench, 60, 60)
            result = older.wait_ended()
            assert result.reason is ExitReason.FAILED
            assert isinstance(result.error, FencedError)
            assert "kafka.transactional_id" in str(result.error)
            bench.collect(lambda out: answered(out) >= 120, watched=newer)
            assert newer.stop().reason is ExitReason.DRAINED
        assert older.value("transactions_total", outcome="fenced") == 1
    assert_exactly_once(bench, 120)


def test_frames_dropped_from_an_open_transaction_take_its_events_with_them(bench: Bench) -> None:
    # The transaction of what is finished stays open for a second: a revocation finds it so.
    for partition in range(4):
        bench.produce([bare(1 + 5 * n) for n in range(10)], partition=partition)
    lazy: dict[str, Any] = {"transaction_linger_ms": 1000, "revoke_seconds": 1.01}
    with bench.service(FakeReader(), **lazy) as one, bench.service(FakeReader(), **lazy) as two:
        two.wait_assigned(2)
        bench.collect(lambda out: answered(out) >= 40, watched=two)
        one.stop()
        two.stop()
    assert_exactly_once(bench, 40)


@pytest.mark.parametrize(
    "membership",
    [
        {"group_protocol": "consumer"},
        {"group_protocol": "consumer", "group_instance_id": "one"},
        {"group_instance_id": "one"},
    ],
    ids=["consumer", "consumer-static", "classic-static"],
)
def test_other_ways_to_be_a_member(bench: Bench, membership: dict[str, Any]) -> None:
    other = dict(membership)
    if "group_instance_id" in other:
        other["group_instance_id"] = "two"
    frames(bench, 0, 100)
    with bench.service(FakeReader(), **membership) as one:
        bench.collect(lambda out: answered(out) >= 100, watched=one)
        with bench.service(FakeReader(), **other) as two:
            wait_until(
                lambda: one.value("assigned_partitions") == two.value("assigned_partitions") == 2,
                "an even share",
            )
            frames(bench, 100, 100)
            bench.collect(lambda out: answered(out) >= 200, watched=two)
            assert two.stop().reason is ExitReason.DRAINED
        assert one.stop().reason is ExitReason.DRAINED
    assert_exactly_once(bench, 200)


def test_a_static_member_that_restarts_moves_no_partition(bench: Bench) -> None:
    # Longer than the restart takes, or its partitions would move after all.
    long: dict[str, Any] = {"consumer": {"session.timeout.ms": 10_000}}
    with bench.service(FakeReader(), group_instance_id="stays", **long) as stays:
        with bench.service(FakeReader(), group_instance_id="goes", **long) as goes:
            wait_until(
                lambda: stays.value("assigned_partitions") == goes.value("assigned_partitions") == 2
            )
            goes.stop()
        before = stays.value("rebalances_total", event="assign")
        with bench.service(FakeReader(), group_instance_id="goes", **long) as again:
            again.wait_assigned(2)
            frames(bench, 0, 50)
            bench.collect(lambda out: answered(out) >= 50, watched=again)
            assert stays.value("assigned_partitions") == 2
            assert stays.value("rebalances_total", event="assign") == before
    assert_exactly_once(bench, 50)


# -- processes that are killed --------------------------------------------------------------------


def start(
    stack: ExitStack, bench: Bench, folder: Path, name: str, producer: dict[str, Any] = SHORT
) -> Replica:
    settings = bench.settings(transactional_id=f"{bench.group}-{name}", producer=producer)
    number = len(list(folder.iterdir()))
    return stack.enter_context(replica(settings, folder, f"{number}-{name}"))


def test_a_killed_replica_and_its_successor(bench: Bench, stack: ExitStack, tmp_path: Path) -> None:
    frames(bench, 0, 600)
    first = start(stack, bench, tmp_path, "a")
    bench.collect(lambda out: answered(out) >= 50)
    first.kill()
    second = start(stack, bench, tmp_path, "a")
    bench.collect(lambda out: answered(out) >= 250)
    second.kill()
    third = start(stack, bench, tmp_path, "a")
    bench.collect(lambda out: answered(out) >= 600)
    assert third.stop()["reason"] == "drained"
    assert_exactly_once(bench, 600)


def test_a_killed_replica_and_its_neighbour(bench: Bench, stack: ExitStack, tmp_path: Path) -> None:
    frames(bench, 0, 800)
    first = start(stack, bench, tmp_path, "a")
    bench.collect(lambda out: answered(out) >= 50)
    second = start(stack, bench, tmp_path, "b")
    second.wait_said("partitions_assigned")
    bench.collect(lambda out: answered(out) >= 300)
    first.kill()
    bench.collect(lambda out: answered(out) >= 800)
    assert second.stop()["reason"] == "drained"
    assert_exactly_once(bench, 800)


def test_a_replica_that_stood_still_doubles_nothing(
    bench: Bench, stack: ExitStack, tmp_path: Path
) -> None:
    frames(bench, 0, 600)
    zombie = start(stack, bench, tmp_path, "a")
    bench.collect(lambda out: answered(out) >= 50)
    zombie.signal(signal.SIGSTOP)  # with a batch in inference and a transaction on its way
    other = start(stack, bench, tmp_path, "b")
    bench.collect(lambda out: answered(out) >= 600)
    zombie.signal(signal.SIGCONT)
    wait_until(lambda: zombie.said("partitions_lost") or not zombie.running, "the loss")
    frames(bench, 600, 200)
    bench.collect(lambda out: answered(out) >= 800)
    told = zombie.stop() if zombie.running else zombie.wait_ended()
    # It came back as a member, or learnt that its transaction had been given up.
    assert told["lost"] >= 1 or told["error"] == "FencedError", told
    assert other.stop()["reason"] == "drained"
    assert_exactly_once(bench, 800)


def test_a_broker_that_is_killed_and_comes_back(
    bench: Bench, stack: ExitStack, tmp_path: Path, cluster: OwnCluster
) -> None:
    frames(bench, 0, 500)
    only = start(stack, bench, tmp_path, "a", producer={})
    bench.collect(lambda out: answered(out) >= 50)
    victim = cluster.kafka.brokers[0]
    cluster.kafka.kill(victim)
    bench.collect(partial(reaches, answered(bench.output) + 100), timeout=60)
    cluster.kafka.start(victim)
    cluster.kafka.wait_ready()
    bench.collect(partial(reaches, 500), timeout=60)
    assert only.stop()["reason"] == "drained"
    assert_exactly_once(bench, 500)
