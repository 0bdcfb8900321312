"""Frames that cannot be read yet and block the head of their partition's line.

A frame that failed for want of a picture host or of the schema registry may be tried again while
the outage is inside its budget, and the partition inside its own. Order forbids to overtake it, so
of each partition only the oldest such frame counts.
"""

import time
from collections.abc import Collection, Iterable

from platestream.bus.flow.holds import HoldBook
from platestream.bus.flow.in_flight import InFlightFrame
from platestream.bus.flow.outages import OutageBook
from platestream.bus.partitions import Ledgers, Partition
from platestream.stream.outcome import FrameOutcome


class BlockedFrames:
    """The oldest frame of each partition that must wait.

    Args:
        outages: Since when what frames need has been away.
        holds: For how long partitions have been held up.
        ledgers: The ledgers of the partitions that are ours.
    """

    def __init__(self, outages: OutageBook, holds: HoldBook, ledgers: Ledgers) -> None:
        self._outages = outages
        self._holds = holds
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
            self._outages.worked(frame.needs)
            return False
        now = time.monotonic()
        if not self._outages.failed(frame.needs, now):
            return False
        if not self._holds.allows(frame.partition, frame.entry.offset, now):
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
        left = self._holds.left(frame.partition, now)
        return min(self._outages.pause(frame.needs or "", now), left)

    def passed(self, partition: Partition, offset: int) -> None:
        """Note that the frame at ``offset`` and all before it have their ends."""
        self._holds.passed(partition, offset, time.monotonic())

    def assign(self, partition: Partition) -> None:
        """Begin anew with ``partition``."""
        self._holds.forget(partition)

    def forget(self, partitions: Iterable[Partition]) -> None:
        """Forget the frames of ``partitions``."""
        for partition in partitions:
            self._oldest.pop(partition, None)
