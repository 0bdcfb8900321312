"""Topics whose records nobody acknowledges, as those of a topic that was deleted. Pure.

The client tries such records again until their time is over (``message.timeout.ms``), and says
nothing meanwhile; an operator should not have to wait for that.
"""

import time
from collections.abc import Callable
from typing import Final

# An acknowledgement takes milliseconds, an election a second or two.
_SECONDS: Final = 5.0


class Silence:
    """Knows for each topic since when its records have been waiting.

    Args:
        clock: Tells the time, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[str, int] = {}
        self._since: dict[str, float] = {}
        self._told: set[str] = set()

    def sent(self, topic: str) -> None:
        """Note that a record is on its way to ``topic``."""
        if not self._waiting.get(topic):
            self._since[topic] = self._clock()
        self._waiting[topic] = self._waiting.get(topic, 0) + 1

    def answered(self, topic: str, *, delivered: bool) -> None:
        """Note that a record for ``topic`` has its answer."""
        self._waiting[topic] -= 1
        if delivered:
            self._since[topic] = self._clock()
            self._told.discard(topic)

    def overdue(self) -> list[str]:
        """Topics that have been silent for too long, each once until it answers."""
        now = self._clock()
        silent = [
            topic
            for topic, waiting in self._waiting.items()
            if waiting and topic not in self._told and now - self._since[topic] > _SECONDS
        ]
        self._told.update(silent)
        return silent
