"""Time in a source: the frames that a lower rate keeps, whose clock is believed, real time."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final

from platestream.feed.picture import ClockSource

_MS: Final = 1000
# Share of a period that a frame may come early: frames of a camera at just the wanted rate jitter.
_EARLY: Final = 0.25
# Longer than frames wait on a busy machine or network; what is older was not delayed, but the
# camera's clock was set back.
_LONGEST_DELAY: Final = 60.0


class RateLimit:
    """Keeps at most so many frames a second, by their capture times.

    Args:
        fps: Frames a second; None keeps all.
    """

    def __init__(self, fps: float | None) -> None:
        self._period = None if fps is None else _MS / fps
        self._due: float | None = None

    def keeps(self, captured_at: int) -> bool:
        """Whether this frame goes on."""
        period = self._period
        if period is None:
            return True
        due = self._due
        if due is None or captured_at < due - 2 * period:  # the clock went back
            self._due = captured_at + period
            return True
        if captured_at < due - _EARLY * period:
            return False
        self._due = max(due, captured_at - period) + period
        return True


class CaptureClock:
    """Tells when a frame of a live source was captured.

    Args:
        believe: Whether the camera's time counts at all.
        max_offset: Seconds by which it may differ from this machine's.
        doubted: Told once when it differs by more, with the seconds.
        now: This machine's time, seconds since the epoch.
    """

    def __init__(
        self,
        *,
        believe: bool,
        max_offset: float,
        doubted: Callable[[float], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._believe = believe
        self._max_offset = max_offset
        self._doubted = doubted
        self._now = now
        self._said = False
        self._last = 0
        # Arrival less the camera's time, where it was least: delays only add to it.
        self._behind: float | None = None

    def at(self, camera_seconds: float | None) -> tuple[int, ClockSource]:
        """Milliseconds since the epoch, later than the frame before, and whose time it is.

        Args:
            camera_seconds: What the camera says, seconds since the epoch.
        """
        arrival = self._now()
        seconds, source = arrival, "arrival"
        if camera_seconds is not None and self._believe:
            behind = arrival - camera_seconds
            if self._behind is None or not 0 <= behind - self._behind <= _LONGEST_DELAY:
                self._behind = behind
            if abs(self._behind) <= self._max_offset:
                seconds, source = camera_seconds, "stream"
            elif not self._said:
                self._said = True
                self._doubted(-self._behind)
        captured_at = int(seconds * _MS)
        # Frames before the camera's first report have the time of their arrival, which is later
        # than the camera's own: without this the first one after it would seem to be older.
        if self._last - self._max_offset * _MS <= captured_at <= self._last:
            captured_at = self._last + 1
        self._last = captured_at
        return captured_at, "stream" if source == "stream" else "arrival"


class RealTime:
    """Waits until a frame of a film is due.

    Args:
        stop: Ends the waiting.
        on: Whether to wait at all.
    """

    def __init__(self, stop: Event, *, on: bool) -> None:
        self._stop = stop
        self._on = on
        self._began: float | None = None

    def wait(self, seconds: float) -> None:
        """Wait for what is due so many seconds after the first."""
        if not self._on:
            return
        now = time.monotonic()
        if self._began is None:
            self._began = now - seconds
        self._stop.wait(max(0.0, self._began + seconds - now))
