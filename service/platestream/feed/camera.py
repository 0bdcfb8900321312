"""One camera: reads its source, chooses frames, makes them ready, and connects again."""

import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import structlog

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.sending import FrameIdentity
from platestream.feed.location import Location
from platestream.feed.motion import MotionGate
from platestream.feed.outbox import Outbox, OutgoingFrame
from platestream.feed.pacing import RateLimit
from platestream.feed.picture import SourcePicture, TooLargeError
from platestream.feed.settings import FeedSettings, SourceSettings
from platestream.feed.sources.files import FolderSource
from platestream.feed.sources.protocol import DamagedPictureError, Source, SourceBrokenError
from platestream.feed.sources.video import VideoSource
from platestream.feed.sources.watched import WatchedFolder
from platestream.telemetry.feed_metrics import FeedDrop, FeedMetrics

_log = structlog.get_logger(__name__)

# A connection that has lasted for so long was a good one: the next pause is the shortest again.
_GOOD_SECONDS: Final = 10.0
_MOST_DOUBLINGS: Final = 16
_LONGEST_NAME: Final = 1024


@dataclass
class CameraCounts:
    """What became of a camera's frames. Written under :attr:`lock`, read at the end.

    Attributes:
        read: Frames taken from the source.
        published: Frames that the brokers acknowledged.
        dropped: The others, by reason.
        reconnects: Connections that ended or failed, by reason.
        failed: Whether a source with an end could not be read to it.
    """

    read: int = 0
    published: int = 0
    dropped: Counter[FeedDrop] = field(default_factory=Counter)
    reconnects: Counter[str] = field(default_factory=Counter)
    failed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Camera(threading.Thread):
    """Reads one source until it ends or the feed stops.

    Args:
        camera_id: The camera.
        source: Its settings.
        location: Where its source is.
        feed: The settings of all.
        outbox: Where its frames go.
        metrics: Where they are counted.
        max_record_bytes: Most bytes of a record.
        stop: Ends it.
    """

    def __init__(
        self,
        camera_id: str,
        source: SourceSettings,
        location: Location,
        *,
        feed: FeedSettings,
        outbox: Outbox,
        metrics: FeedMetrics,
        max_record_bytes: int,
        stop: threading.Event,
    ) -> None:
        super().__init__(name=f"platestream-camera-{camera_id}", daemon=True)
        self.camera_id = camera_id
        self.location = location
        self.counts = CameraCounts()
        self.error: BaseException | None = None
        self._settings = source
        self._feed = feed
        self._outbox = outbox
        self._metrics = metrics
        self._max_record_bytes = max_record_bytes
        self._stop_event = stop
        self._source = self._make()
        # A folder's rate is how fast it plays; nothing of it is left out.
        self._rate = RateLimit(None if location.kind == "folder" else source.fps)
        self._gate = MotionGate(feed.motion) if source.motion else None
        # Tells this run's frames from another's; numbers that are missing were dropped.
        self._run = uuid.uuid4().hex[:8]
        self._connected = metrics.feed_camera_connected.labels(camera_id)
        self._last_frame = metrics.feed_camera_last_frame.labels(camera_id)

    def run(self) -> None:
        """Read, until there is nothing more."""
        try:
            self._read_on()
        except Exception as error:  # noqa: BLE001 - the feed ends by it, in its own thread
            self.error = error
        finally:
            self._connected.set(0)

    def _make(self) -> Source:
        match self.location.kind:
            case "folder":
                return FolderSource(self.location, self._settings, self._stop_event)
            case "watched":
                return WatchedFolder(self.location, self._settings, self._feed, self._stop_event)
            case _:
                return VideoSource(
                    self.location, self._settings, self._feed, self._stop_event, self._doubted
                )

    def _read_on(self) -> None:
        failures = 0
        while not self._stop_event.is_set():
            began, read = time.monotonic(), self.counts.read
            broken: SourceBrokenError | None = None
            try:
                for picture in self._source.pictures():
                    if self.counts.read == read:
                        self._opened()
                    self._take(picture)
            except SourceBrokenError as error:
                broken = error
            self._connected.set(0)
            if self._stop_event.is_set():
                return
            if not self.location.endless:
                if broken is not None:
                    self.counts.failed = True
                    self._said("source_failed", broken)
                    return
                if self._settings.loop:
                    continue
                return
            lasted = time.monotonic() - began >= _GOOD_SECONDS and self.counts.read > read
            failures = 1 if lasted else failures + 1
            self._pause(failures, broken or SourceBrokenError("ended", "the stream ended"))

    def _opened(self) -> None:
        self._connected.set(1)
        _log.info("source_open", camera=self.camera_id, source=self.location.shown)

    def _pause(self, failures: int, broken: SourceBrokenError) -> None:
        self.counts.reconnects[broken.reason] += 1
        self._metrics.feed_reconnects.labels(broken.reason).inc()
        longest = self._feed.first_pause_seconds * 2 ** min(failures - 1, _MOST_DOUBLINGS)
        # Up to half shorter, so that cameras behind one switch do not come back all at once.
        pause = min(longest, self._feed.longest_pause_seconds) * random.uniform(0.5, 1.0)  # noqa: S311
        self._said("source_away", broken, again_seconds=round(pause, 1))
        self._stop_event.wait(pause)

    def _said(self, event: str, broken: SourceBrokenError, **more: object) -> None:
        _log.warning(
            event,
            camera=self.camera_id,
            source=self.location.shown,
            reason=broken.reason,
            detail=broken.detail,
            **more,
        )

    def _doubted(self, offset: float) -> None:
        _log.warning(
            "camera_clock_off",
            camera=self.camera_id,
            seconds=round(offset, 1),
            hint="set the camera's clock (NTP); until then the time of arrival counts",
        )

    def _take(self, picture: SourcePicture | DamagedPictureError) -> None:
        with self.counts.lock:
            self.counts.read += 1
            number = self.counts.read
        self._metrics.feed_frames_read.inc()
        self._last_frame.set(time.time())
        if isinstance(picture, DamagedPictureError):
            self.drop("damaged")
            return
        self._metrics.feed_capture_times.labels(picture.clock).inc()
        if not self._rate.keeps(picture.captured_at):
            self.drop("rate")
            return
        try:
            if self._gate is not None and not self._gate.passes(
                picture.grey(), picture.captured_at
            ):
                self.drop("motion")
                return
            self._offer(picture, number)
        except FrameError as error:
            self.drop("too_large" if error.code is ErrorCode.PICTURE_SIZE else "damaged")
        except TooLargeError:
            self.drop("too_large")

    def _offer(self, picture: SourcePicture, number: int) -> None:
        attributes = dict(self._settings.attributes)
        if picture.name is not None:
            attributes.setdefault("file", picture.name)
        identity = FrameIdentity(
            frame_id=f"{self._run}-{number}",
            camera_id=self.camera_id,
            captured_at=picture.captured_at,
            attributes=attributes,
        )
        if identity.problem() is not None:  # a file's name may be anything
            identity = FrameIdentity(
                frame_id=identity.frame_id,
                camera_id=self.camera_id,
                captured_at=picture.captured_at,
                attributes=self._settings.attributes,
            )
        data, form = picture.encoded(self._feed.jpeg_quality, identity.room(self._max_record_bytes))
        self._metrics.feed_pictures.labels(form).inc()
        frame = OutgoingFrame(identity, data, picture.settled)
        dropped = self._outbox.put(frame, wait=not self.location.live)
        if dropped is frame:
            self.drop("stopped")
        elif dropped is not None:
            self.drop("queue")

    def drop(self, reason: FeedDrop) -> None:
        """Count a frame that goes no further; from any thread."""
        with self.counts.lock:
            self.counts.dropped[reason] += 1
        self._metrics.feed_frames_dropped.labels(reason).inc()

    def published(self) -> None:
        """Count a frame that is on the topic; from any thread."""
        with self.counts.lock:
            self.counts.published += 1
        self._metrics.feed_frames_published.inc()
