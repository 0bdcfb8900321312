"""Whether we have a place in the group, as far as a member can know it."""

import json
import time
from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import Consumer

# How often the client is asked: the question goes through a queue of its own thread, so not with
# every poll, and a second is little beside what a rejoin takes.
_LOOK_SECONDS: Final = 1.0
# How librdkafka writes a group's metadata down: this, the generation in four bytes, names. It is
# the only way to it from here, and the callbacks do without it.
_FORM: Final = b"CGMDv2:"


class Membership:
    """Our place in the group. All calls from the polling thread, except to :meth:`held`.

    A rebalance takes partitions, not the place: a member keeps its generation until it has the
    next. Without a generation the group goes on without us. The callbacks alone would not do: a
    stand-by has nothing to lose, and with the new group protocol it hears of no assignment.

    Who has not reached the group's coordinator for a session time-out has no place either,
    whatever the client believes: with the new protocol it goes on as a member for ever.

    Args:
        session_seconds: The session time-out.
        clock: The monotonic clock.
    """

    def __init__(
        self, session_seconds: float = 45.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session_seconds = session_seconds
        self._clock = clock
        self._joined = False
        self._out_since: float | None = None
        self._away_since: float | None = None
        self._next_look = 0.0

    def gained(self) -> None:
        """Note that we are in the group."""
        self._joined = True
        self._out_since = None

    def lost(self) -> None:
        """Note that the group goes on without us."""
        if self._out_since is None:
            self._out_since = self._clock()

    def look(self, consumer: Consumer) -> None:
        """Look, now and then, whether the client has a generation of the group."""
        now = self._clock()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_SECONDS
        generation = generation_of(consumer.consumer_group_metadata())
        if generation is None:
            return
        # The client takes the member's name away when the session is over, but leaves the last
        # generation in the metadata.
        if generation > 0 and consumer.memberid():
            self.gained()
        elif self._joined:
            self.lost()

    def statistics(self, document: str) -> None:
        """Take the client's statistics in (``stats_cb``): they say whether it has a coordinator."""
        group = json.loads(document).get("cgrp")
        if group is None:
            return
        if group.get("state") == "up":
            self._away_since = None
        elif self._away_since is None:
            self._away_since = self._clock()

    def held(self, grace: float) -> bool:
        """Whether we have a place, or have been without one for less than ``grace`` seconds."""
        if not self._joined:
            return False
        now = self._clock()
        out_since, away_since = self._out_since, self._away_since
        if away_since is not None and now - away_since >= self._session_seconds + grace:
            return False
        return out_since is None or now - out_since < grace


def generation_of(metadata: Any) -> int | None:
    """The generation in a group's metadata, -1 outside of the group; None in an unknown form."""
    if not isinstance(metadata, bytes) or not metadata.startswith(_FORM):
        return None
    return int.from_bytes(metadata[len(_FORM) : len(_FORM) + 4], "little", signed=True)
