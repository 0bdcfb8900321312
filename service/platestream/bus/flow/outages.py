"""What frames need from elsewhere, and how long it has been away. Pure; time is passed in.

A picture host or the schema registry that does not answer is not the frame's fault. The budget
belongs to the outage and not to the frame: the frames of a host that is gone for good would else
each hold their partition up for the whole of it.
"""

import random
from collections import OrderedDict
from typing import Final

from platestream.bus.flow.settings import RetrySettings

# Hosts and schema ids are chosen by senders, so there is no end of them.
_REMEMBERED: Final = 1024
_JITTER: Final = 0.5


class OutageBook:
    """Knows since when each host or schema has been away.

    Args:
        settings: Budget and pauses.
        draw: Randomness of the pauses.
    """

    def __init__(self, settings: RetrySettings, draw: random.Random | None = None) -> None:
        self._settings = settings
        self._forget_after = max(settings.budget_seconds, 2 * settings.longest_pause_seconds)
        self._draw = draw or random.Random()  # noqa: S311 - spreads replicas, guards nothing
        self._away: OrderedDict[str, tuple[float, float]] = OrderedDict()  # since, last seen away

    def __len__(self) -> int:
        """How many are away."""
        return len(self._away)

    def failed(self, key: str, now: float) -> bool:
        """Note that ``key`` is away. Whether trying again is still inside the budget."""
        since, last = self._away.get(key, (now, now))
        if now - last > self._forget_after:  # nobody asked for it in between: a new outage
            since = now
        self._away[key] = (since, now)
        self._away.move_to_end(key)
        if len(self._away) > _REMEMBERED:
            self._away.popitem(last=False)
        return now - since < self._settings.budget_seconds

    def worked(self, key: str) -> None:
        """Note that ``key`` answers."""
        self._away.pop(key, None)

    def pause(self, key: str, now: float) -> float:
        """Seconds to wait before the next try: half the time it has been away, with jitter."""
        settings = self._settings
        away = now - self._away.get(key, (now, now))[0]
        pause = min(max(away / 2, settings.first_pause_seconds), settings.longest_pause_seconds)
        return pause * self._draw.uniform(_JITTER, 1.0)
