"""Between the pipeline and the live pages: outcomes in from any thread, events to each listener.

The stream must never wait for somebody who watches it. :meth:`LiveHub.offer` counts and at most
puts a reference into a short queue; a thread of the hub's own decodes, crops and encodes, and only
while somebody listens; a listener whose queue is full misses events.
"""

import asyncio
import itertools
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.forms import result_json
from platestream.stream.outcome import FrameOutcome
from platestream.telemetry.logs import get_logger
from platestream.vision.settings import PictureLimits
from platestream.web.live.crops import crop_data_url, decoded
from platestream.web.live.tally import Tally

log = get_logger(__name__)

# Nobody can look at more; at a hundred frames a second the others are only counted.
_PICTURES_PER_SECOND: Final = 8
# One second of pictures: an outcome that waits longer is no news.
_WAITING: Final = 8
# Shown to who opens the page, so that it does not begin empty.
_RECENT: Final = 12
_STATS_EVERY_S: Final = 1.0
# Some ten seconds of everything for a listener on a bad line.
_LISTENER_QUEUE: Final = 64


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One server-sent event.

    Attributes:
        name: ``plates`` or ``stats``.
        data: JSON-ready.
        project: Whose request it came from; None for frames of the stream.
    """

    name: str
    data: dict[str, Any]
    project: str | None = None


class Listener:
    """One open page: its bounded queue, filled on its event loop.

    Args:
        project: Whose requests it may see.
        sees_all: Whether it sees every project and the stream.
    """

    def __init__(self, project: str, *, sees_all: bool) -> None:
        self._project = project
        self._sees_all = sees_all
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(_LISTENER_QUEUE)
        self.missed = 0

    async def next(self) -> LiveEvent | None:
        """The next event; None when the hub has closed."""
        return await self._queue.get()

    def tell(self, event: LiveEvent | None) -> None:
        """Queue ``event`` from any thread; when the queue is full it is missed."""
        if event is not None and event.name == "plates" and not self._may_see(event):
            return
        try:
            self._loop.call_soon_threadsafe(self._put, event)
        except RuntimeError:  # the loop has closed under a listener that is leaving
            self.missed += 1

    def _may_see(self, event: LiveEvent) -> bool:
        return self._sees_all or event.project == self._project

    def _put(self, event: LiveEvent | None) -> None:
        if event is None and self._queue.full():
            self._queue.get_nowait()  # the end must arrive
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.missed += 1


class LiveHub:
    """Takes outcomes, makes events, tells listeners.

    Args:
        limits: What a picture may be.
        max_listeners: Pages that may be open at once.
        show_crops: Whether events have pictures of the plates.
    """

    def __init__(
        self, limits: PictureLimits, *, max_listeners: int, show_crops: bool = True
    ) -> None:
        self._limits = limits
        self._max_listeners = max_listeners
        self._show_crops = show_crops
        self._tally = Tally()
        self._wake = threading.Condition()
        self._waiting: deque[tuple[FrameOutcome, str | None]] = deque()
        self._recent: deque[LiveEvent] = deque(maxlen=_RECENT)
        self._listeners: set[Listener] = set()
        self._closed = False
        self._numbers = itertools.count(1)
        self._thread = threading.Thread(target=self._work, name="live-hub", daemon=True)

    def start(self) -> None:
        """Start the hub's thread."""
        self._thread.start()

    def close(self) -> None:
        """End every listener's stream of events, then the thread."""
        with self._wake:
            self._closed = True
            listeners = list(self._listeners)
            self._wake.notify_all()
        for listener in listeners:
            listener.tell(None)
        if self._thread.ident is not None:
            self._thread.join()

    def offer(self, outcome: FrameOutcome, *, project: str | None = None) -> None:
        """Take note of an outcome. Never blocks, never raises, from any thread.

        Args:
            outcome: What became of a frame.
            project: Whose request it was; None for the stream's frames.
        """
        self._tally.add(outcome)
        if not self._listeners or not outcome.readings:
            return
        with self._wake:
            if len(self._waiting) < _WAITING and not self._closed:
                self._waiting.append((outcome, project))
                self._wake.notify_all()

    @contextmanager
    def listen(self, project: str, *, sees_all: bool) -> Iterator[Listener]:
        """Listen, from a running event loop, for the time of the block.

        Raises:
            FrameError: APIG.0308 when as many pages as allowed are open.
        """
        listener = Listener(project, sees_all=sees_all)
        with self._wake:
            if self._closed or len(self._listeners) >= self._max_listeners:
                raise FrameError(ErrorCode.THROTTLED, "As many live pages as allowed are open.")
            self._listeners.add(listener)
            recent = list(self._recent)
            self._wake.notify_all()
        for event in [*recent, LiveEvent("stats", self._tally.snapshot())]:
            listener.tell(event)
        try:
            yield listener
        finally:
            with self._wake:
                self._listeners.discard(listener)
                if not self._listeners:  # plates are kept for those who watch, not in store
                    self._recent.clear()
                    self._waiting.clear()

    # -- the hub's thread -----------------------------------------------------------------------

    def _work(self) -> None:
        stats_due = picture_due = time.monotonic()
        while True:
            with self._wake:
                while not self._closed and not self._listeners:
                    self._wake.wait()
                if self._closed:
                    return
                now = time.monotonic()
                taken = self._waiting.popleft() if self._waiting and now >= picture_due else None
                if taken is None and now < stats_due:
                    due = min(stats_due, picture_due) if self._waiting else stats_due
                    self._wake.wait(max(0.0, due - now))
                    continue
            if taken is not None:
                picture_due = now + 1 / _PICTURES_PER_SECOND
                self._show(*taken)
            if now >= stats_due:
                stats_due = now + _STATS_EVERY_S
                self._tell(LiveEvent("stats", self._tally.snapshot()))

    def _show(self, outcome: FrameOutcome, project: str | None) -> None:
        try:
            event = LiveEvent("plates", self._describe(outcome), project)
        except Exception as error:  # noqa: BLE001 - a page without one picture is no reason to end
            log.warning("live event failed", error=type(error).__name__)
            return
        with self._wake:
            if self._listeners:
                self._recent.append(event)
        self._tell(event)

    def _describe(self, outcome: FrameOutcome) -> dict[str, Any]:
        readings = outcome.readings or ()
        picture = decoded(outcome.frame.image, self._limits) if self._show_crops else None
        plates = result_json(readings)
        for plate, reading in zip(plates, readings, strict=True):
            plate["crop"] = (
                crop_data_url(picture, reading.plate_location) if picture is not None else None
            )
        return {
            "number": next(self._numbers),
            "camera": outcome.frame.camera_id,
            "processed_at": outcome.processed_at,
            "latency_ms": max(0, outcome.processed_at - outcome.frame.captured_at),
            "plates": plates,
        }

    def _tell(self, event: LiveEvent) -> None:
        with self._wake:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.tell(event)
