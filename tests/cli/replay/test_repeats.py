"""Frames that fail again, and runs that follow on each other."""

from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from platestream.bus.errors import BusError
from platestream.bus.replay import run as replay_run
from platestream.bus.replay.run import Replay
from platestream.bus.replay.selection import Selection
from tests.bus.harness import Bench
from tests.bus.messages import STORE, FrameMessage, bare
from tests.cli.conftest import Cli
from tests.cli.replay.acts import (
    DAMAGED,
    SIZE,
    dead_letter,
    flags,
    frames_on,
    let_fail,
    put_failure,
    replay,
)
from tests.stream.fakes import picture
from tests.stream.waiting import DEADLINE_S

# A stated time that cannot be used: after each replay the frame has another one by default.
NO_TIME = FrameMessage(picture(11), b"camera-1", (("captured_at", b"noon"),))
NO_ID = FrameMessage(picture(12), b"camera-1", (("frame_id", b"\n"),))


def test_a_frame_that_fails_for_ever_is_one_frame_for_ever(cli: Cli, bench: Bench) -> None:
    bench.produce([bare(1), FrameMessage(picture(6)[:60], b"camera-2"), NO_TIME, NO_ID], 0)
    let_fail(bench, 4)
    for run in range(4):
        code, summary = replay(cli, bench)
        assert (code, summary["replayed"], summary["repeated"]) == (0, 4, 4 * run)
        assert summary["again"] == (4 if run else 0)
        found = let_fail(bench, 4 * (run + 2))
        roots = {f["attributes"].get("replayed_from") for f in found[4:]}
        assert roots == {f"{bench.topics.frames}/0/{offset}" for offset in range(4)}


def test_the_last_failure_of_a_frame_is_what_is_selected(cli: Cli, bench: Bench) -> None:
    mark = {"replayed_from": f"{bench.topics.frames}/0/1"}
    dead_letter(bench, 1, payload=b"x", attributes={})
    dead_letter(
        bench, 5, frame_id="frame-1", captured_at=1_690_000_000_001, payload=b"x",
        code=DAMAGED, attributes=mark, failed_at=1_700_000_001_000,
    )  # fmt: skip
    assert replay(cli, bench, "--dry-run", "--error-code", SIZE.code)[1]["replayed"] == 0
    assert replay(cli, bench, "--dry-run", "--error-code", DAMAGED.code)[1]["again"] == 1
    ran = cli("replay", *flags(bench))
    assert "1 of 1 selected frames published again, 1 of them replayed before" in ran.out
    assert "1 older failures of the same frames passed over" in ran.out


def test_two_frames_that_stood_at_the_same_place_are_two(cli: Cli, bench: Bench) -> None:
    """Of a topic made anew."""
    dead_letter(bench, 1, payload=b"x", captured_at=1_690_000_000_000)
    dead_letter(bench, 1, payload=b"y", captured_at=1_690_000_500_000)
    assert replay(cli, bench)[1]["replayed"] == 2
    assert [message.value() for message in frames_on(bench)] == [b"x", b"y"]


# -- groups ---------------------------------------------------------------------------------------


def place_of(bench: Bench, group: str) -> int:
    """The group's place in partition 0 of the failures topic."""
    consumer = Consumer({"bootstrap.servers": bench.cluster.bootstrap_servers, "group.id": group})
    try:
        (found,) = consumer.committed([TopicPartition(bench.topics.failures, 0)], DEADLINE_S)
    finally:
        consumer.close()
    return int(found.offset)


@pytest.fixture
def group(real_bench: Bench) -> str:
    return f"{real_bench.group}-nightly"


def test_a_group_takes_each_dead_letter_once(cli: Cli, real_bench: Bench, group: str) -> None:
    bench = real_bench
    bench.produce([bare(1), bare(6)], partition=0)
    let_fail(bench, 2)

    def taken(*arguments: object) -> tuple[int, int]:
        code, summary = replay(cli, bench, "--group", group, *arguments)
        assert (code, summary["group"]) == (0, group)
        return summary["replayed"], summary["again"]

    assert taken("--dry-run") == (2, 0)
    assert taken() == (2, 0)
    assert taken() == (0, 0)
    let_fail(bench, 4)
    assert taken() == (2, 2)
    assert taken() == (0, 0)
    assert len(frames_on(bench)) == 6
    assert replay(cli, bench)[1]["replayed"] == 2  # without the group all is looked at


def test_what_a_group_does_not_select_is_passed_for_good(
    cli: Cli, real_bench: Bench, group: str
) -> None:
    for offset, why in ((1, SIZE), (2, DAMAGED), (3, SIZE)):
        dead_letter(real_bench, offset, code=why, payload=b"x")
    mine = ("--group", group)
    code, summary = replay(cli, real_bench, *mine, "--error-code", SIZE.code, "--limit", 1)
    assert (code, summary["replayed"]) == (0, 1)
    assert place_of(real_bench, group) == 1  # a limit passes nothing over
    assert replay(cli, real_bench, *mine, "--error-code", SIZE.code)[1]["replayed"] == 1
    assert place_of(real_bench, group) == 3
    assert replay(cli, real_bench, *mine)[1]["read"] == 0
    assert replay(cli, real_bench, "--group", f"{group}-2")[1]["replayed"] == 3


def test_of_two_runs_of_a_group_at_once_the_older_publishes_nothing(
    cli: Cli, real_bench: Bench, group: str
) -> None:
    dead_letter(real_bench, 1, payload=b"x")
    older = Replay(real_bench.settings(), STORE, Selection(), group=group)
    try:
        older.open()
        assert older.look() == 1
        assert replay(cli, real_bench, "--group", group)[1]["replayed"] == 1
        with pytest.raises(BusError, match=group):
            older.publish()
    finally:
        older.close()
    assert len(frames_on(real_bench)) == 1


def test_a_run_of_a_group_that_breaks_off_goes_on_where_it_committed(
    cli: Cli, real_bench: Bench, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here by a frame that the brokers refuse: its transaction leaves neither frames nor place."""
    for offset in range(6):
        dead_letter(real_bench, offset, payload=str(offset).encode())

    def refused(_: Replay, failure: dict[str, Any]) -> int:
        return 17 if failure["payload"] == b"5" else 0  # there is no such partition

    with monkeypatch.context() as patch:
        patch.setattr(Replay, "_partition_of", refused)
        patch.setattr(replay_run, "_MOST_FRAMES", 2)
        ran = cli("replay", *flags(real_bench), "--group", group)
    assert ran.code == 3
    assert f"{real_bench.topics.frames}/0/5" in ran.err
    assert [m.value() for m in frames_on(real_bench)] == [b"0", b"1", b"2", b"3"]
    assert place_of(real_bench, group) == 4
    assert replay(cli, real_bench, "--group", group)[1]["replayed"] == 2
    assert [m.value() for m in frames_on(real_bench)] == [str(n).encode() for n in range(6)]


def test_a_group_does_not_pass_over_what_it_cannot_read(
    cli: Cli, real_bench: Bench, group: str
) -> None:
    put_failure(real_bench, b"\0\0\0\0\7" + bytes(40))
    ran = cli("replay", *flags(real_bench), "--group", group)
    assert ran.code == 3
    assert "registry" in ran.err
    assert place_of(real_bench, group) < 0


def test_the_group_of_the_service_is_refused(cli: Cli) -> None:
    ran = cli("replay", "--group", "platestream")
    assert ran.code == 2
    assert "--group" in ran.err
