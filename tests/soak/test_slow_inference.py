"""Inference far slower than ``max.poll.interval.ms`` costs no membership, on a real broker."""

from collections.abc import Iterator

import pytest

from platestream.bus.service import ExitReason
from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.bus.running import RunningService
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

POLL_MS = 6000
# As 30 s of inference stand to a limit of 10 s.
BATCH_S = 3 * POLL_MS / 1000


def rebalances(replica: RunningService) -> list[float]:
    return [
        replica.value("rebalances_total", event=event) for event in ("assign", "revoke", "lost")
    ]


@pytest.fixture
def bench(kafka_servers: str) -> Iterator[Bench]:
    bench = Bench(RealCluster(kafka_servers, "exactly_once"))
    yield bench
    bench.close()


def test_a_batch_of_three_poll_intervals_moves_no_partition(bench: Bench) -> None:
    consumer = {"max.poll.interval.ms": POLL_MS, "session.timeout.ms": 3000}
    bench.produce(bare(1 + 5 * n, f"camera-{n % 6}") for n in range(40))
    slow, idle = FakeReader(), FakeReader()
    slow.gate.clear()
    with (
        # The other member is there to be given what the slow one would lose.
        bench.service(idle, consumer=consumer, revoke_seconds=1.0) as other,
        bench.service(slow, consumer=consumer, revoke_seconds=1.0) as running,
    ):
        running.wait_assigned(2)
        other.wait_assigned(2)
        bench.produce(bare(1 + 5 * n, f"camera-{n % 6}") for n in range(40, 80))
        assert slow.entered.wait(30)
        before = [rebalances(replica) for replica in (running, other)]
        start = running.value("last_poll_timestamp_seconds")
        wait_until(
            lambda: running.value("last_poll_timestamp_seconds") > start + BATCH_S,
            "three poll intervals of polls",
            timeout=2 * BATCH_S,
        )
        slow.gate.set()
        bench.collect(lambda out: len(out.plates) >= 80, watched=running)
        assert [rebalances(replica) for replica in (running, other)] == before
        assert running.value("assigned_partitions") == 2
        assert running.stop().reason is ExitReason.DRAINED
        assert other.stop().reason is ExitReason.DRAINED
    ids = bench.collect_rest().event_ids()
    assert len(ids) == len(set(ids)) == 80
