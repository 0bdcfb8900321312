"""What is known of the place in each partition, and who is asked about it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from platestream.bus.clients.ends import Ends
from platestream.bus.clients.identity import TopicIdentity
from platestream.bus.partitions import Marks, Partition

Policy = Literal["earliest", "latest", "error"]
Open = Literal["assigned", "refused", "recreated"]


class AsksBrokers(Protocol):
    """What is needed of :class:`~platestream.bus.clients.ends.EndOffsets`."""

    answer: Ends | None

    def ask(self) -> None:
        """Ask at once, and for what is committed, too."""


class SuspendsPartitions(Protocol):
    """What is needed of :class:`~platestream.bus.clients.assignment.Assignment`."""

    def suspend(self, partition: Partition) -> None:
        """Let polls bring no messages of ``partition``."""

    def unsuspend(self, partition: Partition) -> None:
        """End that."""

    def restart(self, partition: Partition, offset: int) -> bool:
        """Read on from ``offset``; whether that was possible just now."""


class ReadsPartitions(Protocol):
    """What is needed of :class:`~platestream.bus.clients.consumer.FrameConsumer`."""

    marks: Marks

    @property
    def assignment(self) -> SuspendsPartitions:
        """The partitions that are ours."""

    def commit(self, offsets: Mapping[Partition, int], *, wait: bool) -> None:
        """Commit ``offsets``."""


class FramesInFlight(Protocol):
    """What is needed of the frames of a partition that were read already."""

    def busy(self, partition: Partition) -> bool:
        """Whether one of them is on its way to its end."""

    def next_offset(self, partition: Partition) -> int | None:
        """The offset behind the last of them; None where there is none."""

    def begin(self, partition: Partition, offset: int) -> None:
        """Forget them; the partition is read from ``offset`` on."""


@dataclass(slots=True)
class Place:
    """What is known of the place in one partition.

    Attributes:
        identity: The topic that it is in; None while that is not known.
        open: What has to be settled before more is read; None where nothing has.
        since: Only answers of questions that were asked later settle it.
        offset: The offset that was refused; None where nothing is committed.
        target: Where to go on, once the client does it.
        unread: How many messages were unread when last looked at.
    """

    identity: TopicIdentity | None = None
    open: Open | None = "assigned"
    since: float = field(default_factory=time.monotonic)
    offset: int | None = None
    target: int | None = None
    unread: int = 0

    def reopen(self, what: Open, offset: int | None, since: float | None = None) -> None:
        """Note what is to be settled anew; ``since``: with an answer that is there already."""
        self.open, self.offset, self.target = what, offset, None
        self.since = time.monotonic() if since is None else since
