"""Messages from the consumer into the flow, under back-pressure: intake stops, polling never."""

import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from confluent_kafka import Message

from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.delivery.protocol import Delivery
from platestream.bus.errors import StopOrder
from platestream.bus.flow.frame_flow import FrameFlow
from platestream.bus.flow.holding import WaitingPartitions
from platestream.bus.partitions import Ledgers, Partition
from platestream.stream.budget import InFlightBudget
from platestream.stream.pipeline import PipelineFullError
from platestream.telemetry.metrics import Metrics

# How long a poll may wait, by what else there is to do. The shortest is what a finished frame may
# wait for its acknowledgement to be seen; the longest is how late a stop is noticed.
POLL_DELIVERING: Final = 0.005
POLL_READING: Final = 0.02
_POLL_IDLE: Final = 0.1
# Between two questions for what is committed, should the coordinator not answer.
_QUESTION_SECONDS: Final = 5.0
# Messages taken between two looks at what is finished.
_BURST: Final = 64


class Intake:
    """Polls, and takes in what the budget has room for. All calls from the polling thread.

    Args:
        consumer: Brings the messages; paused while there is no room.
        flow: Takes them.
        ledgers: The ledgers of the partitions that are ours.
        delivery: Whose acknowledgements a poll must not delay.
        waiting: Knows whose messages are to be passed over.
        budget: What may be in flight.
        stop: Once given, a paused consumer stays so.
        metrics: Where back-pressure is timed.
    """

    def __init__(
        self,
        *,
        consumer: FrameConsumer,
        flow: FrameFlow,
        ledgers: Ledgers,
        delivery: Delivery,
        waiting: WaitingPartitions,
        budget: InFlightBudget,
        stop: StopOrder,
        metrics: Metrics,
    ) -> None:
        self._consumer = consumer
        self._flow = flow
        self._ledgers = ledgers
        self._delivery = delivery
        self._waiting = waiting
        self._budget = budget
        self._stop = stop
        self._metrics = metrics
        self._next_question = 0.0
        self._carried: deque[Message] = deque()  # polled, and no room for them yet
        self._paused_at: float | None = None

    def step(self) -> None:
        """Take in what was carried over, then a burst of what polls bring.

        Raises:
            BusError: If the consumer failed.
            ReaderBrokenError: If the reader is broken.
        """
        while self._carried and self._budget.open and self._take(self._carried[0]):
            self._carried.popleft()
        if not self._carried:  # else messages before the end are not taken in yet
            self._note_ends()
        timeout = self._poll_timeout()
        for _ in range(_BURST):
            message = self._consumer.poll(timeout)
            if message is None:
                return
            # Only a message that was on its way when the consumer was paused is carried over.
            if self._carried or not self._budget.open or not self._take(message):
                self._carried.append(message)
            self.press_back()
            if self._consumer.assignment.paused:
                return
            timeout = 0.0

    def press_back(self) -> None:
        """Pause and resume the consumer as the budget says; polling goes on all the while."""
        now = time.monotonic()
        if self._paused_at is not None:
            self._metrics.backpressure_seconds.inc(now - self._paused_at)
            self._paused_at = now
        full = not self._budget.open or bool(self._carried)
        if full and not self._consumer.assignment.paused:
            self._consumer.assignment.pause()
            self._paused_at = now
        elif not full and self._consumer.assignment.paused and not self._stop.given:
            self._consumer.assignment.resume()
            self._paused_at = None

    def forget(self, partitions: Iterable[Partition]) -> None:
        """Forget the messages of ``partitions`` that were polled and not taken in."""
        gone = set(partitions)
        self._carried = deque(
            message for message in self._carried if _partition_of(message) not in gone
        )
        for partition in gone:
            self._consumer.ends.pop(partition, None)

    def busy(self, partition: Partition) -> bool:
        """Whether a frame of ``partition`` is on its way to its end."""
        return self._flow.busy([partition])

    def next_offset(self, partition: Partition) -> int | None:
        """The offset that ``partition`` is read from next, as far as it is known."""
        return self._flow.next_offset(partition)

    def position(self, partition: Partition) -> int | None:
        """The offset before which all of ``partition`` is delivered, as far as it is known."""
        ledger = self._ledgers.get(partition)
        return None if ledger is None else ledger.position

    def abandon(self, partition: Partition) -> None:
        """Forget what is left of ``partition``, which is not there any more."""
        self.forget([partition])
        self._waiting.gone([partition])
        self._consumer.assignment.let_go(partition)
        self._flow.drop([partition], "position_reset")
        self._flow.assign([partition])

    def begin(self, partition: Partition, offset: int) -> None:
        """Forget what is left of ``partition``: it is read from ``offset`` on."""
        self.forget([partition])
        self._waiting.gone([partition])
        self._consumer.assignment.let_go(partition)
        self._flow.park(partition, offset, "position_reset")

    def end(self) -> None:
        """Take nothing in any more."""
        self._carried.clear()
        self._consumer.assignment.pause()

    def poll_only(self) -> None:
        """Poll, so that the group stays as it is.

        A message that was on its way is let go: its offset is not committed.
        """
        self._consumer.poll(self._poll_timeout())

    def _note_ends(self) -> None:
        """Tell the ledgers of ends that were reached, once it is known where they began."""
        ends = self._consumer.ends
        if not ends:
            return
        ours = {p: ledger for p in ends if (ledger := self._ledgers.get(p)) is not None}
        unknown = [p for p, ledger in ours.items() if ledger.position is None]
        if unknown and time.monotonic() >= self._next_question:
            self._next_question = time.monotonic() + _QUESTION_SECONDS
            for partition, offset in self._consumer.assignment.committed(unknown).items():
                ours[partition].begin(offset)
            unknown = []  # where nothing is committed there is nothing to be behind of
        for partition in [p for p in ends if p not in unknown]:
            offset = ends.pop(partition)
            if partition in ours and not self._waiting.parked(partition):
                ours[partition].reach(offset)

    def _take(self, message: Message) -> bool:
        """Whether the message was taken in; else it is to be carried over."""
        if self._waiting.parked(_partition_of(message)):
            return True  # it is read again when its partition goes on
        try:
            self._flow.take(message)
        except PipelineFullError:  # frames of lost partitions are still in inference
            return False
        return True

    def _poll_timeout(self) -> float:
        if self._flow.finished_waiting:
            return 0.0
        if self._delivery.waiting:
            return POLL_DELIVERING
        return POLL_READING if self._flow.in_flight else _POLL_IDLE


def _partition_of(message: Message) -> Partition:
    return Partition(message.topic() or "", message.partition() or 0)
