"""Replayed frames and the place of a group in the same transaction.

So each dead letter is taken once over all runs of the group, whatever ends a run: either its frame
is on the frames topic and the place is behind it, or neither.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import KafkaException, TopicPartition

from platestream.bus.clients.configuration import seconds_of, transactional_configuration
from platestream.bus.delivery.outcomes import FatalTransactionError, repeat
from platestream.bus.errors import BusError, error_of
from platestream.bus.replay.publishing import FrameProducer, Places, ReplayedFrame
from platestream.bus.settings import KafkaSettings

# Readers of committed frames wait at an open transaction, so frames are gathered before one begins:
# enough of them to make its cost small, few enough to hold them in memory.
_MOST_FRAMES: Final = 200
_MOST_BYTES: Final = 32 * 1024 * 1024


class TransactionalPublisher:
    """Publishes frames and the place up to which the failures topic is settled, all or nothing.

    Args:
        settings: Cluster and topics.
        group: Whose place it is.
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
        self._frames: list[ReplayedFrame] = []
        self._bytes = 0
        self._places: Places = {}
        self._committed: Places | None = None

    def open(self) -> None:
        """End what an earlier run left open.

        Raises:
            BusError: The cluster does not let us.
        """
        self._call(
            "init_transactions", self._producer.producer.init_transactions, self._start_seconds
        )

    def publish(self, frame: ReplayedFrame) -> None:
        """Keep it for the next transaction."""
        self._frames.append(frame)
        self._bytes += len(frame.value)

    def passed(self, places: Places) -> None:
        """Note the places; commit if there is enough.

        Raises:
            BusError: Nothing of the transaction was committed; or nobody knows.
        """
        self._places = dict(places)
        if len(self._frames) >= _MOST_FRAMES or self._bytes >= _MOST_BYTES:
            self._commit()

    def close(self) -> None:
        """Commit the rest, and the place in any case.

        Raises:
            BusError: As :meth:`passed`.
        """
        if self._frames or self._places != self._committed:
            self._commit()

    def serve(self) -> None:
        """Nothing is on its way between two transactions."""

    def _commit(self) -> None:
        producer = self._producer.producer
        places = [
            TopicPartition(self._topic, number, offset) for number, offset in self._places.items()
        ]
        metadata = self._metadata()

        def send_places(seconds: float) -> None:
            producer.send_offsets_to_transaction(places, metadata, seconds)

        self._call("begin_transaction", lambda _: producer.begin_transaction(), self._timeout)
        try:
            for frame in self._frames:
                self._producer.send(frame)
            self._producer.flush(self._timeout)
            self._call("send_offsets_to_transaction", send_places, self._timeout)
            self._call("commit_transaction", producer.commit_transaction, 2 * self._timeout)
        except BusError as failed:
            self._abort()
            raise BusError(
                f"{failed}. What is not committed for the group {self._group} is taken by its next "
                "run; of two of its runs at once the older ends so."
            ) from failed
        self._committed = self._places
        self._frames, self._bytes = [], 0

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
