"""What holds frames up: a picture host or the schema registry that does not answer.

A frame that failed for want of one may be tried again while the outage is inside its budget
and its partition inside its own
(:mod:`~platestream.bus.flow.outages`). Order forbids to overtake
it, so of each partition only the oldest such frame counts (:class:`BlockedFrames`). So that it
holds up no other, its partition is paused, what is before it is delivered and committed, and then
it and all behind it are let go of, to be read again after a pause (:class:`WaitingPartitions`).
Meanwhile they take no place of the frames in flight and no memory.
"""

import time
from collections.abc import Callable, Collection, Iterable

import structlog

from platestream.bus.clients.membership import Assignment
from platestream.bus.configuration.failures import RetrySettings
from platestream.bus.flow.in_flight import InFlightFrame
from platestream.bus.flow.outages import HoldBudget, Outages
from platestream.bus.partitions import Ledgers, Partition
from platestream.stream.outcome import FrameOutcome
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


class BlockedFrames:
    """The oldest frame of each partition that must wait.

    Args:
        settings: Budget and pauses.
        ledgers: The ledgers of the partitions that are ours.

    Attributes:
        outages: Since when what frames need has been away.
    """

    def __init__(self, settings: RetrySettings, ledgers: Ledgers) -> None:
        self.outages = Outages(settings)
        self._budget = HoldBudget(settings.budget_seconds)
        self._ledgers = ledgers
        self._oldest: dict[Partition, InFlightFrame] = {}

    @property
    def partitions(self) -> Collection[Partition]:
        """Partitions with a frame that must wait: nothing more of them should be taken in."""
        return self._oldest.keys()

    def must_wait(self, frame: InFlightFrame, outcome: FrameOutcome) -> bool:
        """Whether a frame failed for want of something that is away, and may be tried again."""
        if frame.needs is None:
            return False
        if not outcome.transient:
            self.outages.worked(frame.needs)
            return False
        now = time.monotonic()
        if not self.outages.failed(frame.needs, now):
            return False
        if not self._budget.allows(frame.partition, frame.entry.offset, now):
            return False
        oldest = self._oldest.get(frame.partition)
        if oldest is None or frame.entry.offset < oldest.entry.offset:
            self._oldest[frame.partition] = frame
        return True

    def at_head(self, partition: Partition) -> bool:
        """Whether all before the frame that must wait is delivered."""
        frame = self._oldest.get(partition)
        return frame is not None and self._ledgers[partition].head is frame.entry

    def to_park(self) -> list[tuple[Partition, int, float]]:
        """Partitions in which only what must wait is left; its offset, and for how many seconds."""
        return [
            (partition, frame.entry.offset, self._pause(frame))
            for partition, frame in self._oldest.items()
            if self.at_head(partition) and not self._ledgers[partition].uncommitted
        ]

    def _pause(self, frame: InFlightFrame) -> float:
        now = time.monotonic()
        # No longer than it may be held at all, so that the last try is made in time.
        left = self._budget.left(frame.partition, now)
        return min(self.outages.pause(frame.needs or "", now), left)

    def passed(self, partition: Partition, offset: int) -> None:
        """Note that the frame at ``offset`` and all before it have their ends."""
        self._budget.passed(partition, offset, time.monotonic())

    def assign(self, partition: Partition) -> None:
        """Begin anew with ``partition``."""
        self._budget.forget(partition)

    def forget(self, partitions: Iterable[Partition]) -> None:
        """Forget the frames of ``partitions``."""
        for partition in partitions:
            self._oldest.pop(partition, None)


class WaitingPartitions:
    """Pauses, rewinds and resumes partitions. All calls from the polling thread.

    Args:
        blocked: Knows which frames must wait.
        park: Lets the frames of a partition go, which will be read again from an offset.
        assignment: The partitions that are ours; it holds them.
        metrics: Where they are counted.
    """

    def __init__(
        self,
        blocked: BlockedFrames,
        park: Callable[[Partition, int], None],
        assignment: Assignment,
        metrics: Metrics,
    ) -> None:
        self._blocked = blocked
        self._park = park
        self._assignment = assignment
        self._metrics = metrics
        self._until: dict[Partition, float] = {}

    def parked(self, partition: Partition) -> bool:
        """Whether messages of ``partition`` that come all the same must be passed over."""
        return partition in self._until

    def step(self) -> list[Partition]:
        """Hold, park and resume, each when it is time.

        Returns:
            The partitions that were rewound: what was read of them and not taken in is read again.
        """
        for partition in self._blocked.partitions:
            if partition not in self._assignment.held:
                self._assignment.hold(partition)
                _log.warning("partition_waits", partition=partition.number)
        rewound: list[Partition] = []
        for partition, offset, pause in self._blocked.to_park():
            if self._assignment.rewind(partition, offset):
                self._park(partition, offset)
                rewound.append(partition)
                self._until[partition] = time.monotonic() + pause
        now = time.monotonic()
        for partition in self._assignment.held:
            if self._until.get(partition, now) <= now and partition not in self._blocked.partitions:
                self._until.pop(partition, None)
                self._assignment.let_go(partition)
        self._metrics.partitions_waiting.set(len(self._assignment.held))
        return rewound

    def gone(self, partitions: Iterable[Partition]) -> None:
        """Forget partitions that are no longer ours."""
        for partition in partitions:
            self._until.pop(partition, None)
