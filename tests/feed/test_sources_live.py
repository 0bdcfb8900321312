"""Live sources against real servers: RTSP by GStreamer, motion JPEG over HTTP."""

import time
from itertools import pairwise
from pathlib import Path

import pytest
import structlog
from structlog.testing import LogCapture

from platestream.telemetry.feed_metrics import FeedMetrics
from tests.clusters.requirement import real
from tests.feed.pictures import jpegs, number_of
from tests.feed.running import KeepingSink, feeder_of, header, running, times
from tests.feed.servers.mjpeg import MjpegServer
from tests.feed.servers.rtsp import RtspServer, gstreamer_python
from tests.stream.waiting import wait_until

_FPS = 25


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> LogCapture:
    """What cameras log, however logging was set up by tests before."""
    capture = LogCapture()
    logger = structlog.wrap_logger(None, processors=[capture])
    monkeypatch.setattr("platestream.feed.camera._log", logger)
    return capture


def test_frames_of_rtsp_come_in_order_with_the_servers_time_and_go_on_after_a_disconnect(
    tmp_path: Path,
) -> None:
    with real("RTSP server"):
        gstreamer_python()
    sink = KeepingSink()
    with RtspServer(tmp_path, 100, _FPS) as server:
        feeder = feeder_of(sink, sources={"gate": {"source": server.url("h264")}})
        with running(feeder) as run:
            # The first report of the sender's clock (RTCP) comes within two or three seconds.
            wait_until(lambda: "stream" in _clocks(feeder))
            before = len(sink.messages)
            server.disconnect()
            wait_until(lambda: _reconnects(feeder) > 0)
            wait_until(lambda: len(sink.messages) > before + 20)
        summary = run.ended().cameras["gate"]
    assert summary.read == summary.published + sum(summary.dropped.values())
    assert summary.published == len(sink.messages)
    assert sum(summary.reconnects.values()) == 1
    moments = times(sink.messages)
    assert moments == sorted(set(moments))
    assert abs(moments[-1] / 1000 - time.time()) < 10
    _follow_each_other(sink, before)


def test_the_jpegs_of_rtsp_go_on_as_they_are(tmp_path: Path) -> None:
    with real("RTSP server"):
        gstreamer_python()
    sink, metrics = KeepingSink(), FeedMetrics()
    with RtspServer(tmp_path, 100, _FPS) as server:
        sources = {"gate": {"source": server.url("jpeg")}}
        with running(feeder_of(sink, metrics=metrics, sources=sources)):
            wait_until(lambda: len(sink.messages) > 20)
    assert metrics.registry.get_sample_value(
        "platestream_feed_pictures_total", {"form": "source"}
    ) == len(sink.messages)
    _follow_each_other(sink, 20)


def _follow_each_other(sink: KeepingSink, end: int) -> None:
    """Within a connection each picture is the next one; the first few may be of its buffer."""
    numbers = [number_of(message.value) for message in sink.messages[5:end]]
    assert [(b - a) % 100 for a, b in pairwise(numbers)] == [1] * (len(numbers) - 1)


def _clocks(feeder: object) -> list[str]:
    metric = feeder._metrics.feed_capture_times  # type: ignore[attr-defined]
    return [name for name in ("stream", "arrival") if metric.labels(name)._value.get()]


def _reconnects(feeder: object) -> int:
    cameras = feeder._cameras.values()  # type: ignore[attr-defined]
    return sum(sum(camera.counts.reconnects.values()) for camera in cameras)


def test_jpegs_of_an_http_camera_go_on_untouched_over_several_connections(
    tmp_path: Path, said: LogCapture
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("operator:p@ss/wörd\n")
    sink = KeepingSink()
    pictures = list(jpegs(20))
    with MjpegServer(pictures, at_a_time=15, credentials="operator:p@ss/wörd") as server:
        source = {
            "source": f"http://{server.address}/video?stream=1&pwd=hidden",
            "credentials_file": secret,
            "attributes": {"site": "north"},
        }
        with running(feeder_of(sink, sources={"gate": source})) as run:
            wait_until(lambda: server.connections >= 3 and len(sink.messages) >= 30)
        sent = list(server.sent)
    got = [message.value for message in sink.messages]
    # FFmpeg's demuxer looks for the next boundary: the last picture of a connection may be lost
    # with it, and none else.
    assert set(got) <= set(pictures)
    assert got[:14] == sent[:14]
    assert {header(message, "camera_id") for message in sink.messages} == {"gate"}
    assert {header(message, "attr.site") for message in sink.messages} == {"north"}
    assert run.ended().cameras["gate"].reconnects["ended"] >= 2
    assert "source_away" in str(said.entries)
    assert "hidden" not in str(said.entries)
    assert "wörd" not in str(said.entries)
    assert "p%40ss" not in str(said.entries)


@pytest.mark.parametrize("credentials", [None, "somebody:else"])
def test_a_camera_that_refuses_is_asked_again_and_its_address_is_never_told(
    credentials: str | None, said: LogCapture
) -> None:
    with MjpegServer([b""], at_a_time=1, credentials="operator:password") as server:
        user = "" if credentials is None else f"{credentials}@"
        source = {"source": f"http://{user}{server.address}/video?token=hidden"}
        feeder = feeder_of(KeepingSink(), sources={"gate": source})
        with running(feeder) as run:
            wait_until(lambda: _reconnects(feeder) >= 2)
    assert run.ended().cameras["gate"].reconnects["refused"] >= 2
    assert "refused" in str(said.entries)
    assert "hidden" not in str(said.entries)
    assert "else" not in str(said.entries)


def test_a_camera_that_is_not_there_is_unreachable_and_pauses_grow_to_their_bound() -> None:
    feeder = feeder_of(
        KeepingSink(),
        sources={"gate": {"source": "rtsp://user:password@127.0.0.1:1/x"}},
        first_pause_seconds=0.02,
        longest_pause_seconds=0.1,
    )
    with running(feeder) as run:
        wait_until(lambda: _reconnects(feeder) >= 4)
    summary = run.ended().cameras["gate"]
    assert summary.reconnects["unreachable"] >= 4
    assert summary.read == 0
