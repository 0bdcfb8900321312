"""How long something has been amiss, by what its watcher saw of it."""

import time
from collections.abc import Callable


class Patience:
    """Runs out when something has been amiss at every look for a while.

    Looks are counted, not the clock alone: a process that stood still as a whole (``SIGSTOP``, a
    frozen machine) finds every deadline over when it goes on, and nothing has had its chance yet.

    Args:
        seconds: How long it may be amiss.
        clock: Tells the time, in seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: float | None = None

    def exhausted(self, *, amiss: bool) -> bool:
        """Note what is seen now. Whether it has been amiss for too long."""
        if not amiss:
            self._since = None
            return False
        now = self._clock()
        if self._since is None:
            self._since = now
        return now - self._since > self._seconds
