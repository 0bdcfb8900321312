"""How much may be in flight: encoded frames with hysteresis, decoded pixels with waiting."""

import threading
from collections.abc import Callable


class InFlightBudget:
    """Frames and bytes in flight, and whether more may be taken in.

    It closes when either limit is reached and opens again only when both are down to
    ``resume_fraction`` of their limits. Not thread-safe: it belongs to the thread that takes
    frames in.

    Args:
        max_frames: Frames at which it closes.
        max_bytes: Bytes at which it closes. The frame that reaches the limit is still in, so the
            bytes exceed it by at most one frame.
        resume_fraction: Share of the limits at which it opens again, in (0, 1].
    """

    def __init__(self, max_frames: int, max_bytes: int, resume_fraction: float) -> None:
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        # The limit itself cannot be the mark to open at: it would close again at once.
        self._low_frames = min(int(max_frames * resume_fraction), max_frames - 1)
        self._low_bytes = min(int(max_bytes * resume_fraction), max_bytes - 1)
        self._open = True
        self.frames = 0
        self.bytes = 0

    @property
    def open(self) -> bool:
        """Whether another frame may be taken in."""
        return self._open

    def take(self, size: int) -> None:
        """Account for a frame of ``size`` bytes that was taken in."""
        self.frames += 1
        self.bytes += size
        if self.frames >= self._max_frames or self.bytes >= self._max_bytes:
            self._open = False

    def give_back(self, size: int) -> None:
        """Account for a frame of ``size`` bytes that is done with."""
        if self.frames < 1 or size > self.bytes:
            raise ValueError("more was given back than was taken")
        self.frames -= 1
        self.bytes -= size
        if self.frames <= self._low_frames and self.bytes <= self._low_bytes:
            self._open = True


class PixelBudget:
    """Bytes of decoded pictures that may exist at once; :meth:`take` waits for room. Thread-safe.

    A picture larger than the whole budget is let in when nothing else is there: refusing it would
    stop the stream for good.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._room = threading.Condition()
        self._taken = 0

    @property
    def taken(self) -> int:
        """Bytes taken now."""
        return self._taken

    def take(self, size: int, given_up: Callable[[], bool]) -> bool:
        """Wait until there is room for ``size`` bytes and take them.

        Returns:
            False, with nothing taken, when ``given_up()`` became true; :meth:`wake` makes all
            waiters ask it.
        """
        with self._room:
            while not given_up():
                if self._taken == 0 or self._taken + size <= self._max_bytes:
                    self._taken += size
                    return True
                self._room.wait()
            return False

    def give_back(self, size: int) -> None:
        """Return ``size`` bytes."""
        with self._room:
            self._taken -= size
            self._room.notify_all()

    def wake(self) -> None:
        """Let all waiters ask again whether they have given up."""
        with self._room:
            self._room.notify_all()
