"""How frames end: every one, once, in the order of its camera, with what its event must say."""

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Literal

import pytest

from platestream.bus.service import ExitReason
from platestream.contract.errors import ErrorCode
from tests.bus.behaviour.cameras import CAMERAS, camera, shows_plate
from tests.bus.harness import Bench, source_of
from tests.bus.messages import FrameMessage, avro, bad_kinds, bare, in_json
from tests.stream.fakes import FakeReader, text_of


class OutcomeBehaviour:
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

    @pytest.mark.parametrize("policy", ["skip", "dead_letter"])
    def test_old_frames_end_unread_and_replayed_ones_are_read(
        self, audited: Bench, policy: Literal["skip", "dead_letter"]
    ) -> None:
        # Those in Avro are years old, one of them was replayed; bare pictures are of now.
        mark = (("attr.replayed_from", b"elsewhere/0/0"),)
        old = {0, 2, 5}
        frames = [avro(1), bare(2), avro(3), replace(avro(4), headers=mark), bare(6), avro(7)]
        audited.produce(frames, partition=0)
        reader = FakeReader()
        with audited.service(reader, stale_frames={"policy": policy}) as running:
            audited.collect(lambda out: len(out.results) >= 6, watched=running)
            assert running.stop().reason is ExitReason.DRAINED
            assert running.value("frames_stale_total", policy=policy) == 3
            kind = "skipped" if policy == "skip" else "failed"
            assert running.value("frames_processed_total", outcome=kind) == 3
        out = audited.collect_rest()
        assert [r["source"]["offset"] for r in out.results if r["error_code"]] == sorted(old)
        assert len(out.results) == 6
        failed = [f["source"]["offset"] for f in out.failures]
        assert failed == ([] if policy == "skip" else sorted(old))
        for record in [r for r in (*out.results, *out.failures) if source_of(r)[1] in old]:
            assert record["error_code"] == ErrorCode.TIMEOUT.code
            assert record.get("result") is None
        assert [p["source"]["offset"] for p in out.plates] == [1, 3, 4]
        assert audited.committed() == {0: 6}

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
