"""A host or registry that is away holds up the partitions that need it, and no others."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.registry import RegistryUnavailableError
from platestream.bus.service import ExitReason
from platestream.contract.avro import LocalSchemaStore
from platestream.contract.errors import ErrorCode
from platestream.contract.schemas import Schema
from platestream.stream.fetch import FetchError, FetchFailure
from tests.bus.clusters import EmbeddedCluster, RealCluster
from tests.bus.harness import Bench, Cluster, source_of
from tests.bus.messages import FrameMessage, avro, bare
from tests.bus.running import RunningService
from tests.stream.fakes import FakeReader, picture
from tests.stream.waiting import wait_until

QUICK = {"first_pause_seconds": 0.05, "longest_pause_seconds": 0.2}


class Host:
    """The fetcher and the host behind it in one; away until it is told to be there."""

    def __init__(self) -> None:
        self.there = threading.Event()
        self.asked = 0

    def fetch(self, url: str) -> bytes:
        self.asked += 1
        if not self.there.is_set():
            raise FetchError(FetchFailure.UNREACHABLE)
        return picture(int(url.rpartition("/")[2]))


class DeadHosts:
    """As many hosts as are asked for: each answers after the seconds in its name, and is away."""

    def __init__(self) -> None:
        self._never = threading.Event()

    def fetch(self, url: str) -> bytes:
        self._never.wait(float(url.removeprefix("http://after-").removesuffix("s/1")))
        raise FetchError(FetchFailure.UNREACHABLE)


class Registry(LocalSchemaStore):
    """The local store, away until it is told to be there."""

    def __init__(self) -> None:
        super().__init__()
        self.there = threading.Event()

    def writer(self, schema_id: int) -> Schema:
        if not self.there.is_set():
            raise RegistryUnavailableError("away")
        return super().writer(schema_id)


def by_url(number: int) -> FrameMessage:
    return FrameMessage(json.dumps({"url": f"http://pictures.example/{number}"}).encode(), b"far")


@pytest.fixture(scope="module", params=["embedded", "kafka"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    if request.param == "kafka":
        yield RealCluster(request.getfixturevalue("kafka_servers"), "exactly_once")
        return
    with EmbeddedBroker() as broker:
        yield EmbeddedCluster(broker)


@pytest.fixture
def bench(cluster: Cluster) -> Iterator[Bench]:
    bench = Bench(cluster)
    yield bench
    bench.close()


def on_dead_host(seconds: float) -> FrameMessage:
    return FrameMessage(json.dumps({"url": f"http://after-{seconds}s/1"}).encode(), b"far")


def running(
    bench: Bench, host: Host, store: LocalSchemaStore | None = None, **kafka: Any
) -> RunningService:
    """A service with a fetcher and a store of the test's, and room for few frames."""
    return bench.service(
        FakeReader(),
        stream={"max_in_flight_frames": 8, "batch_max_frames": 4, "fetch_workers": 2},
        fetcher=host,
        store=store,
        **{"retries": QUICK, **kafka},
    )


def test_other_partitions_go_on_and_nothing_is_lost_or_doubled(bench: Bench) -> None:
    host = Host()
    # More than may be in flight: they would fill the service if they stayed in it.
    bench.produce((by_url(1 + 5 * n) for n in range(20)), partition=0)
    for partition in (1, 2, 3):
        bench.produce((bare(1 + 5 * n) for n in range(30)), partition=partition)
    with running(bench, host) as it:
        out = bench.collect(lambda out: len(out.plates) >= 90)
        assert {source_of(plate)[0] for plate in out.plates} == {1, 2, 3}
        wait_until(lambda: it.value("partitions_waiting") == 1, "the waiting partition")
        wait_until(lambda: it.value("in_flight_frames") == 0, "room for others")
        asked = host.asked
        wait_until(lambda: host.asked > asked, "another try")
        assert out.failures == []
        host.there.set()
        bench.collect(lambda out: len(out.plates) >= 110)
        wait_until(lambda: it.value("partitions_waiting") == 0, "the end of waiting")
        assert it.stop().reason is ExitReason.DRAINED
    out = bench.collect_rest()
    assert len(out.event_ids()) == len(set(out.event_ids())) == 110
    late = [source_of(plate) for plate in out.plates if source_of(plate)[0] == 0]
    assert late == [(0, offset) for offset in range(20)]
    assert sum(bench.committed().values()) >= 110


