"""The consumer group: rebalances, stand-by replicas, and what costs no membership."""

from collections import defaultdict

import pytest

from platestream.bus.service import ExitReason
from tests.bus.behaviour.cameras import camera, shows_plate
from tests.bus.harness import Bench, Cluster, source_of
from tests.bus.messages import bare
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until


class MembershipBehaviour:
    def test_a_rebalance_in_mid_stream_loses_nothing(self, audited: Bench) -> None:
        audited.produce(bare(n, camera(n)) for n in range(300))
        first, second = FakeReader(), FakeReader()
        with audited.service(first) as one:
            audited.collect(lambda out: len(out.results) >= 30, watched=one)
            with audited.service(second) as two:
                wait_until(
                    lambda: (
                        one.value("assigned_partitions") == two.value("assigned_partitions") == 2
                    ),
                    "an even share",
                )
                audited.produce(bare(n, camera(n)) for n in range(300, 500))
                audited.collect(
                    lambda out: len({source_of(r) for r in out.results}) >= 500, watched=two
                )
                assert one.stop().reason is ExitReason.DRAINED
                two.wait_assigned(4)
                audited.produce(bare(n, camera(n)) for n in range(500, 560))
                audited.collect(
                    lambda out: len({source_of(r) for r in out.results}) >= 560, watched=two
                )
                assert two.value("frames_consumed_total") > 60
                assert two.stop().reason is ExitReason.DRAINED
        out = audited.collect_rest()
        assert len({source_of(result) for result in out.results}) == 560
        # Read twice is allowed here; then every event of the repeat has the id of the first.
        texts = defaultdict(set)
        for plate in out.plates:
            texts[plate["event_id"]].add((source_of(plate), plate["plate"]["plate_number"]))
        assert all(len(seen) == 1 for seen in texts.values())
        assert len(texts) == sum(map(shows_plate, range(560)))
        assert sum(audited.committed().values()) == 560

    def test_frames_of_a_revoked_partition_are_finished_and_committed(self, bench: Bench) -> None:
        reader = FakeReader()
        bench.produce((bare(1 + 5 * n) for n in range(4)), partition=0)
        bench.produce((bare(1 + 5 * n) for n in range(4)), partition=1)
        bench.produce((bare(1 + 5 * n) for n in range(4)), partition=2)
        bench.produce((bare(1 + 5 * n) for n in range(4)), partition=3)
        reader.gate.clear()
        with bench.service(reader) as one:
            wait_until(lambda: one.value("in_flight_frames") == 16, "frames in flight")
            with bench.service(FakeReader()) as two:
                wait_until(
                    lambda: (
                        one.value("rebalances_total", event="revoke") == 1
                        or two.value("rebalances_total", event="assign") >= 1
                    ),
                    "a rebalance",
                )
                reader.gate.set()
                bench.collect(lambda out: len(out.plates) >= 16, watched=two)
                two.wait_assigned(2)
                one.stop()
                two.stop()
        out = bench.collect_rest()
        assert len(set(out.event_ids())) == 16
        assert one.value("frames_dropped_total", reason="revoked") == 0
        # A commit that the group refuses (the embedded broker's, under load) may cost repeats, but
        # nothing else may.
        if one.value("commits_total", status="failed") == 0:
            assert len(out.event_ids()) == 16

    def test_frames_of_a_revoked_partition_that_take_too_long_are_dropped(
        self, bench: Bench
    ) -> None:
        for partition in range(4):
            bench.produce([bare(1)], partition=partition)
        reader = FakeReader()
        reader.gate.clear()
        with bench.service(reader, revoke_seconds=0.2) as one:
            wait_until(lambda: one.value("in_flight_frames") == 4, "frames in flight")
            with bench.service(FakeReader(), revoke_seconds=0.2) as two:
                two.wait_assigned(2)
                bench.collect(lambda out: len(out.plates) >= 2, watched=two)
                assert one.value("frames_dropped_total", reason="revoked") == 2
                reader.gate.set()
                bench.collect(lambda out: len(out.plates) >= 4, watched=one)
                one.stop()
                two.stop()
        out = bench.collect_rest()
        assert {source_of(plate)[0] for plate in out.plates} == {0, 1, 2, 3}
        assert len(out.plates) == 4

    def test_a_replica_without_partitions_stands_by_ready(self, cluster: Cluster) -> None:
        bench = Bench(cluster, partitions=1)
        with bench.service(FakeReader()) as one:
            one.wait_assigned(1)
            with bench.service(FakeReader()) as two:
                wait_until(lambda: one.service.ready().ok and two.service.ready().ok, "readiness")
                wait_until(
                    lambda: one.value("assigned_partitions") + two.value("assigned_partitions") == 1
                )
                busy, idle = (one, two) if one.value("assigned_partitions") else (two, one)
                busy.stop()
                idle.wait_assigned(1)
                assert not busy.service.ready().ok
                bench.produce([bare(1)])
                bench.collect(lambda out: len(out.plates) == 1, watched=idle)
        bench.close()

    @pytest.mark.parametrize("assignor", ["cooperative-sticky", "range"])
    def test_a_pause_does_not_outlive_a_rebalance(self, bench: Bench, assignor: str) -> None:
        consumer = {"partition.assignment.strategy": assignor}
        reader = FakeReader()
        reader.gate.clear()
        bench.produce(bare(1 + 5 * n, camera(n)) for n in range(40))
        with bench.service(
            reader, stream={"max_in_flight_frames": 4}, revoke_seconds=0.2, consumer=consumer
        ) as running:
            wait_until(lambda: running.value("consumer_paused") == 1, "the pause")
            with bench.service(FakeReader(), consumer=consumer) as other:
                other.wait_assigned(2)
                other.stop()
            running.wait_assigned(4)
            reader.gate.set()
            bench.collect(
                lambda out: len({source_of(p) for p in out.plates}) >= 40, watched=running
            )

    def test_slow_inference_costs_no_membership(self, bench: Bench) -> None:
        # Room for heartbeats that other tests keep from the processor: no session is at stake here.
        session_ms = 3 * bench.cluster.min_session_ms
        poll_ms = session_ms + 500
        reader = FakeReader()
        reader.gate.clear()
        bench.produce(bare(1 + 5 * n, camera(n)) for n in range(20))
        with bench.service(
            reader,
            consumer={"session.timeout.ms": session_ms, "max.poll.interval.ms": poll_ms},
            revoke_seconds=0.2,
        ) as running:
            assert reader.entered.wait(30)
            since = running.value("last_poll_timestamp_seconds")
            wait_until(
                lambda: running.value("last_poll_timestamp_seconds") > since + 1.2 * poll_ms / 1000,
                "time to pass the poll interval",
            )
            reader.gate.set()
            bench.collect(lambda out: len(out.plates) >= 20, watched=running)
            assert running.value("rebalances_total", event="assign") == 1
            assert running.value("rebalances_total", event="lost") == 0
            running.stop()
        ids = bench.collect_rest().event_ids()
        assert len(ids) == len(set(ids)) == 20
