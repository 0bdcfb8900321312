"""The place in each partition, who is asked about it, and what was passed over."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import structlog

from platestream.bus.clients.end_offsets import Ends
from platestream.bus.clients.topics import TopicIdentity
from platestream.bus.partitions import Marks, Partition
from platestream.telemetry.labels import SkipReason
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)

Policy = Literal["earliest", "latest", "error"]
Open = Literal["assigned", "refused", "recreated"]


class AsksBrokers(Protocol):
    """What is needed of :class:`~platestream.bus.clients.end_offsets.EndOffsets`."""

    answer: Ends | None

    def ask(self) -> None:
        """Ask at once, and for what is committed, too."""


class SuspendsPartitions(Protocol):
    """What is needed of :class:`~platestream.bus.clients.membership.Assignment`."""

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

    def position(self, partition: Partition) -> int | None:
        """The offset before which all of them are at their end; None where that is not known."""

    def begin(self, partition: Partition, offset: int) -> None:
        """Forget them; the partition is read from ``offset`` on."""

    def abandon(self, partition: Partition) -> None:
        """Forget them; there is nothing to commit them to, and nothing else to read."""


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
        kept: The first offset that was kept then, and the end; None before the first look.
        vanished: Whether the topic that has the name now has no such partition.
    """

    identity: TopicIdentity | None = None
    open: Open | None = "assigned"
    since: float = field(default_factory=time.monotonic)
    offset: int | None = None
    target: int | None = None
    unread: int = 0
    kept: tuple[int, int] | None = None
    vanished: bool = False

    def reopen(self, what: Open, offset: int | None, since: float | None = None) -> None:
        """Note what is to be settled anew; ``since``: with an answer that is there already."""
        self.open, self.offset, self.target = what, offset, None
        self.since = time.monotonic() if since is None else since

    def behind(self, position: int | None, read: int | None = None) -> int:
        """How many messages are known to be kept from ``position`` on.

        Those that were there when last looked at, and those before ``read`` that came since.
        """
        if position is None:
            return self.unread
        first, end = self.kept or (0, 0)
        return max(0, max(end, read or 0) - max(position, first))


class Skipped:
    """Counts and says what is passed over unread.

    Counts are of offsets, so transaction markers count as frames, too.

    Args:
        metrics: Where they are counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def deleted(self, partition: Partition, offset: int, first: int) -> None:
        """Retention, or somebody, deleted what is before ``first``; ``offset`` was to be read."""
        self._note("retention", partition, offset, first, frames=first - offset)

    def recreated(
        self, partition: Partition, offset: int | None, unread: int, first: int | None
    ) -> None:
        """Another topic has the name; ``unread`` messages of the old one had not been read.

        Where ``first`` is None the new one has no such partition, or none that is ours.
        That is what was unread when last looked at: a few may have been read since.
        """
        self._note("topic_recreated", partition, offset, first, frames=unread)

    def truncated(self, partition: Partition, offset: int, end: int, first: int) -> None:
        """The log ends before ``offset``: brokers lost its end. It is read again from the start."""
        self._note("log_truncated", partition, offset, first, frames=0, end=end)

    def started_at_end(self, partition: Partition, first: int, end: int) -> None:
        """A group without offsets begins at the end, as the settings say."""
        self._note("offset_reset", partition, first, end, frames=end - first)

    def offset_set(
        self, partition: Partition, offset: int, first: int | None, end: int | None
    ) -> None:
        """The committed offset is not this service's own: somebody set it.

        How much that passes over is known to nobody, since it took the place of the old one.
        """
        kept = {"first_kept": first, "end": end}
        self._note("offset_reset", partition, None, offset, frames=0, **kept)

    def _note(
        self,
        reason: SkipReason,
        partition: Partition,
        offset: int | None,
        goes_on_at: int | None,
        *,
        frames: int,
        **more: int | None,
    ) -> None:
        self._metrics.position_resets.labels(reason).inc()
        self._metrics.frames_skipped.labels(reason).inc(frames)
        _log.warning(
            "position_reset",
            reason=reason,
            topic=partition.topic,
            partition=partition.number,
            offset=offset,
            goes_on_at=goes_on_at,
            frames_skipped=frames,
            **more,
        )


class LeftPlaces:
    """The last places in partitions that were taken away, until it is known what became of them.

    With a topic that is deleted its partitions are taken away, mostly before anybody could see that
    another one has its name. Whoever is given the new one's partitions knows nothing of the old.

    Args:
        skipped: Counts and says what was passed over.
    """

    def __init__(self, skipped: Skipped) -> None:
        self._skipped = skipped
        self._left: dict[Partition, Place] = {}

    def add(self, partition: Partition, place: Place, frames: FramesInFlight) -> None:
        """Keep ``place``; what is in flight of ``frames`` is let go of now."""
        if place.identity is None or place.vanished:
            return
        position = frames.position(partition)
        place.unread = place.behind(position, frames.next_offset(partition))
        place.reopen("recreated", position)
        self._left[partition] = place

    def look(self, answer: Ends, identity: TopicIdentity) -> None:
        """Count what went with its topic. Where it is still the same one, the next owner knows."""
        for partition, place in tuple(self._left.items()):
            if place.identity is not None and place.identity.replaced(identity):
                first = answer.firsts.get(partition)
                self._skipped.recreated(partition, place.offset, place.unread, first)
            elif answer.asked_at < place.since:
                continue
            del self._left[partition]
