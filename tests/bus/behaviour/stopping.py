"""The end of a service: drained, at its deadline, at once, or by a broken reader."""

from platestream.bus.service import ExitReason
from tests.bus.behaviour.cameras import camera
from tests.bus.harness import Bench
from tests.bus.messages import bare
from tests.stream.fakes import FakeReader
from tests.stream.waiting import wait_until


class StoppingBehaviour:
    def test_a_stop_drains_what_is_in_flight_and_nothing_else(self, bench: Bench) -> None:
        reader = FakeReader()
        reader.gate.clear()
        bench.produce(bare(1 + 5 * n, camera(n)) for n in range(50))
        with bench.service(reader, stream={"max_in_flight_frames": 10}) as running:
            wait_until(lambda: running.value("in_flight_frames") == 10, "frames in flight")
            running.service.stop()
            wait_until(lambda: not running.service.ready().ok, "the drain")
            assert running.result is None
            reader.gate.set()
            assert running.wait_ended().reason is ExitReason.DRAINED
        assert len(bench.collect_rest().plates) == 10
        assert sum(bench.committed().values()) == 10
        with bench.service(FakeReader()) as after:
            bench.collect(lambda out: len(out.plates) >= 50, watched=after)
            after.stop()
        ids = bench.collect_rest().event_ids()
        assert len(ids) == len(set(ids)) == 50

    def test_a_drain_ends_at_its_deadline_and_commits_only_what_is_delivered(
        self, bench: Bench
    ) -> None:
        reader = FakeReader()
        bench.produce((bare(1 + 5 * n) for n in range(3)), partition=0)
        # No commit on the way: the last one must come at the end.
        with bench.service(reader, drain_seconds=0.3, commit_interval_ms=600_000) as running:
            bench.collect(lambda out: len(out.plates) == 3, watched=running)
            wait_until(lambda: running.value("in_flight_frames") == 0, "the acknowledgements")
            reader.gate.clear()
            bench.produce([bare(1), bare(6)], partition=0)
            wait_until(lambda: running.value("in_flight_frames") == 2, "frames in flight")
            result = running.stop()
        assert result.reason is ExitReason.DEADLINE
        assert bench.committed() == {0: 3}
        with bench.service(FakeReader()) as after:
            bench.collect(lambda out: len(out.plates) >= 5, watched=after)
            assert after.value("frames_consumed_total") == 2

    def test_a_second_stop_ends_at_once_and_a_restart_reads_only_the_uncommitted(
        self, bench: Bench
    ) -> None:
        bench.produce((bare(1 + 5 * n) for n in range(10)), partition=0)
        reader = FakeReader()
        with bench.service(reader, drain_seconds=60.0) as running:
            bench.collect(lambda out: len(out.plates) == 10, watched=running)
            wait_until(lambda: bench.committed() == {0: 10}, "the commit")
            reader.gate.clear()
            bench.produce((bare(1 + 5 * n) for n in range(10, 15)), partition=0)
            wait_until(lambda: running.value("in_flight_frames") == 5, "frames in flight")
            running.service.stop()
            running.service.stop()
            result = running.wait_ended()
            assert result.reason is ExitReason.ABORTED
        assert bench.committed() == {0: 10}
        with bench.service(FakeReader()) as after:
            bench.collect(lambda out: len(out.plates) >= 15, watched=after)
            assert after.stop().reason is ExitReason.DRAINED
            assert after.value("frames_consumed_total") == 5
        assert bench.committed() == {0: 15}

    def test_a_broken_reader_ends_the_service_and_blames_no_frame(self, bench: Bench) -> None:
        bench.produce((bare(1 + 5 * n) for n in range(3)), partition=0)
        with bench.service(FakeReader(fails=lambda _: RuntimeError("device lost"))) as running:
            result = running.wait_ended()
            assert result.reason is ExitReason.FAILED
            assert not running.service.ready().ok
        assert bench.committed() == {}
        with bench.service(FakeReader()) as after:
            bench.collect(lambda out: len(out.plates) == 3, watched=after)
        assert bench.collect_rest().failures == []
