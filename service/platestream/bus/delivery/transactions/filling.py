"""The transaction that is being filled: begun with its first frame, due when full or old enough."""

import time
from typing import Any

from confluent_kafka import KafkaException

from platestream.bus.delivery.patience import Patience
from platestream.bus.delivery.protocol import GroupMember
from platestream.bus.delivery.setbacks import Setbacks
from platestream.bus.delivery.transactions.frames import TransactionFrames
from platestream.bus.delivery.transactions.publisher import TransactionalPublisher
from platestream.bus.errors import DeliveryError, error_of


class OpenTransaction:
    """Begins a transaction, moves frames into it, and tells when it may be handed over.

    Args:
        publisher: Where records go.
        frames: Those that wait, and those of the transaction.
        member: Who we are in the group.
        setbacks: How long to wait after an abort.
        linger: Seconds for which it gathers frames.
        timeout: ``transaction.timeout.ms`` in seconds.

    Attributes:
        begun: Whether there is one; it stays so until :meth:`close`.
        begun_at: When the latest was begun, by the monotonic clock.
    """

    def __init__(
        self,
        publisher: TransactionalPublisher,
        frames: TransactionFrames,
        member: GroupMember,
        setbacks: Setbacks,
        *,
        linger: float,
        timeout: float,
    ) -> None:
        self._publisher = publisher
        self._frames = frames
        self._member = member
        self._setbacks = setbacks
        self._linger = linger
        self._timeout = timeout
        self._nameless = Patience(timeout)
        self.begun = False
        self.begun_at = 0.0

    @property
    def due(self) -> bool:
        """Whether it is to be committed now."""
        if not self._frames.sent:
            return False
        return self._frames.full or time.monotonic() >= self.begun_at + self._linger

    def fill(self) -> None:
        """Move frames in, and produce their records, as far as it goes."""
        frames = self._frames
        while frames.spoilt is None and frames.produce():
            if not frames.next_may_join or not self._begin():
                return
            frames.take_next()

    def proof(self) -> Any | None:
        """What proves that the partitions of its frames are ours; None while nothing does.

        Between two memberships there is nothing: the frames will be dropped, or proven ours.

        Raises:
            DeliveryError: Nothing did, for so long that the coordinator has given it up.
        """
        metadata = self._member.group_metadata()
        if self._nameless.exhausted(amiss=metadata is None):
            raise DeliveryError("no place in the group to commit from, for too long")
        return metadata

    def close(self) -> None:
        """Note that it has ended; the next one may begin."""
        self.begun = False

    def _begin(self) -> bool:
        """Whether a transaction is open; begins one where it may."""
        if self.begun:
            return True
        if self._setbacks.pausing:
            return False
        try:
            self._publisher.begin()
        except KafkaException as exception:
            error = error_of(exception)
            reason = f"no transaction begins: {error.name()}: {error.str()}"
            self._frames.failure = self._frames.failure or DeliveryError(reason)
            return False
        self.begun = True
        self.begun_at = time.monotonic()
        # When it is over the coordinator has given the transaction up: nothing left to prove.
        self._nameless = Patience(self._timeout)
        return True