def test_after_the_budget_frames_fail_with_their_code_and_those_behind_go_on(bench: Bench) -> None:
    host = Host()
    bench.produce([bare(1), *(by_url(n) for n in range(6)), bare(6)], partition=0)
    with running(bench, host, retries={**QUICK, "budget_seconds": 0.5}):
        out = bench.collect(lambda out: len(out.plates) == 2 and len(out.failures) == 6)
    assert {f["error_code"] for f in out.failures} == {ErrorCode.URL_FETCH_FAILED.code}
    assert [source_of(f)[1] for f in out.failures] == [1, 2, 3, 4, 5, 6]
    assert sorted(source_of(p)[1] for p in out.plates) == [0, 7]


def test_outages_of_many_hosts_do_not_add_up(bench: Bench) -> None:
    # Each is slower than the one before, so that nothing is known of it until that one is past.
    dead = [on_dead_host(round(0.05 + 0.1 * n, 2)) for n in range(8)]
    bench.produce([*dead, bare(1)], partition=0)
    budget = 3.0
    with bench.service(
        FakeReader(),
        stream={"fetch_workers": 8},
        fetcher=DeadHosts(),
        retries={**QUICK, "budget_seconds": budget},
    ):
        start = time.monotonic()
        # One by one they would take eight budgets; the start is in it, too.
        out = bench.collect(lambda out: len(out.plates) == 1, timeout=4 * budget)
        assert time.monotonic() - start >= budget
        bench.collect(lambda out: len(out.failures) == 8)
    assert {f["error_code"] for f in out.failures} == {ErrorCode.URL_FETCH_FAILED.code}


def test_a_registry_that_is_away_is_waited_for(bench: Bench) -> None:
    store = Registry()
    bench.produce((avro(1 + 5 * n) for n in range(12)), partition=0)
    bench.produce((bare(1 + 5 * n) for n in range(12)), partition=1)
    with running(bench, Host(), store) as it:
        bench.collect(lambda out: len(out.plates) >= 12)
        wait_until(lambda: it.value("partitions_waiting") == 1, "the waiting partition")
        store.there.set()
        bench.collect(lambda out: len(out.plates) >= 24)
        it.stop()
    out = bench.collect_rest()
    assert len(out.event_ids()) == len(set(out.event_ids())) == 24
    assert out.failures == []


def test_frames_whose_registry_stays_away_fail_with_a_code(bench: Bench) -> None:
    bench.produce([avro(1), avro(6), bare(11)], partition=0)
    with running(bench, Host(), Registry(), retries={**QUICK, "budget_seconds": 0.3}):
        out = bench.collect(lambda out: len(out.plates) == 1 and len(out.failures) == 2)
    assert {f["error_code"] for f in out.failures} == {ErrorCode.TIMEOUT.code}
    assert {f["camera_id"] for f in out.failures} == {"camera-1"}


def test_a_registry_that_stays_away_does_not_stop_a_service_that_reads(bench: Bench) -> None:
    bench.produce([bare(1), *(avro(6, f"camera-{n}") for n in range(30)), bare(11)], partition=0)
    changes: dict[str, Any] = {
        "retries": {**QUICK, "budget_seconds": 0.3},
        "dead_letters": {"window_frames": 10, "min_cameras": 2},
    }
    with running(bench, Host(), Registry(), **changes) as it:
        bench.collect(lambda out: len(out.plates) == 2 and len(out.failures) == 30, watched=it)


def test_a_stop_does_not_wait_for_the_host_and_leaves_its_frames_to_others(bench: Bench) -> None:
    host = Host()
    bench.produce([bare(1), by_url(6), bare(11)], partition=0)
    with running(bench, host, drain_seconds=25.0) as it:
        bench.collect(lambda out: len(out.plates) == 1)
        wait_until(lambda: it.value("partitions_waiting") == 1, "the waiting partition")
        assert it.stop().reason is ExitReason.DRAINED
    assert bench.committed() == {0: 1}
    host.there.set()
    with running(bench, host) as it:
        bench.collect(lambda out: len(out.plates) == 3)
        it.stop()
    assert sorted(source_of(p)[1] for p in bench.collect_rest().plates) == [0, 1, 2]


def test_too_many_failures_stop_the_service_with_nothing_more_committed(bench: Bench) -> None:
    frames = [FrameMessage(b"no picture", f"camera-{n % 12}".encode()) for n in range(80)]
    bench.produce(frames, partition=0)
    with running(bench, Host(), dead_letters={"window_frames": 30}) as it:
        result = it.wait_ended()
        assert result.reason is ExitReason.FAILED
        assert "kafka.dead_letters.window_frames: 30" in str(result.error)
        assert f"{bench.topics.frames}[0] 0 to 29" in str(result.error)
    out = bench.collect_rest()
    assert len(out.failures) < 30
    assert bench.committed().get(0, 0) == len(out.failures)
