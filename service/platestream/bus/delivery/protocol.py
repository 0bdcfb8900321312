"""The seam: finished frames in source order become records and committed offsets.

Everything that decides how often a frame's events appear stands behind :class:`Delivery`.
:class:`~platestream.bus.delivery.at_least_once.AtLeastOnceDelivery` waits for the acknowledgement
of all records of a frame, then counts its offset, then commits it.
:class:`~platestream.bus.delivery.transactional.TransactionalDelivery` does the same steps in one
transaction for a group of frames: ``submit`` gathers, ``step`` begins, produces and commits with
the offsets.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from platestream.bus.delivery.publisher import Record
from platestream.bus.partitions import Partition
from platestream.stream.ledger import Entry
from platestream.stream.outcome import FrameOutcome


class FinishedFrame:
    """A frame whose end is known, on its way out.

    Attributes:
        partition: Where it came from.
        entry: Its line in the ledger.
        outcome: Its end.
        records: What is to be published for it, in order; may be empty.
        alone: Whether it is to have a transaction of its own.
        fallback: Makes the records to publish instead when a broker refuses one of ``records``
            for what it is; None when these are already the last resort.
    """

    __slots__ = (
        "alone", "entry", "fallback", "on_the_wire", "outcome", "partition", "records", "refused",
        "released_at", "sent", "unacknowledged",
    )  # fmt: skip

    def __init__(
        self,
        partition: Partition,
        entry: Entry[FrameOutcome],
        outcome: FrameOutcome,
        records: Sequence[Record],
        fallback: Callable[[], tuple[FrameOutcome, Sequence[Record]]] | None,
    ) -> None:
        self.partition = partition
        self.entry = entry
        self.outcome = outcome
        self.records = records
        self.fallback = fallback
        self.alone = False
        self.released_at = time.monotonic()
        self.sent = 0
        self.unacknowledged = 0
        self.on_the_wire = False
        self.refused = False


class Delivery(Protocol):
    """Makes finished frames durable together with their offsets. All calls from one thread."""

    @property
    def waiting(self) -> int:
        """Frames that were submitted and are not delivered."""
        ...

    def start(self) -> None:
        """Get ready; the first call."""
        ...

    def submit(self, frames: Iterable[FinishedFrame]) -> None:
        """Take frames; those of one partition in source order."""
        ...

    def step(self) -> None:
        """Get on with it, without blocking.

        Raises:
            DeliveryError: If frames cannot be delivered; nothing of them was committed.
        """
        ...

    def commit(self, partitions: Collection[Partition], *, wait: bool) -> None:
        """Commit what is delivered of ``partitions``, now; ``wait`` for the answer or not."""
        ...

    def drop(self, partitions: Collection[Partition]) -> None:
        """Forget the frames of partitions that are no longer ours."""
        ...

    def close(self, timeout: float) -> bool:
        """Flush and close. Returns whether everything submitted was delivered."""
        ...

    def abort(self) -> None:
        """Close at once and throw away what is not delivered."""
        ...
