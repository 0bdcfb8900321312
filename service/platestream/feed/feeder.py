"""All cameras of a feed: what is ready goes to the topic, and what became of it is counted."""

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Final, Protocol

import structlog

from platestream.contract.sending import FrameMessage
from platestream.feed.camera import Camera
from platestream.feed.location import Location, SourceProblemError, locate
from platestream.feed.outbox import Outbox, OutgoingFrame
from platestream.feed.settings import FeedSettings, SourceSettings
from platestream.feed.summary import CameraSummary, FeedSummary
from platestream.telemetry.feed_metrics import DROPS, FeedMetrics
from platestream.telemetry.health import CheckResult

_log = structlog.get_logger(__name__)

_TAKE_SECONDS: Final = 0.05
# Cameras look up between two frames; one that hangs in the library is left behind.
_JOIN_SECONDS: Final = 1.0
# Latencies that are remembered for the summary: an hour of one camera at 25 frames a second.
_MOST_LATENCIES: Final = 100_000
# The loop turns twenty times a second; a producer call that hangs for longer is not coming back.
_STUCK_SECONDS: Final = 60.0


class FrameSink(Protocol):
    """Where frames go; used by one thread."""

    def send(self, message: FrameMessage, delivered: Callable[[str | None], None]) -> bool:
        """Hand a frame over; False where there is no room yet."""

    def serve(self, seconds: float = 0.0) -> None:
        """Take acknowledgements."""

    def pending(self) -> int:
        """Frames whose end is not known yet."""

    def abandon(self) -> None:
        """Give up what is pending, telling each as undelivered."""


class NullSink:
    """Sends nothing: a dry run."""

    def send(self, message: FrameMessage, delivered: Callable[[str | None], None]) -> bool:  # noqa: ARG002
        """Take it for sent."""
        delivered(None)
        return True

    def serve(self, seconds: float = 0.0) -> None:
        """Nothing to take."""

    def pending(self) -> int:
        """Nothing is."""
        return 0

    def abandon(self) -> None:
        """Nothing to give up."""


class Feeder:
    """Runs a feed.

    Args:
        feed: The cameras, and what holds for all.
        sink: Where frames go.
        metrics: Where they are counted.
        max_record_bytes: Most bytes of a record.
        drain_seconds: How long frames that are ready may take to be acknowledged after a stop.

    Raises:
        SourceProblemError: A source cannot be one.
    """

    def __init__(
        self,
        feed: FeedSettings,
        sink: FrameSink,
        metrics: FeedMetrics,
        *,
        max_record_bytes: int,
        drain_seconds: float = 20.0,
    ) -> None:
        self._sink = sink
        self._metrics = metrics
        self._drain_seconds = drain_seconds
        self._told = Event()
        self._stop = Event()
        self._outbox = Outbox(feed.queue_frames)
        self._latencies: deque[float] = deque(maxlen=_MOST_LATENCIES)
        self._turned = time.monotonic()
        self._deadline: float | None = None
        self._cameras = {
            camera_id: Camera(
                camera_id,
                source,
                _located(camera_id, source),
                feed=feed,
                outbox=self._outbox,
                metrics=metrics,
                max_record_bytes=max_record_bytes,
                stop=self._stop,
            )
            for camera_id, source in feed.sources.items()
        }
        metrics.feed_queued_frames.set_function(lambda: len(self._outbox))

    def stop(self) -> None:
        """Tell it to end; from a signal handler or any thread."""
        self._told.set()
        self._stop.set()

    @property
    def endless(self) -> bool:
        """Whether any source has no end of its own."""
        return any(camera.location.endless for camera in self._cameras.values())

    def healthy(self) -> CheckResult:
        """Whether the loop turns."""
        still = time.monotonic() - self._turned
        return CheckResult(ok=still < _STUCK_SECONDS, detail=f"last turn {still:.0f} s ago")

    def run(self) -> FeedSummary:
        """Feed until all sources have ended, or until it is told to stop; then drain.

        Raises:
            Exception: What the sink raises, or what ended a camera's thread.
        """
        for camera in self._cameras.values():
            camera.start()
        try:
            while not self._stopping() and any(
                camera.is_alive() for camera in self._cameras.values()
            ):
                self._turn(_TAKE_SECONDS)
        finally:
            self._stop.set()
            self._outbox.close()
        self._join()
        while self._turn(0.0):
            pass
        while self._sink.pending() and not self._late():
            self._sink.serve(_TAKE_SECONDS)
        if self._sink.pending():
            self._sink.abandon()
        return self._summary()

    def _turn(self, seconds: float) -> bool:
        """Send a frame, waiting so long for one; whether there was one."""
        self._turned = time.monotonic()
        self._raise_of_cameras()
        frame = self._outbox.take(seconds)
        if frame is not None:
            self._send(frame)
        self._sink.serve()
        return frame is not None

    def _send(self, frame: OutgoingFrame) -> None:
        camera = self._cameras[frame.identity.camera_id]
        message = frame.identity.message(frame.picture)
        delivered = partial(self._delivered, camera, frame)
        while not self._late():
            if self._sink.send(message, delivered):
                return
            self._turned = time.monotonic()
            self._sink.serve(_TAKE_SECONDS)
        camera.drop("stopped")

    def _stopping(self) -> bool:
        """Whether it was told to stop; the drain's time begins when that is first seen."""
        if self._told.is_set() and self._deadline is None:
            self._deadline = time.monotonic() + self._drain_seconds
        return self._deadline is not None

    def _late(self) -> bool:
        # Without a stop, as at the end of a film, there is no hurry: the client gives up by itself.
        return self._stopping() and time.monotonic() > (self._deadline or 0.0)

    def _join(self) -> None:
        deadline = time.monotonic() + _JOIN_SECONDS
        for camera in self._cameras.values():
            camera.join(max(0.0, deadline - time.monotonic()))
        self._raise_of_cameras()

    def _delivered(self, camera: Camera, frame: OutgoingFrame, problem: str | None) -> None:
        if problem is not None:
            camera.drop("too_large" if problem == "too_large" else "undelivered")
            _log.warning("frame_not_published", camera=camera.camera_id, reason=problem)
            return
        camera.published()
        self._metrics.feed_bytes.inc(len(frame.picture))
        if camera.location.live:
            latency = max(0.0, time.time() - frame.identity.captured_at / 1000)
            self._latencies.append(latency)
            self._metrics.feed_latency_seconds.observe(latency)
        if frame.settled is not None:
            frame.settled()

    def _raise_of_cameras(self) -> None:
        for camera in self._cameras.values():
            if camera.error is not None:
                raise camera.error

    def _summary(self) -> FeedSummary:
        ordered = sorted(self._latencies)
        return FeedSummary(
            cameras={
                camera_id: CameraSummary(
                    read=camera.counts.read,
                    published=camera.counts.published,
                    dropped={why: camera.counts.dropped[why] for why in DROPS},
                    reconnects=dict(camera.counts.reconnects),
                    failed=camera.counts.failed,
                )
                for camera_id, camera in self._cameras.items()
            },
            latency_seconds={
                name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4)
                for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
                if ordered
            },
        )


def _located(camera_id: str, source: SourceSettings) -> Location:
    try:
        return locate(source.source, watch=source.watch, credentials_file=source.credentials_file)
    except SourceProblemError as error:
        raise SourceProblemError(f"{camera_id}: {error}") from None
