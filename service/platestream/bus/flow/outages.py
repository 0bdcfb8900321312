"""For how long something may be away, and for how long it may hold frames up. Pure; time is passed.

A picture host or the schema registry that does not answer is not the frame's fault, so its frames
are tried again: while the outage is inside its budget, and their partition inside its own.
"""

import random
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from platestream.bus.configuration.failures import RetrySettings
from platestream.bus.partitions import Partition

# Hosts and schema ids are chosen by senders, so there is no end of them.
_REMEMBERED: Final = 1024
_JITTER: Final = 0.5


class Outages:
    """Knows since when each host or schema has been away.

    The budget belongs to the outage and not to the frame: the frames of a host that is gone for
    good would else each hold their partition up for the whole of it.

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


@dataclass(slots=True)
class _Account:
    """The times of one partition, in seconds."""

    used: float = 0.0  # for how long it was held, the hold that goes on left out
    since: float | None = None  # when the hold that goes on began; None while there is none
    ended: float = 0.0  # when the last hold ended
    offset: int = 0  # what must be past for the hold to end

    def held(self, now: float) -> float:
        """For how long it has been held in all."""
        return self.used + (0.0 if self.since is None else now - self.since)

    def end(self, now: float) -> None:
        """End the hold that goes on, if there is one."""
        if self.since is not None:
            self.used, self.since, self.ended = self.held(now), None, now


class HoldBudget:
    """For how long each partition has been held up, and whether it may be any longer.

    The budget of an outage bounds one host. Hosts are named by senders, so there is no end of them,
    and outages one after the other would add up in the partition that they share. So a partition
    has an account of its own:

    - The time for which it is held is added up, from the first frame that must wait until that
      frame is past, whatever the frames need.
    - At the budget it is held no longer: what would have to wait fails instead.
    - Once it has not been held for as long as the budget, the account is empty again.

    So any two times for which it was held are in one account, or the budget lies between them: in
    any time of twice the budget it is held for the budget at most, whatever the frames are. An
    answer of what was away does not empty the account: a host that fails and answers by turns would
    then hold its partition for ever.

    Args:
        budget: Seconds for which a partition may be held, and for which it then may not.
    """

    def __init__(self, budget: float) -> None:
        self._budget = budget
        self._accounts: dict[Partition, _Account] = {}

    def allows(self, partition: Partition, offset: int, now: float) -> bool:
        """Whether ``partition`` may be held for the frame at ``offset``; it is, if so."""
        account = self._accounts.get(partition)
        if account is None or (account.since is None and now - account.ended >= self._budget):
            account = self._accounts[partition] = _Account()
        if account.held(now) >= self._budget:
            account.end(now)
            return False
        if account.since is None:
            account.since, account.offset = now, offset
        account.offset = min(account.offset, offset)
        return True

    def passed(self, partition: Partition, offset: int, now: float) -> None:
        """Note that the frame at ``offset`` and all before it wait no longer."""
        account = self._accounts.get(partition)
        if account is not None and offset >= account.offset:
            account.end(now)

    def left(self, partition: Partition, now: float) -> float:
        """Seconds for which ``partition`` may be held yet."""
        account = self._accounts.get(partition)
        return self._budget if account is None else max(0.0, self._budget - account.held(now))

    def forget(self, partition: Partition) -> None:
        """Begin anew with ``partition``: what was noted of it is of another assignment."""
        self._accounts.pop(partition, None)
