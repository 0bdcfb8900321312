"""Our place in the group, and the partitions that come with it."""

import json
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, Final

import structlog
from confluent_kafka import OFFSET_STORED, Consumer, KafkaException

from platestream.bus.errors import error_of
from platestream.bus.partitions import Partition
from platestream.telemetry.metrics import Metrics

# How often the client is asked: the question goes through a queue of its own thread, so not with
# every poll, and a second is little beside what a rejoin takes.
_LOOK_SECONDS: Final = 1.0
# How librdkafka writes a group's metadata down: this, the generation in four bytes, names. It is
# the only way to it from here, and the callbacks do without it.
_FORM: Final = b"CGMDv2:"


class Membership:
    """Our place in the group. All calls from the polling thread, except to :meth:`held`.

    A rebalance takes partitions, not the place: a member keeps its generation until it has the
    next. Without a generation the group goes on without us. The callbacks alone would not do: a
    stand-by has nothing to lose, and with the new group protocol it hears of no assignment.

    Who has not reached the group's coordinator for a session time-out has no place either,
    whatever the client believes: with the new protocol it goes on as a member for ever.

    Args:
        session_seconds: The session time-out.
        clock: The monotonic clock.
    """

    def __init__(
        self, session_seconds: float = 45.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session_seconds = session_seconds
        self._clock = clock
        self._joined = False
        self._out_since: float | None = None
        self._away_since: float | None = None
        self._next_look = 0.0

    def gained(self) -> None:
        """Note that we are in the group."""
        self._joined = True
        self._out_since = None

    def lost(self) -> None:
        """Note that the group goes on without us."""
        if self._out_since is None:
            self._out_since = self._clock()

    def look(self, consumer: Consumer) -> None:
        """Look, now and then, whether the client has a generation of the group."""
        now = self._clock()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_SECONDS
        generation = generation_of(consumer.consumer_group_metadata())
        if generation is None:
            return
        # The client takes the member's name away when the session is over, but leaves the last
        # generation in the metadata.
        if generation > 0 and consumer.memberid():
            self.gained()
        elif self._joined:
            self.lost()

    def statistics(self, document: str) -> None:
        """Take the client's statistics in (``stats_cb``): they say whether it has a coordinator."""
        group = json.loads(document).get("cgrp")
        if group is None:
            return
        if group.get("state") == "up":
            self._away_since = None
        elif self._away_since is None:
            self._away_since = self._clock()

    def held(self, grace: float) -> bool:
        """Whether we have a place, or have been without one for less than ``grace`` seconds."""
        if not self._joined:
            return False
        now = self._clock()
        out_since, away_since = self._out_since, self._away_since
        if away_since is not None and now - away_since >= self._session_seconds + grace:
            return False
        return out_since is None or now - out_since < grace


def generation_of(metadata: Any) -> int | None:
    """The generation in a group's metadata, -1 outside of the group; None in an unknown form."""
    if not isinstance(metadata, bytes) or not metadata.startswith(_FORM):
        return None
    return int.from_bytes(metadata[len(_FORM) : len(_FORM) + 4], "little", signed=True)


_log = structlog.get_logger(__name__)

# Asked in the polling thread, once for each assignment: a live coordinator answers in milliseconds.
_COMMITTED_SECONDS: Final = 1.0


class Assignment:
    """The partitions that the group has given us. All calls from the polling thread.

    There are three reasons for a partition to be silent: all are paused, this one is held, or it is
    suspended until it is known where to read it from.

    Args:
        consumer: Whose partitions.
        metrics: Where they are counted.
        incremental: Whether the group's protocol changes assignments partition by partition.

    Attributes:
        paused: Whether polls bring no messages at all.
    """

    def __init__(self, consumer: Consumer, metrics: Metrics, *, incremental: bool = True) -> None:
        self._consumer = consumer
        self._incremental = incremental
        self._metrics = metrics
        self._partitions: set[Partition] = set()
        self._held: set[Partition] = set()
        self._suspended: set[Partition] = set()
        self._restarted: dict[Partition, int] = {}
        self.paused = False

    @property
    def partitions(self) -> frozenset[Partition]:
        """The partitions that are ours."""
        return frozenset(self._partitions)

    @property
    def held(self) -> frozenset[Partition]:
        """The partitions that :meth:`hold` keeps silent."""
        return frozenset(self._held)

    def add(self, partitions: Collection[Partition]) -> None:
        """Note partitions that the client reads now."""
        self._partitions.update(partitions)
        # A pause outlives a rebalance: partitions that come back would stay silent for ever.
        self._apply(partitions)
        self._metrics.assigned_partitions.set(len(self._partitions))

    def remove(self, partitions: Collection[Partition]) -> None:
        """Note partitions that are no longer ours."""
        self._partitions.difference_update(partitions)
        self._held.difference_update(partitions)
        self._suspended.difference_update(partitions)
        for partition in partitions:
            self._restarted.pop(partition, None)
        self._metrics.assigned_partitions.set(len(self._partitions))

    def pause(self) -> None:
        """Let polls bring no messages, of partitions that come later neither."""
        self.paused = True
        self._metrics.consumer_paused.set(1)
        self._apply(self._partitions)

    def resume(self) -> None:
        """Let polls bring messages again."""
        self.paused = False
        self._metrics.consumer_paused.set(0)
        self._apply(self._partitions)

    def hold(self, partition: Partition) -> None:
        """Let polls bring no messages of ``partition``, whatever the others do."""
        self._held.add(partition)
        self._apply([partition])

    def let_go(self, partition: Partition) -> None:
        """End :meth:`hold`."""
        self._held.discard(partition)
        if partition in self._partitions:
            self._apply([partition])

    def suspend(self, partition: Partition) -> None:
        """Let polls bring no messages of ``partition``, be it added only later."""
        self._suspended.add(partition)
        if partition in self._partitions:
            self._apply([partition])

    def unsuspend(self, partition: Partition) -> None:
        """End :meth:`suspend`."""
        self._suspended.discard(partition)
        if partition in self._partitions:
            self._apply([partition])

    def restart(self, partition: Partition, offset: int) -> bool:
        """Read on from ``offset``, also where the client gave the partition up, as seek() refuses.

        Whether that was possible just now; else try again later.
        """
        try:
            if self._incremental:
                with suppress(KafkaException):  # a try before this one got no further
                    self._consumer.incremental_unassign([partition.bare()])
                self._consumer.incremental_assign([partition.at(offset)])
            else:
                others = self._consumer.position([p.bare() for p in self._partitions])
                read = {Partition.of(p): p.offset for p in others if p.offset >= 0}
                self._restarted[partition] = offset
                # Not read yet: from where it was restarted, or the committed offset.
                starts = dict.fromkeys(self._partitions, OFFSET_STORED) | self._restarted | read
                starts[partition] = offset
                self._consumer.assign([p.at(at) for p, at in starts.items()])
        except KafkaException as exception:
            # In the middle of a rebalance, say; this is tried with every turn of the loop.
            _log.debug("not_restarted", error=error_of(exception).name())
            return False
        self._apply(self._partitions)
        return True

    def committed(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """What the group has committed of ``partitions``, where that is known within a second."""
        try:
            answers = self._consumer.committed(
                [partition.bare() for partition in partitions], timeout=_COMMITTED_SECONDS
            )
        except KafkaException:
            return {}
        return {
            Partition.of(answer): answer.offset
            for answer in answers
            if answer.error is None and answer.offset >= 0
        }

    def rewind(self, partition: Partition, offset: int) -> bool:
        """Read on from ``offset``. Whether that was possible just now; else try again later."""
        try:
            self._consumer.seek(partition.at(offset))
        except KafkaException as exception:
            _log.warning("not_rewound", error=error_of(exception).name())
            return False
        return True

    def _apply(self, partitions: Collection[Partition]) -> None:
        alone = self._held | self._suspended
        silent = [p.bare() for p in partitions if self.paused or p in alone]
        others = [p.bare() for p in partitions if not (self.paused or p in alone)]
        if silent:
            self._consumer.pause(silent)
        if others:
            self._consumer.resume(others)
