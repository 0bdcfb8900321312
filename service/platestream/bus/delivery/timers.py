"""How long failures have been going on: waits between tries, and what is stuck for too long."""

import time
from collections.abc import Callable


class Backoff:
    """Failures in a row: each wait is twice the last, up to the longest; a success ends the row.

    Args:
        first: Seconds to wait after the first.
        longest: Seconds to wait at most.
        clock: Tells the time, in seconds.
    """

    def __init__(
        self, first: float, longest: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._first = first
        self._longest = longest
        self._clock = clock
        self._count = 0
        self._since = 0.0
        self._not_before = 0.0

    @property
    def pausing(self) -> bool:
        """Whether it is too early for the next try."""
        return self._clock() < self._not_before

    def failed(self) -> float:
        """Note a failure. Seconds since the first of the row."""
        now = self._clock()
        if self._count == 0:
            self._since = now
        self._not_before = now + min(self._first * 2**self._count, self._longest)
        self._count += 1
        return now - self._since

    def succeeded(self) -> None:
        """Note a success."""
        self._count = 0


class StuckTimer:
    """Expires when something has been stuck at every look for a while.

    Looks are counted, not the clock alone: a process that stood still as a whole (``SIGSTOP``, a
    frozen machine) finds every deadline over when it goes on, and nothing has had its chance yet.

    Args:
        seconds: How long it may be stuck.
        clock: Tells the time, in seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: float | None = None

    def expired(self, *, stuck: bool) -> bool:
        """Note what is seen now. Whether it has been stuck for too long."""
        if not stuck:
            self._since = None
            return False
        now = self._clock()
        if self._since is None:
            self._since = now
        return now - self._since > self._seconds
