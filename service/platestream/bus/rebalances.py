"""What a rebalance means for the frames in flight: finish and commit, or let go."""

import time
from collections.abc import Sequence

from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.delivery.protocol import Delivery
from platestream.bus.errors import StopOrder
from platestream.bus.flow.frame_flow import FrameFlow
from platestream.bus.flow.holding import WaitingPartitions
from platestream.bus.flow.intake import POLL_DELIVERING, Intake
from platestream.bus.flow.positions import Positions
from platestream.bus.partitions import Partition


class Rebalances:
    """Hears of rebalances from the consumer, in the polling thread, inside of its poll.

    Args:
        consumer: Told that the thread lives while a revocation waits for frames.
        flow: The frames in flight.
        intake: The messages that are not in flight yet.
        waiting: The partitions that are held or parked.
        positions: Where partitions are read from.
        delivery: Commits.
        stop: Ends the wait.
        revoke_seconds: How long frames of a partition that is taken away may still be finished.
    """

    def __init__(
        self,
        *,
        consumer: FrameConsumer,
        flow: FrameFlow,
        intake: Intake,
        waiting: WaitingPartitions,
        positions: Positions,
        delivery: Delivery,
        stop: StopOrder,
        revoke_seconds: float,
    ) -> None:
        self._consumer = consumer
        self._flow = flow
        self._intake = intake
        self._waiting = waiting
        self._positions = positions
        self._delivery = delivery
        self._stop = stop
        self._revoke_seconds = revoke_seconds

    def on_assigned(self, partitions: Sequence[Partition]) -> None:
        """Open fresh ledgers."""
        # There is nothing to give up, unless a revocation was missed.
        self._give_up(partitions, "reassigned")
        self._flow.assign(partitions)
        self._positions.assigned(partitions)

    def on_revoked(self, partitions: Sequence[Partition]) -> None:
        """Finish what is in flight inside the budget, commit it, drop the rest."""
        deadline = min(time.monotonic() + self._revoke_seconds, self._stop.deadline)
        self._intake.forget(partitions)
        try:
            while not self._stop.urgent and time.monotonic() < deadline:
                self._flow.step()
                self._consumer.touch()
                if not self._flow.busy(partitions):
                    break
                # Finished frames and acknowledgements are both looked for, so neither is waited on.
                time.sleep(POLL_DELIVERING)
            if not self._stop.urgent:
                self._delivery.commit(partitions, wait=True)
        finally:
            self._positions.gone(partitions)
            self._flow.drop(partitions, "revoked")
            self._waiting.gone(partitions)

    def on_lost(self, partitions: Sequence[Partition]) -> None:
        """Drop: their new owner reads them already, a commit would only disturb it."""
        self._give_up(partitions, "lost")

    def on_no_position(self, partition: Partition, offset: int | None) -> None:
        """Look for another place to read on."""
        self._positions.refused(partition, offset)

    def _give_up(self, partitions: Sequence[Partition], reason: str) -> None:
        self._intake.forget(partitions)
        self._positions.gone(partitions)
        self._flow.drop(partitions, reason)
        self._waiting.gone(partitions)
