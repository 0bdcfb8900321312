"""What the stream does on any Kafka: one suite, run on the embedded broker and on a real one."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from platestream.bus.service import ExitReason
from platestream.contract.errors import ErrorCode
from tests.bus.harness import Bench, Cluster, source_of
from tests.bus.messages import FrameMessage, avro, bad_kinds, bare, in_json
from tests.stream.fakes import EMPTY_EVERY, FakeReader, text_of
from tests.stream.waiting import wait_until

CAMERAS = tuple(f"camera-{number}" for number in range(6))


def camera(number: int) -> str:
    return CAMERAS[number % len(CAMERAS)]


def shows_plate(number: int) -> bool:
    return number % EMPTY_EVERY != 0


class StreamBehaviour:
    """Inherit it and give it a fixture ``cluster``."""

    @pytest.fixture
    def bench(self, cluster: Cluster) -> Iterator[Bench]:
        bench = Bench(cluster)
        yield bench
        bench.close()

    @pytest.fixture
    def audited(self, cluster: Cluster) -> Iterator[Bench]:
        """A bench with the results topic."""
        bench = Bench(cluster, results=True)
        yield bench
        bench.close()

    # -- every frame ends, and ends once ----------------------------------------------------------

    def test_every_frame_ends_in_exactly_one_way(self, audited: Bench) -> None:
        forms = (bare, avro, in_json)
        frames = [forms[n % 3](n, camera(n)) for n in range(150)]
        spoilt = {number for number in range(150) if number % 7 == 3}
        for number in spoilt:
            frames[number] = FrameMessage(b"no picture", camera(number).encode())
        audited.produce(frames)
        with audited.service(FakeReader()) as running:
            audited.collect(lambda out: len(out.results) >= 150, watched=running)
            assert running.stop().reason is ExitReason.DRAINED
            assert running.value("frames_consumed_total") == 150
            assert running.value("in_flight_frames") == 0
        out = audited.collect_rest()
        expected = Counter(
            "failed" if n in spoilt else "plates" if shows_plate(n) else "no_plate"
            for n in range(150)
        )
        answers = {source_of(result): result for result in out.results}
        assert len(out.results) == len(answers) == 150
        ends = out.ends()
        got: Counter[str] = Counter()
        for source, result in answers.items():
            end = ends.pop(source, [])
            if result["error_code"] is not None:
                assert end == ["failed"]
                got["failed"] += 1
            else:
                assert end == ["plates"] * len(result["result"])
                got["plates" if end else "no_plate"] += 1
        assert not ends
        assert got == expected
        assert sum(audited.committed().values()) == 150
        for kind, count in expected.items():
            assert running.value("frames_processed_total", outcome=kind) == count

    def test_bad_messages_get_their_codes_and_good_ones_come_through(self, bench: Bench) -> None:
        kinds = list(bad_kinds())
        assert len(kinds) >= 12
        rounds = -(-100 // len(kinds))
        messages: list[FrameMessage] = []
        for turn in range(rounds):
            for number, kind in enumerate(kinds):
                messages.append(FrameMessage(kind.value, None, kind.headers))
                messages.append(bare(1 + 5 * (turn * len(kinds) + number), camera(number)))
        expected = {2 * n: kinds[n % len(kinds)] for n in range(rounds * len(kinds))}
        bench.produce(messages, partition=0)
        with bench.service(FakeReader()) as running:
            bench.collect(
                lambda out: len(out.failures) + len(out.plates) >= len(messages), watched=running
            )
            assert running.stop().reason is ExitReason.DRAINED
        out = bench.collect_rest()
        codes = {failure["source"]["offset"]: failure["error_code"] for failure in out.failures}
        assert codes == {offset: kind.code.code for offset, kind in expected.items()}
        assert len(out.failures) == len(expected) >= 100
        assert {plate["source"]["offset"] for plate in out.plates} == {
            offset for offset in range(len(messages)) if offset % 2
        }
        assert all(failure["payload"] is None for failure in out.failures)

    def test_a_plate_event_says_where_it_came_from(self, bench: Bench) -> None:
        bench.produce([avro(7, "gate-3")], partition=2)
        with bench.service(FakeReader()) as running:
            out = bench.collect(lambda out: len(out.plates) == 1, watched=running)
        (plate,) = out.plates
        assert plate["plate"]["plate_number"] == text_of(7)
        assert plate["frame_id"] == "frame-7"
        assert plate["camera_id"] == "gate-3"
        assert plate["source"] == {"topic": bench.topics.frames, "partition": 2, "offset": 0}
        assert plate["attributes"] == {"lane": "2"}
        assert out.messages[0].key() == b"gate-3"

    def test_failures_carry_their_payload_when_asked_to(self, bench: Bench) -> None:
        bench.produce([FrameMessage(b"no picture"), bare(1)])
        with bench.service(FakeReader(), include_payload_in_failures=True) as running:
            out = bench.collect(
                lambda out: len(out.failures) + len(out.plates) == 2, watched=running
            )
        assert [failure["payload"] for failure in out.failures] == [b"no picture"]

    def test_a_payload_too_large_for_a_record_is_left_out(self, bench: Bench) -> None:
        bench.produce([FrameMessage(b"x" * 300_000), FrameMessage(b"y" * 100)])
        with bench.service(
            FakeReader(), include_payload_in_failures=True, max_record_bytes=100_000
        ) as running:
            out = bench.collect(lambda out: len(out.failures) == 2, watched=running)
        payloads = [failure["payload"] for failure in out.failures]
        assert sorted(payloads, key=lambda payload: payload is None) == [b"y" * 100, None]

    # -- order ------------------------------------------------------------------------------------

    def test_the_order_of_each_camera_is_kept(self, bench: Bench) -> None:
        # Bad pictures and a failing batch finish out of turn; order must hold all the same.
        frames = [
            FrameMessage(b"bad", camera(n).encode()) if n % 11 == 4 else bare(n, camera(n))
            for n in range(300)
        ]
        bench.produce(frames)
        reader = FakeReader(fails=lambda ns: RuntimeError() if len(ns) > 5 else None)
        plates = sum(n % 11 != 4 and shows_plate(n) for n in range(300))
        with bench.service(reader) as running:
            out = bench.collect(lambda out: len(out.plates) >= plates, watched=running)
        by_camera: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for plate in out.plates:
            by_camera[plate["camera_id"]].append(source_of(plate))
        assert set(by_camera) == set(CAMERAS)
        for sources in by_camera.values():
            assert len({partition for partition, _ in sources}) == 1
            assert sources == sorted(sources)
            assert len(set(sources)) == len(sources)

    # -- membership -------------------------------------------------------------------------------

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

    # -- back-pressure ----------------------------------------------------------------------------

    def test_back_pressure_pauses_and_keeps_polling(self, bench: Bench) -> None:
        reader = FakeReader()
        reader.gate.clear()
        bench.produce(bare(1 + 5 * n, camera(n)) for n in range(60))
        with bench.service(reader, stream={"max_in_flight_frames": 8}) as running:
            wait_until(lambda: running.value("consumer_paused") == 1, "the pause")
            before = running.value("last_poll_timestamp_seconds")
            wait_until(lambda: running.value("last_poll_timestamp_seconds") > before + 0.3, "polls")
            assert running.value("in_flight_frames") == 8
            wait_until(
                lambda: (
                    sum(
                        running.value(
                            "consumer_lag", topic=bench.topics.frames, partition=str(number)
                        )
                        for number in range(4)
                    )
                    >= 8
                ),
                "the lag",
            )
            reader.gate.set()
            bench.collect(lambda out: len(out.plates) >= 60, watched=running)
            wait_until(lambda: running.value("consumer_paused") == 0, "the resumption")
            assert running.value("backpressure_seconds_total") > 0
            assert running.value("rebalances_total", event="revoke") == 0
            wait_until(
                lambda: running.value("consumer_lag", topic=bench.topics.frames, partition="0") == 0
            )
            running.stop()
        ids = bench.collect_rest().event_ids()
        assert len(ids) == len(set(ids)) == 60

    def test_back_pressure_counts_bytes(self, bench: Bench) -> None:
        reader = FakeReader()
        reader.gate.clear()
        messages = [bare(1 + 5 * n) for n in range(20)]
        limit = 3 * len(messages[0].value or b"")
        bench.produce(messages, partition=0)
        with bench.service(reader, stream={"max_in_flight_bytes": limit}) as running:
            wait_until(lambda: running.value("consumer_paused") == 1, "the pause")
            assert running.value("in_flight_bytes") <= limit + len(messages[0].value or b"")
            reader.gate.set()
            bench.collect(lambda out: len(out.plates) >= 20, watched=running)

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
        poll_ms = bench.cluster.min_session_ms + 500
        reader = FakeReader()
        reader.gate.clear()
        bench.produce(bare(1 + 5 * n, camera(n)) for n in range(20))
        with bench.service(
            reader, consumer={"max.poll.interval.ms": poll_ms}, revoke_seconds=0.2
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

    # -- the end ----------------------------------------------------------------------------------

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

    def test_a_bad_picture_in_a_batch_fails_alone(self, bench: Bench) -> None:
        reader = FakeReader(fails=lambda ns: RuntimeError() if 26 in ns else None)
        bench.produce((bare(1 + 5 * n) for n in range(20)), partition=0)
        with bench.service(reader) as running:
            out = bench.collect(
                lambda out: len(out.plates) + len(out.failures) == 20, watched=running
            )
        assert [failure["error_code"] for failure in out.failures] == [
            ErrorCode.RECOGNITION_FAILED.code
        ]
        assert source_of(out.failures[0]) == (0, 5)
