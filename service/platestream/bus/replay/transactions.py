"""Replayed frames and the position of a group in the same transaction.

So each dead letter is taken once over all runs of the group, whatever ends a run: either its frame
is on the frames topic and the position is behind it, or neither.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaException

from platestream.bus.configuration.properties import seconds_of, transactional_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.delivery.ending import Ending, TransactionEnder
from platestream.bus.delivery.retries import FatalTransactionError, Outcome, repeat
from platestream.bus.errors import BusError, error_of
from platestream.bus.partitions import Partition
from platestream.bus.replay.publishing import FrameProducer, Positions, ReplayedFrame


class TransactionalPublisher:
    """Publishes frames and the position up to which the failures topic is settled, all or nothing.

    Args:
        settings: Cluster and topics.
        group: Whose position it is.
        metadata: Tells what the group's offsets are committed with.
    """

    def __init__(self, settings: KafkaSettings, group: str, metadata: Callable[[], Any]) -> None:
        configuration = transactional_configuration(settings)
        # One name for all runs of a group: of two at once the older is refused by the brokers.
        configuration["transactional.id"] = f"{group}-replay"
        # Once it is over the coordinator has given the transaction up.
        self._timeout = seconds_of(configuration, "transaction.timeout.ms", 60_000)
        self._producer = FrameProducer(configuration, settings.topics.frames)
        self._transactions = self._producer.producer
        self._ender = TransactionEnder(self, self._timeout, give_up_seconds=2 * self._timeout)
        self._group = group
        self._metadata = metadata
        self._topic = settings.topics.failures
        self._start_seconds = settings.start_seconds
        self._committed: Positions | None = None

    def open(self) -> None:
        """End what an earlier run left open.

        Raises:
            BusError: The cluster does not let us.
        """
        self._call("init_transactions", self._transactions.init_transactions, self._start_seconds)

    def publish(self, frames: Sequence[ReplayedFrame], positions: Positions) -> None:
        """Publish ``frames`` and commit ``positions``, the first positions in any case.

        Raises:
            BusError: Nothing of the transaction was committed; or nobody knows.
        """
        if not frames and positions == self._committed:
            return
        self._call("begin_transaction", lambda _: self._transactions.begin_transaction())
        ending = Ending(
            offsets={Partition(self._topic, number): at for number, at in positions.items()},
            group_metadata=self._metadata(),
        )
        problem = None
        try:
            for frame in frames:
                self._producer.send(frame)
            self._producer.flush(self._timeout)
        except BusError as failed:
            problem, ending = failed, Ending(offsets=None)
        # Where it cannot be aborted the brokers do it, at the latest when the next run begins.
        self._ender.end(ending)
        if ending.outcome is not Outcome.COMMITTED:
            raise BusError(
                f"{problem or ending.reason}. What is not committed for the group {self._group} is "
                "taken by its next run; of two of its runs at once the older ends so."
            ) from problem
        self._committed = dict(positions)

    def serve(self) -> None:
        """Nothing is on its way between two transactions."""

    def send_offsets(
        self, offsets: Mapping[Partition, int], group_metadata: Any, timeout: float
    ) -> None:
        """Make ``offsets`` part of the transaction."""
        positions = [partition.at(offset) for partition, offset in offsets.items()]
        self._transactions.send_offsets_to_transaction(positions, group_metadata, timeout)

    def commit(self, timeout: float) -> None:
        """Commit the transaction."""
        self._transactions.commit_transaction(timeout)

    def abort(self, timeout: float) -> None:
        """Abort the transaction."""
        self._transactions.abort_transaction(timeout)

    def _call(self, name: str, call: Callable[[float], None], seconds: float | None = None) -> None:
        try:
            repeat(call, time.monotonic() + (self._timeout if seconds is None else seconds))
        except (FatalTransactionError, TimeoutError, KafkaException) as failed:
            told = error_of(failed).str() if isinstance(failed, KafkaException) else str(failed)
            raise BusError(f"{name} for the group {self._group}: {told}") from failed
