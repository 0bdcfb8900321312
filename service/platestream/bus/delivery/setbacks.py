"""Failures in a row: how long to wait before the next try, and how long it has been going on."""

import time
from collections.abc import Callable


class Setbacks:
    """Each wait is twice the last, up to the longest; one success and they are forgotten.

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

    def another(self) -> float:
        """Note one. Seconds since the first of the row."""
        now = self._clock()
        if self._count == 0:
            self._since = now
        self._not_before = now + min(self._first * 2**self._count, self._longest)
        self._count += 1
        return now - self._since

    def over(self) -> None:
        """Note a success."""
        self._count = 0
