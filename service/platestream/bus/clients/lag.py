"""Consumer lag: how far the brokers' ends are ahead of what is committed.

The consumer's own cached high watermarks come with fetched messages, so they stand still while
back-pressure pauses a partition: just when the lag grows. So the brokers are asked
(:mod:`~platestream.bus.clients.end_offsets`), and nothing here waits for the answer.

A lag that is not known has no series: a number that stands still would be a lie that no alert sees.

How long the oldest of these frames has waited follows from the same answers: it came after the
last one by which its offset was not there yet, whatever its sender's clock says. Of frames that
were there before the first answer that is only known from below: since that answer.
"""

import time
from bisect import bisect_right
from collections.abc import Collection, Mapping
from typing import Protocol

import structlog

from platestream.bus.clients.client_log import LogThrottle
from platestream.bus.clients.end_offsets import Ends
from platestream.bus.partitions import Ledgers, Partition
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


class AsksEnds(Protocol):
    """What is needed of :class:`~platestream.bus.clients.end_offsets.EndOffsets`."""

    answer: Ends | None

    @property
    def patience(self) -> float:
        """Seconds after which an answer says nothing any more."""

    def want(self, partitions: Collection[Partition]) -> None:
        """Ask for these from now on."""

    def close(self) -> None:
        """Ask no more."""


class ArrivalTimes:
    """When the messages of one partition arrived, by when its end was seen where.

    Args:
        most: How many moments are kept; of more, every other one goes, so that a long wait is known
            less exactly but never forgotten.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._seen: list[tuple[float, int]] = []

    def note(self, now: float, end: int) -> None:
        """The partition ended at ``end``; the next message will have this offset."""
        if self._seen and end < self._seen[-1][1]:
            self._seen.clear()  # the topic was made anew, or lost its end
        if len(self._seen) > 1 and self._seen[-1][1] == self._seen[-2][1] == end:
            self._seen.pop()  # nothing came in between: the later moment says it all
        self._seen.append((now, end))
        if len(self._seen) > self._most:
            self._seen = [*self._seen[:-1:2], self._seen[-1]]

    def waited(self, now: float, position: int) -> float:
        """Seconds since the message at ``position`` arrived; 0 where there is none yet."""
        if not self._seen or self._seen[-1][1] <= position:
            return 0.0
        index = bisect_right(self._seen, position, key=lambda seen: seen[1])
        # What was before it is never asked for again: positions only grow.
        del self._seen[: max(0, index - 1)]
        return now - self._seen[0][0]


class LagMonitor:
    """Keeps the lag metric. All calls from the consumer's thread, except to what is gone.

    Args:
        ends: Asks the brokers.
        ledgers: What is committed of the partitions that are ours.
        metrics: Where the lag goes.

    Attributes:
        topic_gone: Whether the brokers said, the last two times, that there is no frames topic.
            Twice, as a broker that has just started may not know all topics yet.
        outputs_gone: Output topics of which they said so the last two times.
    """

    def __init__(self, ends: AsksEnds, ledgers: Ledgers, metrics: Metrics) -> None:
        self._ends = ends
        self._ledgers = ledgers
        self._metrics = metrics
        self._seen: Ends | None = None
        self._fresh_at = time.monotonic()
        self._missing = 0
        self._shown: set[Partition] = set()
        self._arrivals: dict[Partition, ArrivalTimes] = {}
        self._unknown: frozenset[Partition] = frozenset()
        self._troubles = LogThrottle()
        self._outputs_missing: frozenset[str] = frozenset()
        self.topic_gone = False
        self.outputs_gone: frozenset[str] = frozenset()

    def step(self, partitions: Collection[Partition]) -> None:
        """Take the newest answer in. Never blocks, never raises."""
        self._ends.want(partitions)
        answer = self._ends.answer
        now = time.monotonic()
        if answer is not None and answer is not self._seen:
            self._seen, self._fresh_at = answer, now
            if answer.topic_missing is not None:
                self._note_topic(missing=answer.topic_missing)
            if answer.outputs_missing is not None:
                self._note_outputs(answer.outputs_missing)
            self._show(answer, partitions)
            # Of a topic that was made anew with fewer partitions the others have no lag.
            there = answer.partitions
            self._say(answer.reasons, [p for p in partitions if there is None or p.number < there])
        elif now - self._fresh_at > self._ends.patience:
            self._hide(self._shown)
            self._say(dict.fromkeys(partitions, "no answer"), partitions)
        self._hide(self._shown.difference(partitions))
        for partition in self._arrivals.keys() - partitions:
            del self._arrivals[partition]
        if not self._unknown.issubset(partitions):
            self._count(self._unknown.intersection(partitions))

    def close(self) -> None:
        """Ask no more, and show nothing more."""
        self._ends.close()
        self._hide(self._shown)

    def _show(self, answer: Ends, partitions: Collection[Partition]) -> None:
        for partition in partitions:
            ledger = self._ledgers.get(partition)
            end = answer.offsets.get(partition)
            if ledger is not None and end is not None and ledger.position is not None:
                label = (partition.topic, str(partition.number))
                # What is not kept any more is not waiting.
                position = max(ledger.position, answer.firsts.get(partition, 0))
                self._metrics.consumer_lag.labels(*label).set(max(0, end - position))
                arrivals = self._arrivals.setdefault(partition, ArrivalTimes())
                arrivals.note(self._fresh_at, end)
                waited = arrivals.waited(self._fresh_at, position)
                self._metrics.time_behind.labels(*label).set(waited)
                self._shown.add(partition)
        self._hide(self._shown.intersection(answer.reasons))

    def _hide(self, partitions: Collection[Partition]) -> None:
        for partition in tuple(partitions):
            label = (partition.topic, str(partition.number))
            self._metrics.consumer_lag.remove(*label)
            self._metrics.time_behind.remove(*label)
            self._shown.discard(partition)

    def _say(self, reasons: Mapping[Partition, str], partitions: Collection[Partition]) -> None:
        unknown = frozenset(reasons).intersection(partitions)
        self._count(unknown)
        if unknown:
            if trouble := self._troubles.heard("lag"):
                names = sorted({reasons[partition] for partition in unknown})
                _log.warning(
                    "lag_unknown",
                    partitions=len(unknown),
                    error=", ".join(names),
                    seconds=trouble.seconds,
                )
        # Without partitions nothing is known either.
        elif partitions and (trouble := self._troubles.over("lag")):
            _log.info("lag_known", seconds=trouble.seconds)

    def _count(self, unknown: frozenset[Partition]) -> None:
        self._unknown = unknown
        self._metrics.lag_unknown_partitions.set(len(unknown))

    def _note_topic(self, *, missing: bool) -> None:
        self._missing = self._missing + 1 if missing else 0
        self.topic_gone = self._missing > 1
        if self.topic_gone:
            if trouble := self._troubles.heard("topic"):
                _log.error("frames_topic_gone", seconds=trouble.seconds)
        elif trouble := self._troubles.over("topic"):
            _log.warning("frames_topic_back", seconds=trouble.seconds)

    def _note_outputs(self, missing: frozenset[str]) -> None:
        gone, before = missing & self._outputs_missing, self.outputs_gone
        self._outputs_missing, self.outputs_gone = missing, gone
        for topic in sorted(gone - before):
            _log.error("output_topic_gone", topic=topic)
        for topic in sorted(before - gone):
            _log.warning("output_topic_back", topic=topic)
