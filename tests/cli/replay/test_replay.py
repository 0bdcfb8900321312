"""Dead letters back into the stream, on the embedded broker and on a real one."""

import pytest
from confluent_kafka.admin import AdminClient

from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench, Cluster
from tests.bus.messages import FrameMessage, avro, bare
from tests.cli.conftest import Cli
from tests.cli.replay.acts import (
    DAMAGED,
    FAILED,
    SIZE,
    dead_letter,
    flags,
    frames_on,
    let_fail,
    now,
    put_failure,
    read_frames,
    replay,
)
from tests.stream.fakes import picture


def test_a_payload_in_the_record_is_published_again_with_its_identity(
    cli: Cli, bench: Bench
) -> None:
    dead_letter(bench, 40, payload=picture(6))
    code, summary = replay(cli, bench)
    assert code == 0
    assert (summary["selected"], summary["replayed"]) == (1, 1)
    (plate,) = read_frames(bench, 1)
    assert plate["frame_id"] == "frame-40"
    assert plate["camera_id"] == "gate-3"
    assert plate["captured_at"] == 1_690_000_000_040
    assert plate["attributes"] == {"lane": "2", "replayed_from": f"{bench.topics.frames}/0/40"}
    assert plate["plate"]["plate_number"] == "TEST6"


def test_a_frame_without_payload_is_read_again_from_its_topic(cli: Cli, bench: Bench) -> None:
    bench.produce([bare(1), avro(6, "gate-3"), bare(11)], partition=0)
    dead_letter(bench, 1, frame_id="frame-6", captured_at=1_700_000_000_006, failed_at=now())
    code, summary = replay(cli, bench)
    assert (code, summary["replayed"], summary["by_code"]) == (0, 1, {SIZE.code: 1})
    plates = read_frames(bench, 4)
    assert [p["plate"]["plate_number"] for p in plates if p["camera_id"] == "gate-3"] == [
        "TEST6",
        "TEST6",
    ]
    again = [p for p in plates if "replayed_from" in p["attributes"]]
    assert [p["frame_id"] for p in again] == ["frame-6"]


def test_a_frame_that_is_nowhere_any_more_is_gone(cli: Cli, bench: Bench) -> None:
    bench.produce([bare(1)], partition=0)
    dead_letter(bench, 500)
    dead_letter(bench, 501, payload=picture(6))
    code, summary = replay(cli, bench)
    assert (code, summary["gone"], summary["replayed"]) == (1, 1, 1)


def test_what_the_service_dead_lettered_itself_comes_back(cli: Cli, bench: Bench) -> None:
    """The whole circle: a limit that was too small, frames that failed, a replay after the fix."""
    bench.produce([FrameMessage(picture(1 + 5 * n), f"camera-{n}".encode()) for n in range(6)])
    let_fail(bench, 6)
    code, summary = replay(cli, bench, "--error-code", SIZE.code)
    assert (code, summary["replayed"]) == (0, 6)
    plates = read_frames(bench, 6)
    assert {p["camera_id"] for p in plates} == {f"camera-{n}" for n in range(6)}
    assert len(plates) == 6


def test_only_what_is_selected_and_each_frame_once(cli: Cli, bench: Bench) -> None:
    hour = 3_600_000
    start = FAILED
    for offset, camera, why in ((1, "a", SIZE), (2, "a", DAMAGED), (3, "b", SIZE), (4, "c", SIZE)):
        dead_letter(
            bench, offset, camera=camera, code=why, payload=b"x", failed_at=start + offset * hour
        )
    # At least once: the same failure is there twice.
    dead_letter(bench, 1, camera="a", payload=b"x", failed_at=start + hour)

    def selected(*arguments: object) -> int:
        code, summary = replay(cli, bench, "--dry-run", *arguments)
        assert code == 0
        assert summary["dry_run"]
        return int(summary["replayed"])

    assert selected() == 4
    assert selected("--camera", "a") == 2
    assert selected("--camera", "a", "--camera", "b") == 3
    assert selected("--error-code", SIZE.code) == 3
    assert selected("--camera", "a", "--error-code", DAMAGED.code) == 1
    assert selected("--until", "2023-11-15T01:00:00Z") == 2
    assert selected("--limit", 3) == 3
    if isinstance(bench.cluster, RealCluster):  # the embedded broker does not look up times
        assert selected("--since", "2023-11-15T01:00:00Z") == 2
    code, summary = replay(cli, bench, "--camera", "a")
    assert (code, summary["replayed"], summary["repeated"]) == (0, 2, 1)


def test_a_dry_run_publishes_nothing(cli: Cli, bench: Bench) -> None:
    dead_letter(bench, 3, payload=picture(1))
    ran = cli("replay", *flags(bench), "--dry-run")
    assert ran.code == 0
    assert "1 of 1 selected frames would be published again" in ran.out
    assert frames_on(bench) == []


def test_records_that_are_none_are_counted(cli: Cli, bench: Bench) -> None:
    put_failure(bench, b"garbage")
    put_failure(bench, None)
    code, summary = replay(cli, bench)
    assert (code, summary["read"], summary["unreadable"]) == (1, 2, 2)


def test_an_empty_topic_is_no_error(cli: Cli, bench: Bench) -> None:
    code, summary = replay(cli, bench, "--since", "6h")
    assert (code, summary["read"]) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--error-code", "AIS.9999"], "AIS.9999"),
        (["--since", "yesterday"], "--since"),
        (["--until", "2026-01-01T00:00:00"], "UTC"),
        (["--limit", "0"], "--limit"),
    ],
)
def test_wrong_flags_stop_before_anything_is_read(
    cli: Cli, arguments: list[str], complaint: str
) -> None:
    ran = cli("replay", *arguments)
    assert ran.code == 2
    assert complaint in ran.err


def test_a_missing_topic_and_a_missing_cluster_are_fatal(cli: Cli, cluster: Cluster) -> None:
    if isinstance(cluster, RealCluster):
        ran = cli(
            "replay", "--bootstrap-servers", cluster.bootstrap_servers,
            "--set", "kafka.topics.failures=nowhere",
        )  # fmt: skip
        assert ran.code == 3
        assert "nowhere" in ran.err
        assert (
            "nowhere"
            not in AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
            .list_topics(timeout=10)
            .topics
        )
    ran = cli("replay", "--bootstrap-servers", "127.0.0.1:1", "--set", "kafka.start_seconds=1")
    assert ran.code == 3
    assert "127.0.0.1:1" in ran.err
