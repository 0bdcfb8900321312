"""Replayed frames and the position of a group in the same transaction.

So each dead letter is taken once over all runs of the group, whatever ends a run: either its frame
is on the frames topic and the position is behind it, or neither.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaException, TopicPartition

from platestream.bus.configuration.properties import seconds_of, transactional_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.delivery.retries import FatalTransactionError, repeat
from platestream.bus.errors import BusError, error_of
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
        self._call(
            "init_transactions", self._producer.producer.init_transactions, self._start_seconds
        )

    def publish(self, frames: Sequence[ReplayedFrame], positions: Positions) -> None:
        """Publish ``frames`` and commit ``positions``, the first positions in any case.

        Raises:
            BusError: Nothing of the transaction was committed; or nobody knows.
        """
        if not frames and positions == self._committed:
            return
        producer = self._producer.producer
        offsets = [TopicPartition(self._topic, number, at) for number, at in positions.items()]
        metadata = self._metadata()

        def send_offsets(seconds: float) -> None:
            producer.send_offsets_to_transaction(offsets, metadata, seconds)

        self._call("begin_transaction", lambda _: producer.begin_transaction(), self._timeout)
        try:
            for frame in frames:
                self._producer.send(frame)
            self._producer.flush(self._timeout)
            self._call("send_offsets_to_transaction", send_offsets, self._timeout)
            self._call("commit_transaction", producer.commit_transaction, 2 * self._timeout)
        except BusError as failed:
            self._abort()
            raise BusError(
                f"{failed}. What is not committed for the group {self._group} is taken by its next "
                "run; of two of its runs at once the older ends so."
            ) from failed
        self._committed = dict(positions)

    def serve(self) -> None:
        """Nothing is on its way between two transactions."""

    def _abort(self) -> None:
        # Where it cannot be aborted the brokers do it, at the latest when the next run begins.
        try:
            self._producer.producer.abort_transaction(self._timeout)
        except (KafkaException, SystemError):
            return

    def _call(self, name: str, call: Callable[[float], None], seconds: float) -> None:
        try:
            repeat(call, time.monotonic() + seconds)
        except (FatalTransactionError, TimeoutError, KafkaException) as failed:
            told = error_of(failed).str() if isinstance(failed, KafkaException) else str(failed)
            raise BusError(f"{name} for the group {self._group}: {told}") from failed
