"""A replay publishes the message that failed, as it was, and no other in its place."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from confluent_kafka import Message, TopicPartition
from confluent_kafka.admin import AdminClient

from platestream.bus.replay import originals, publishing, run
from platestream.contract.errors import ErrorCode
from tests.bus.harness import Bench
from tests.bus.messages import FrameMessage, avro, bare, in_json
from tests.cli.conftest import Cli
from tests.cli.replay.acts import (
    dead_letter,
    frames_on,
    headers_of,
    let_fail,
    now,
    read_frames,
    replay,
)
from tests.stream.fakes import picture
from tests.stream.waiting import DEADLINE_S, wait_until


def deleted(bench: Bench) -> None:
    """Delete the frames topic."""
    admin = AdminClient({"bootstrap.servers": bench.cluster.bootstrap_servers})
    for future in admin.delete_topics([bench.topics.frames]).values():
        future.result(DEADLINE_S)
    wait_until(lambda: bench.topics.frames not in admin.list_topics(timeout=10).topics, "the end")


def made_anew(bench: Bench) -> None:
    """Delete the frames topic and make it again."""
    deleted(bench)
    bench.cluster.create_topic(bench.topics.frames, bench.partitions)


def test_in_a_topic_made_anew_the_failed_frame_is_gone(cli: Cli, real_bench: Bench) -> None:
    bench = real_bench
    bench.produce([FrameMessage(picture(1)[:60], b"cam-OLD")], partition=0)
    let_fail(bench, 1)
    made_anew(bench)
    bench.produce([FrameMessage(picture(6), b"cam-NEW")], partition=0)
    code, summary = replay(cli, bench)
    assert (code, summary["replayed"], summary["gone"]) == (1, 0, 1)
    assert [message.key() for message in frames_on(bench)] == [b"cam-NEW"]


def test_the_same_camera_in_a_topic_made_anew_is_told_by_its_time(
    cli: Cli, real_bench: Bench
) -> None:
    real_bench.produce([bare(1)], partition=0)
    let_fail(real_bench, 1)
    made_anew(real_bench)
    real_bench.produce([bare(6)], partition=0)
    code, summary = replay(cli, real_bench)
    assert (code, summary["replayed"], summary["gone"]) == (1, 0, 1)


def test_a_topic_that_is_no_more_has_nothing(cli: Cli, real_bench: Bench) -> None:
    real_bench.produce([bare(1)], partition=0)
    let_fail(real_bench, 1)
    deleted(real_bench)
    code, summary = replay(cli, real_bench)
    assert (code, summary["gone"]) == (1, 1)


@pytest.mark.parametrize(
    "told",
    [
        {"camera": "gate-4"},
        {"frame_id": "frame-7"},
        {"captured_at": 1_700_000_000_007},
        {"attributes": {"lane": "3"}},
        {"payload": picture(7)},
        {"failed_at": 1_600_000_000_000},
    ],
    ids=lambda told: next(iter(told)),
)
def test_a_message_that_is_told_otherwise_is_not_taken(
    cli: Cli, bench: Bench, told: dict[str, Any]
) -> None:
    bench.produce([avro(6, "gate-3")], partition=0)
    fits = {"frame_id": "frame-6", "captured_at": 1_700_000_000_006, "failed_at": now()}
    dead_letter(bench, 0, **{**fits, **told})
    _, summary = replay(cli, bench)
    if "payload" in told:  # the record has the message itself
        assert (summary["gone"], summary["replayed"]) == (0, 1)
        assert frames_on(bench)[-1].value() == picture(7)
    else:
        assert (summary["gone"], summary["replayed"]) == (1, 0)


def test_every_form_is_known_again(cli: Cli, bench: Bench) -> None:
    """By what the sender states, or by the time of the message, or without the body."""
    stated = (("frame_id", b"f-1"), ("captured_at", b"2026-01-01T08:00:00+08:00"))
    forms = [
        bare(6),
        avro(7),
        in_json(8),
        FrameMessage(picture(9), b"camera-1", (*stated, ("attr.site", b"a"), ("trace", b"t"))),
        FrameMessage(b"\0\0\0\0\7" + bytes(40), b"camera-1"),
        FrameMessage(json.dumps({"image": "***", "camera_id": "c", "frame_id": "f"}).encode()),
        FrameMessage(picture(11), None),
        FrameMessage(picture(12), b"k", (("camera_id", b"x" * 300), ("captured_at", b"noon"))),
    ]
    bench.produce(forms, partition=1)
    let_fail(bench, len(forms))
    code, summary = replay(cli, bench)
    assert (code, summary["replayed"]) == (0, len(forms))
    messages = frames_on(bench)
    assert {message.partition() for message in messages} == {1}
    before, after = messages[: len(forms)], messages[len(forms) :]
    # Failures are read camera by camera.
    by_root = {headers_of(message)["attr.replayed_from"]: message for message in after}
    after = [by_root[f"{bench.topics.frames}/1/{number}".encode()] for number in range(len(forms))]
    assert [(m.key(), m.value()) for m in before] == [(m.key(), m.value()) for m in after]
    for first, again in zip(before, after, strict=True):
        assert headers_of(first).items() <= headers_of(again).items()


def test_frames_stay_the_same_frames(cli: Cli, bench: Bench) -> None:
    bench.produce([bare(6), avro(7), in_json(8)], partition=1)
    failed = let_fail(bench, 3)
    replay(cli, bench)
    plates = read_frames(bench, 3)
    told = ("frame_id", "camera_id", "captured_at")
    assert [[p[name] for name in told] for p in plates] == [
        [f[name] for name in told] for f in failed
    ]


def test_what_the_sender_stated_wrongly_is_not_mended(cli: Cli, bench: Bench) -> None:
    bench.produce([FrameMessage(picture(6), b"c", (("captured_at", b"noon"),))], partition=0)
    let_fail(bench, 1)
    replay(cli, bench)
    found = let_fail(bench, 2)
    assert [f["error_code"] for f in found] == [ErrorCode.INVALID_PARAMETER.code] * 2


def test_a_kept_payload_is_published_with_the_key_and_headers_of_its_message(
    cli: Cli, bench: Bench
) -> None:
    message = FrameMessage(picture(6), b"site-7", (("camera_id", b"gate-3"), ("trace", b"t")))
    bench.produce([message], partition=1)
    (failure,) = let_fail(bench, 1, include_payload_in_failures=True)
    assert failure["payload"] == picture(6)
    assert replay(cli, bench)[1]["replayed"] == 1
    again = frames_on(bench)[-1]
    assert (again.key(), again.partition(), again.offset()) == (b"site-7", 1, 1)
    assert headers_of(again)["trace"] == b"t"


def test_a_payload_alone_goes_where_its_camera_is(cli: Cli, bench: Bench) -> None:
    """Whatever the sender's keys and its hash of them are, the camera stays in its partition."""
    for offset, camera in ((50, "a"), (51, "b"), (52, "c"), (53, "d"), (54, "unknown")):
        dead_letter(bench, offset, camera=camera, payload=picture(offset))
    assert replay(cli, bench)[1]["replayed"] == 5
    messages = frames_on(bench)
    assert {message.partition() for message in messages} == {0}
    assert [message.key() for message in messages] == [b"a", b"b", b"c", b"d", None]
    assert headers_of(messages[0])["attr.lane"] == b"2"


