"""The frames in flight: between consumption and delivery, each with its share of the budget.

And the account of them as metrics: what was taken in, and what became of what was delivered.
"""

import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING

from platestream.bus.delivery.protocol import FinishedFrame
from platestream.bus.partitions import Partition
from platestream.stream.budget import InFlightBudget
from platestream.stream.ledger import Entry
from platestream.stream.outcome import FrameOutcome, now_ms
from platestream.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from platestream.telemetry.tracing import FrameTrace


class InFlightFrame:
    """A frame between consumption and delivery.

    Attributes:
        partition: Where it came from.
        entry: Its line in the ledger.
        size: Its share of the budget, bytes.
        payload: The message's value, where a failure is to carry it.
        future: Its outcome, one day; None once it is forgotten.
        trace: Where its way is told of; None where it is not traced.
        needs: What it needs from elsewhere, that could be away; None where it needs nothing.
        through: Whether the pipeline is done with it.
    """

    __slots__ = ("entry", "future", "needs", "partition", "payload", "size", "through", "trace")

    def __init__(
        self,
        partition: Partition,
        entry: Entry[FrameOutcome],
        size: int,
        *,
        payload: bytes | None,
        needs: str | None,
        future: Future[FrameOutcome],
    ) -> None:
        self.partition = partition
        self.entry = entry
        self.size = size
        self.payload = payload
        self.needs = needs
        self.future: Future[FrameOutcome] | None = future
        self.trace: FrameTrace | None = None
        self.through = False


class InFlightFrames:
    """All of them, by their line in the ledger.

    Args:
        budget: What may be in flight.
    """

    def __init__(self, budget: InFlightBudget) -> None:
        self._budget = budget
        self._frames: dict[Entry[FrameOutcome], InFlightFrame] = {}

    def __getitem__(self, entry: Entry[FrameOutcome]) -> InFlightFrame:
        """The frame of ``entry``."""
        return self._frames[entry]

    def add(self, frame: InFlightFrame) -> None:
        """Take ``frame`` into account."""
        self._frames[frame.entry] = frame
        self._budget.take(frame.size)

    def forget(self, frame: InFlightFrame) -> None:
        """Give back its share of the budget; does nothing the second time."""
        if self._frames.pop(frame.entry, None) is not None:
            self._budget.give_back(frame.size)
        if frame.trace is not None:
            frame.trace.drop()
        # The future's callback knows the frame, which knows the future: in a ring, the message
        # would stay in memory until the cycle collector comes by.
        frame.future = None

    def cancel(self, partitions: Collection[Partition]) -> None:
        """Let the frames of ``partitions`` go, as far as the pipeline lets go of them."""
        for frame in self._of(partitions):
            if frame.through:
                self.forget(frame)
            elif frame.future is not None:
                # Its memory counts until the pipeline lets go of it, which the next steps see.
                frame.future.cancel()

    def _of(self, partitions: Collection[Partition]) -> Iterator[InFlightFrame]:
        names = set(partitions)
        return (frame for frame in list(self._frames.values()) if frame.partition in names)


def count_consumed(metrics: Metrics, size: int) -> None:
    """Account for a frame of ``size`` bytes that was taken in."""
    metrics.frames_consumed.inc()
    metrics.frame_bytes.inc(size)


def count_delivered(metrics: Metrics, frame: FinishedFrame) -> None:
    """Account for a frame whose records are all acknowledged."""
    outcome = frame.outcome
    if outcome.frame.trace is not None:
        code = outcome.error.code.code if outcome.error is not None else ""
        outcome.frame.trace.end(error_code=code, plates=len(outcome.readings or ()))
    metrics.frames_processed.labels(outcome.kind).inc()
    metrics.presence.heard(frame.partition, outcome.frame.camera_id)
    metrics.stage_seconds.labels("publish").observe(time.monotonic() - frame.released_at)
    captured = outcome.frame.captured_at
    # A camera whose clock is ahead would give negative times.
    metrics.end_to_end_seconds.observe(max(0.0, (now_ms() - captured) / 1000))
    if outcome.stale is not None:
        metrics.frames_stale.labels(outcome.stale).inc()
    if outcome.error is not None and outcome.kind == "failed":
        metrics.frame_failures.labels(outcome.error.code.code).inc()
    for reading in outcome.readings or ():
        color = reading.plate_color.value
        metrics.plates.labels(color, str(reading.rows)).inc()
        metrics.plate_confidence.labels(color).observe(reading.confidence)
