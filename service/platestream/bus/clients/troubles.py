"""Troubles that are said once when they begin, again now and then, and once when they are over."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# A minute: whoever looks at the last page of a log sees that it still lasts, and an hour of it is
# sixty lines.
REMIND_SECONDS: Final = 60.0
# Subjects that are remembered. Each is a broker or a kind of error, so there are dozens; a text
# that is new each time must not take memory without end.
_MOST: Final = 1000


@dataclass(slots=True)
class Trouble:
    """What is known of one trouble.

    Attributes:
        begun: When it was first heard of, by the monotonic clock.
        heard: When it was last heard of.
        times: How often it was heard of.
    """

    begun: float
    heard: float
    said: float
    times: int = 1

    @property
    def seconds(self) -> float:
        """How long it has lasted, as far as it was heard of."""
        return round(self.heard - self.begun, 1)


class Troubles:
    """Knows which troubles last. May be used from any thread.

    Args:
        remind: Seconds between two lines about a trouble that lasts.
        clock: The monotonic clock.
    """

    def __init__(
        self, remind: float = REMIND_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._remind = remind
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, Trouble] = {}

    def heard(self, subject: str) -> Trouble | None:
        """Note a trouble; what is known of it if it should be said now, else None."""
        now = self._clock()
        with self._lock:
            trouble = self._known.get(subject)
            if trouble is None:
                if len(self._known) >= _MOST:
                    del self._known[min(self._known, key=lambda name: self._known[name].heard)]
                trouble = self._known[subject] = Trouble(now, now, now)
                return trouble
            trouble.times += 1
            trouble.heard = now
            if now - trouble.said < self._remind:
                return None
            trouble.said = now
            return trouble

    def over(self, subject: str) -> Trouble | None:
        """Note that it is over; what was known of it, None if nothing was."""
        with self._lock:
            return self._known.pop(subject, None)

    def lasting(self) -> dict[str, float]:
        """The troubles that last, each with the seconds since it was last heard of."""
        now = self._clock()
        with self._lock:
            return {name: now - trouble.heard for name, trouble in self._known.items()}
