"""A transaction on its way to its end, as the polling thread and the worker both see it.

``send_offsets_to_transaction`` does not keep its time-out (librdkafka 2.16 and before, issue 5456):
while it looks for the group's coordinator it waits for a connection of any broker to come or go,
and the coordinator's own connection is no longer among them once that broker was reported dead
(issue 5511). So an ending says which call it is in and when that must be back, for the polling
thread to look at; and the producer closes idle connections, which wakes such a call up
(``connections.max.idle.ms`` in :mod:`~platestream.bus.clients.configuration`).
"""

import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from platestream.bus.delivery.patience import Patience
from platestream.bus.delivery.transactions.outcomes import Outcome
from platestream.bus.partitions import Partition

# Each call of the worker has a time by which it must be back. One that does not keep it would stop
# the stream without a word. 5 s on top: its clock starts a moment after ours, and on a machine with
# no processor to spare threads run late.
_HANG_SECONDS: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Ending:
    """A transaction on its way to its end.

    Attributes:
        offsets: To be committed with it; None to abort it.
        group_metadata: Who we were in the group when the frames were ours.
        topics: Where its records go; for messages.
        outcome: How it ended; None while it has not.
        reason: Why it was not committed.
        call: What the worker asks the client for; for messages.
        due: When the client must have answered, by the monotonic clock; infinite while it is not
            asked.
        done: Set when ``outcome`` is there.
    """

    offsets: Mapping[Partition, int] | None
    group_metadata: Any = None
    topics: tuple[str, ...] = ()
    outcome: Outcome | None = None
    reason: str = ""
    call: str = ""
    due: float = math.inf
    done: threading.Event = field(default_factory=threading.Event)
    _cancelled: bool = False
    _hanging: Patience = field(default_factory=lambda: Patience(_HANG_SECONDS))

    @property
    def cancelled(self) -> bool:
        """Whether it is to be aborted unless its commit is already asked for."""
        return self._cancelled

    def cancel(self) -> None:
        """Abort it, unless its commit is already asked for."""
        self._cancelled = True

    def hangs(self) -> bool:
        """Whether the client does not come back from ``call``; for the polling thread to ask.

        It must ask again and again: see :class:`~platestream.bus.delivery.patience.Patience`.
        """
        return self._hanging.exhausted(amiss=time.monotonic() > self.due)
