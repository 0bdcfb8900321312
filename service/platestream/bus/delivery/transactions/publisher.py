"""A producer with transactions: the calls that make one up, and who may make them when.

Between ``begin`` and the hand-over the polling thread has the producer, between the hand-over and
the ending the worker (:mod:`~platestream.bus.delivery.transactions.worker`). librdkafka refuses
overlapping calls anyway.
"""

from collections.abc import Mapping
from typing import Any

from platestream.bus.delivery.publisher import Publisher
from platestream.bus.partitions import Partition


class TransactionalPublisher(Publisher):
    """A publisher whose records belong to transactions. See the module for who may call when."""

    def initialize(self, timeout: float) -> None:
        """Fence producers of the same transactional id and end what they left open."""
        self._producer.init_transactions(timeout)

    def begin(self) -> None:
        """Begin a transaction. Local: it does not wait for a broker."""
        self._producer.begin_transaction()

    def send_offsets(
        self, offsets: Mapping[Partition, int], group_metadata: Any, timeout: float
    ) -> None:
        """Make ``offsets`` part of the transaction, if the group still knows us as it did."""
        positions = [partition.at(offset) for partition, offset in offsets.items()]
        self._producer.send_offsets_to_transaction(positions, group_metadata, timeout)

    def commit(self, timeout: float) -> None:
        """Flush and commit the transaction."""
        self._producer.commit_transaction(timeout)

    def abort(self, timeout: float) -> None:
        """Throw away what is not sent and abort the transaction."""
        self._producer.abort_transaction(timeout)
