"""Partitions whose next frame waits for a host or registry that is away; the others go on.

A frame that cannot be read yet holds its partition up: order forbids to overtake it. So that it
holds up no other, its partition is paused, what is before it is delivered and committed, and then
it and all behind it are let go of, to be read again after a pause. Meanwhile they take no place of
the frames in flight and no memory.
"""

import time
from collections.abc import Iterable

import structlog

from platestream.bus.clients.assignment import Assignment
from platestream.bus.flow.frame_flow import FrameFlow
from platestream.bus.partitions import Partition
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


class WaitingPartitions:
    """Pauses, rewinds and resumes them. All calls from the polling thread.

    Args:
        flow: Knows which frames must wait.
        assignment: The partitions that are ours.
        metrics: Where they are counted.
    """

    def __init__(self, flow: FrameFlow, assignment: Assignment, metrics: Metrics) -> None:
        self._flow = flow
        self._assignment = assignment
        self._metrics = metrics
        self._held: set[Partition] = set()
        self._until: dict[Partition, float] = {}

    def parked(self, partition: Partition) -> bool:
        """Whether messages of ``partition`` that come all the same must be passed over."""
        return partition in self._until

    def step(self) -> list[Partition]:
        """Hold, park and resume, each when it is time.

        Returns:
            The partitions that were rewound: what was read of them and not taken in is read again.
        """
        blocked = self._flow.blocked
        for partition in blocked.partitions:
            if partition not in self._held:
                self._held.add(partition)
                self._assignment.hold(partition)
                _log.warning("partition_waits", partition=partition.number)
        rewound: list[Partition] = []
        for partition, offset, pause in blocked.to_park():
            if self._assignment.rewind(partition, offset):
                self._flow.park(partition, offset)
                rewound.append(partition)
                self._until[partition] = time.monotonic() + pause
        now = time.monotonic()
        for partition in list(self._held):
            if self._until.get(partition, now) <= now and partition not in blocked.partitions:
                self._until.pop(partition, None)
                self._held.discard(partition)
                self._assignment.let_go(partition)
        self._metrics.partitions_waiting.set(len(self._held))
        return rewound

    def gone(self, partitions: Iterable[Partition]) -> None:
        """Forget partitions that are no longer ours."""
        for partition in partitions:
            self._held.discard(partition)
            self._until.pop(partition, None)
