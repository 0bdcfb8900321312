"""The lag metric: right, or not there; and what is said of a topic that is gone."""

import time
from collections.abc import Collection

import pytest
from structlog.testing import capture_logs

from platestream.bus.clients.end_offsets import Ends
from platestream.bus.clients.lag import ArrivalTimes, LagMonitor
from platestream.bus.partitions import Ledgers, Partition
from platestream.stream.ledger import PartitionLedger
from platestream.telemetry.metrics import Metrics

HERE, THERE = Partition("frames", 0), Partition("frames", 1)


class Brokers:
    """Answers as the test says."""

    def __init__(self) -> None:
        self.answer: Ends | None = None
        self.patience = 30.0
        self.wanted: frozenset[Partition] = frozenset()
        self.closed = False

    def want(self, partitions: Collection[Partition]) -> None:
        self.wanted = frozenset(partitions)

    def close(self) -> None:
        self.closed = True

    def tell(self, **partitions: int | str) -> None:
        """``p0=7`` is where partition 0 ends, ``p0="NAME"`` why that is not known."""
        named = {Partition("frames", int(key[1:])): value for key, value in partitions.items()}
        self.answer = Ends(
            time.monotonic(),
            offsets={p: value for p, value in named.items() if isinstance(value, int)},
            reasons={p: value for p, value in named.items() if isinstance(value, str)},
            topic_missing=False,
        )


@pytest.fixture
def brokers() -> Brokers:
    return Brokers()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def monitor(brokers: Brokers, metrics: Metrics) -> LagMonitor:
    ledgers: Ledgers = {HERE: PartitionLedger(10), THERE: PartitionLedger(20)}
    return LagMonitor(brokers, ledgers, metrics)


def lag(metrics: Metrics, partition: Partition) -> float | None:
    labels = {"topic": partition.topic, "partition": str(partition.number)}
    return metrics.registry.get_sample_value("platestream_consumer_lag", labels)


