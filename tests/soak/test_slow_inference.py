"""A batch of 30 s against a ``max.poll.interval.ms`` of 10 s costs no membership: a real broker."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from platestream.bus.service import ExitReason
from platestream.contract.readings import PlateReading
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture
from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.bus.running import RunningService
from tests.stream.fakes import FakeReader
from tests.stream.waiting import DEADLINE_S, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

BATCH_S = 30.0
CONSUMER = {"max.poll.interval.ms": 10_000, "session.timeout.ms": 3_000}


class SlowReader(FakeReader):
    """Takes half a minute for the first batch that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: float | None = None
        self._never = threading.Event()

    def read(
        self,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None] | None = None,
    ) -> list[tuple[PlateReading, ...]]:
        self.entered.set()
        if self.seconds is None:
            start = time.monotonic()
            self._never.wait(BATCH_S)
            self.seconds = time.monotonic() - start
        return super().read(pictures, cameras)


def rebalances(replica: RunningService) -> list[float]:
    return [
        replica.value("rebalances_total", event=event) for event in ("assign", "revoke", "lost")
    ]


@pytest.fixture
def bench(kafka_servers: str) -> Iterator[Bench]:
    bench = Bench(RealCluster(kafka_servers, "exactly_once"))
    yield bench
    bench.close()


def slow_service(bench: Bench) -> RunningService:
    """A service whose second batch takes all that comes while it reads the first."""
    return bench.service(
        SlowReader(), stream={"batch_max_frames": 64}, consumer=CONSUMER, revoke_seconds=1.0
    )


def test_a_batch_of_three_poll_intervals_moves_no_partition(bench: Bench) -> None:
    # Each is there to be given what the other would lose.
    with slow_service(bench) as one, slow_service(bench) as two:
        replicas = one, two
        wait_until(
            lambda: all(replica.value("assigned_partitions") == 2 for replica in replicas),
            "an even share",
        )
        before = [rebalances(replica) for replica in replicas]
        for partition in range(4):
            bench.produce([bare(1, f"camera-{partition}")], partition=partition)
        assert all(replica.reader.entered.wait(DEADLINE_S) for replica in replicas)
        for partition in range(4):
            more = [bare(1 + 5 * n, f"camera-{partition}") for n in range(1, 10)]
            bench.produce(more, partition=partition)
        bench.collect(lambda out: len(out.plates) >= 40, timeout=BATCH_S + DEADLINE_S, watched=one)
        assert [rebalances(replica) for replica in replicas] == before
        for replica in replicas:
            assert replica.value("assigned_partitions") == 2
            assert replica.stop().reason is ExitReason.DRAINED
            assert isinstance(replica.reader, SlowReader)
            assert replica.reader.seconds is not None
            assert replica.reader.seconds >= BATCH_S
    ids = bench.collect_rest().event_ids()
    assert len(ids) == len(set(ids)) == 40
