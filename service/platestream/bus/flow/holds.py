"""For how long each partition has been held up, and whether it may be any longer. Pure.

The budget of an outage (:mod:`~platestream.bus.flow.outages`) bounds one host. Hosts are named by
senders, so there is no end of them, and outages one after the other would add up in the partition
that they share. So a partition has an account of its own:

- The time for which it is held is added up, from the first frame that must wait until that frame is
  past, whatever the frames need.
- At the budget it is held no longer: what would have to wait fails instead.
- Once it has not been held for as long as the budget, the account is empty again.

So any two times for which it was held are in one account, or the budget lies between them: in any
time of twice the budget it is held for the budget at most, whatever the frames are. An answer of
what was away does not empty the account: a host that fails and answers by turns would then hold its
partition for ever.
"""

from dataclasses import dataclass

from platestream.bus.partitions import Partition


@dataclass(slots=True)
class _Account:
    """The times of one partition, in seconds.

    Attributes:
        used: For how long it was held, the hold that goes on left out.
        since: When the hold that goes on began; None while there is none.
        ended: When the last hold ended.
        offset: What must be past for the hold to end.
    """

    used: float = 0.0
    since: float | None = None
    ended: float = 0.0
    offset: int = 0

    def held(self, now: float) -> float:
        """For how long it has been held in all."""
        return self.used + (0.0 if self.since is None else now - self.since)

    def end(self, now: float) -> None:
        """End the hold that goes on, if there is one."""
        if self.since is not None:
            self.used, self.since, self.ended = self.held(now), None, now


class HoldBook:
    """Keeps the account of every partition; time is passed in.

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