def unknown(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("platestream_lag_unknown_partitions")


def test_the_lag_is_what_the_brokers_say_less_what_is_committed(
    brokers: Brokers, metrics: Metrics, monitor: LagMonitor
) -> None:
    monitor.step([HERE, THERE])
    assert brokers.wanted == {HERE, THERE}
    brokers.tell(p0=13, p1=20)
    monitor.step([HERE, THERE])
    assert (lag(metrics, HERE), lag(metrics, THERE)) == (3, 0)


def test_a_lag_that_is_not_known_has_no_series(
    brokers: Brokers, metrics: Metrics, monitor: LagMonitor
) -> None:
    brokers.tell(p0=13, p1=20)
    monitor.step([HERE, THERE])
    brokers.tell(p0="FENCED_LEADER_EPOCH", p1=25)
    monitor.step([HERE, THERE])
    assert (lag(metrics, HERE), lag(metrics, THERE)) == (None, 5)
    assert unknown(metrics) == 1
    brokers.tell(p0=14, p1=25)
    monitor.step([HERE, THERE])
    assert (lag(metrics, HERE), unknown(metrics)) == (4, 0)


def test_an_answer_that_does_not_come_is_no_lag(
    brokers: Brokers, metrics: Metrics, monitor: LagMonitor
) -> None:
    brokers.tell(p0=13)
    monitor.step([HERE])
    monitor.step([HERE])
    assert lag(metrics, HERE) == 3
    brokers.patience = 0.0
    monitor.step([HERE])
    assert (lag(metrics, HERE), unknown(metrics)) == (None, 1)


def test_a_partition_that_goes_takes_its_series_along(
    brokers: Brokers, metrics: Metrics, monitor: LagMonitor
) -> None:
    brokers.tell(p0=13, p1="_UNKNOWN_PARTITION")
    monitor.step([HERE, THERE])
    monitor.step([])
    assert (lag(metrics, HERE), unknown(metrics)) == (None, 0)
    monitor.close()
    assert brokers.closed


def test_it_is_said_once_and_when_it_is_over(brokers: Brokers, monitor: LagMonitor) -> None:
    with capture_logs() as said:
        for _ in range(50):
            brokers.tell(p0="FENCED_LEADER_EPOCH")
            monitor.step([HERE])
        brokers.tell(p0=13)
        monitor.step([HERE])
    assert [line["event"] for line in said] == ["lag_unknown", "lag_known"]
    assert said[0]["error"] == "FENCED_LEADER_EPOCH"


def test_a_topic_is_gone_when_the_brokers_said_so_twice(
    brokers: Brokers, monitor: LagMonitor
) -> None:
    def tell(*, missing: bool | None) -> bool:
        brokers.answer = Ends(time.monotonic(), topic_missing=missing)
        monitor.step([])
        monitor.step([])  # the same answer is none
        return monitor.topic_gone

    with capture_logs() as said:
        assert not tell(missing=True)
        assert not tell(missing=False)
        assert not tell(missing=True)
        assert tell(missing=True)
        assert tell(missing=None), "brokers that say nothing do not say that it is back"
        assert tell(missing=True)
        assert not tell(missing=False)
    assert [line["event"] for line in said] == ["frames_topic_gone", "frames_topic_back"]


def behind(metrics: Metrics, partition: Partition) -> float | None:
    labels = {"topic": partition.topic, "partition": str(partition.number)}
    return metrics.registry.get_sample_value("platestream_time_behind_seconds", labels)


def test_frames_that_stand_still_grow_old() -> None:
    arrivals = ArrivalTimes()
    for minute in range(120):
        arrivals.note(60.0 * minute, 100_000)
    assert arrivals.waited(60.0 * 119, 10) == 60.0 * 119


def test_a_frame_is_as_old_as_the_last_moment_without_it() -> None:
    arrivals = ArrivalTimes()
    for moment, end in ((0.0, 10), (10.0, 10), (20.0, 12), (30.0, 15), (40.0, 15)):
        arrivals.note(moment, end)
    assert arrivals.waited(40.0, 10) == 30.0, "10 came after the moment 10, where it was not there"
    assert arrivals.waited(40.0, 12) == 20.0
    assert arrivals.waited(40.0, 14) == 20.0
    assert arrivals.waited(40.0, 15) == 0.0, "caught up"
    arrivals.note(50.0, 16)
    assert arrivals.waited(50.0, 15) == 10.0, "after a quiet time a new frame is young"


def test_a_long_wait_is_not_forgotten() -> None:
    arrivals = ArrivalTimes(most=16)
    for moment in range(10_000):
        arrivals.note(float(moment), moment)
    assert arrivals.waited(9_999.0, 0) == 9_999.0
    assert len(arrivals._seen) <= 16


def test_a_topic_made_anew_begins_anew() -> None:
    arrivals = ArrivalTimes()
    arrivals.note(0.0, 500)
    arrivals.note(100.0, 3)
    assert arrivals.waited(110.0, 0) == 10.0


def test_the_time_behind_comes_and_goes_with_the_lag(
    brokers: Brokers, metrics: Metrics, monitor: LagMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    brokers.tell(p0=10, p1=20)
    monitor.step([HERE, THERE])
    assert (behind(metrics, HERE), behind(metrics, THERE)) == (0.0, 0.0)
    now += 15.0
    brokers.tell(p0=12, p1=20)
    monitor.step([HERE, THERE])
    assert (behind(metrics, HERE), behind(metrics, THERE)) == (15.0, 0.0)
    brokers.tell(p0="UNKNOWN", p1=20)
    monitor.step([HERE, THERE])
    assert behind(metrics, HERE) is None
    monitor.step([])
    assert behind(metrics, THERE) is None


def test_without_partitions_the_lag_is_not_known_again(
    brokers: Brokers, monitor: LagMonitor
) -> None:
    with capture_logs() as said:
        brokers.tell(p0="_TRANSPORT")
        monitor.step([HERE])
        brokers.answer = Ends(time.monotonic())  # lost meanwhile, so nothing is asked for
        monitor.step([])
        assert [line["event"] for line in said] == ["lag_unknown"]
        brokers.tell(p0=13)
        monitor.step([HERE])
    assert [line["event"] for line in said] == ["lag_unknown", "lag_known"]


def test_partitions_that_the_topic_does_not_have_any_more_are_no_unknown_lag(
    brokers: Brokers, monitor: LagMonitor, metrics: Metrics
) -> None:
    """It was made anew with fewer, and the group has not let go of the others."""
    brokers.tell(p0=17, p1=22)
    monitor.step([HERE, THERE])
    brokers.answer = Ends(
        time.monotonic(), offsets={HERE: 17}, reasons={THERE: "_UNKNOWN_PARTITION"}, partitions=1
    )
    monitor.step([HERE, THERE])
    assert (lag(metrics, HERE), lag(metrics, THERE)) == (7, None)
    unknown = metrics.registry.get_sample_value("platestream_lag_unknown_partitions")
    assert unknown == 0