def test_a_frame_with_all_the_attributes_there_may_be_is_read_after_a_replay(
    cli: Cli, bench: Bench
) -> None:
    names = [f"n{number}" for number in range(64)]
    in_headers = tuple((f"attr.{name}", b"x") for name in names)
    in_body = {
        "image": json.loads(in_json(7).value or b"")["image"],
        "attributes": dict.fromkeys(names, "x"),
    }
    bench.produce(
        [FrameMessage(picture(6), b"c", in_headers), FrameMessage(json.dumps(in_body).encode())],
        partition=0,
    )
    let_fail(bench, 2)
    replay(cli, bench)
    plates = read_frames(bench, 2)
    for offset, plate in enumerate(plates):
        mark = {"replayed_from": f"{bench.topics.frames}/0/{offset}"}
        assert plate["attributes"] == dict.fromkeys(names, "x") | mark


# -- many at once ---------------------------------------------------------------------------------


def replayed_offsets(bench: Bench) -> list[int]:
    """The offsets in partition 0 of the frames that were replayed, in the order of the replay."""
    marks = (headers_of(message).get("attr.replayed_from") for message in frames_on(bench))
    return [int(mark.rsplit(b"/", 1)[1]) for mark in marks if mark]


def lettered(bench: Bench, offsets: Iterable[int]) -> None:
    """Dead letters of frames that stand at ``offsets``."""
    for offset in offsets:
        captured_at = 1_700_000_000_000 + offset
        dead_letter(bench, offset, captured_at=captured_at, failed_at=now())


def test_what_retention_left_is_found_behind_what_it_took(cli: Cli, real_bench: Bench) -> None:
    real_bench.produce([avro(number, "gate-3") for number in range(8)], partition=0)
    lettered(real_bench, (7, 0, 5, 2, 99))
    admin = AdminClient({"bootstrap.servers": real_bench.cluster.bootstrap_servers})
    here = TopicPartition(real_bench.topics.frames, 0, 4)
    for future in admin.delete_records([here]).values():
        future.result(DEADLINE_S)
    code, summary = replay(cli, real_bench)
    assert (code, summary["replayed"], summary["gone"]) == (1, 2, 3)
    assert replayed_offsets(real_bench) == [7, 5]


def test_frames_that_lie_far_apart_are_sought(
    cli: Cli, real_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what lies between is not read."""
    monkeypatch.setattr(originals, "_SEEK_BYTES", 2_000)
    read: list[int] = []
    reached = originals.Originals._reached

    def noted(self: Any, where: Any, of: Any, message: Message) -> list[int]:
        read.append(message.offset() or 0)
        return reached(self, where, of, message)

    monkeypatch.setattr(originals.Originals, "_reached", noted)
    real_bench.produce([avro(number, "gate-3") for number in range(3000)], partition=0)
    lettered(real_bench, (1, 3, 1500, 1502, 2999))
    assert replay(cli, real_bench)[1]["replayed"] == 5
    assert replayed_offsets(real_bench) == [1, 3, 1500, 1502, 2999]
    assert read == [1, 2, 3, 1500, 1501, 1502, 2999]


def test_messages_that_are_large_together_go_in_parts_and_in_order(
    cli: Cli, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(avro(0, "gate-3").value or b"")
    monkeypatch.setattr(run, "_MOST_BYTES", 7 * size // 2)
    together: list[int] = []
    publish = publishing.PlainPublisher.publish

    def noted(self: Any, frames: Any, positions: Any) -> None:
        together.append(len(frames))
        publish(self, frames, positions)

    monkeypatch.setattr(publishing.PlainPublisher, "publish", noted)
    bench.produce([avro(number, "gate-3") for number in range(20)], partition=0)
    lettered(bench, range(20))
    assert replay(cli, bench)[1]["replayed"] == 20
    assert replayed_offsets(bench) == list(range(20))
    assert max(together) <= 3
