"""Where each partition is read from: settled before it is read, and watched while it is.

librdkafka would go on in silence where messages are gone, and at the old offset in a topic that was
deleted and made anew. So it is configured to stop at an offset that is not there
(``auto.offset.reset: error``), every answer of the brokers is looked at for another topic, and what
then happens is decided here, counted and said.
"""

import time
from collections.abc import Iterable
from typing import Final

import structlog

from platestream.bus.clients.end_offsets import Ends
from platestream.bus.clients.topics import CommittedOffset, TopicIdentity
from platestream.bus.errors import PositionError
from platestream.bus.flow.places import (
    AsksBrokers,
    FramesInFlight,
    LeftPlaces,
    Place,
    Policy,
    ReadsPartitions,
    Skipped,
)
from platestream.bus.partitions import Partition

_log = structlog.get_logger(__name__)

# Between two questions while a partition waits for the answer: a live broker needs milliseconds.
_ASK_SECONDS: Final = 0.5
# A new partition is read all the same when nobody could say for so long which topic it is: as long
# as all calls of a question may take. The answer that comes later counts, too.
_UNCHECKED_SECONDS: Final = 10.0


class Positions:
    """Settles where partitions are read from. All calls from the polling thread.

    Args:
        ends: Asks the brokers.
        consumer: Its partitions are suspended and restarted; what goes with its commits is kept.
        frames: The frames that were read already.
        policy: ``kafka.auto_offset_reset``.
        skipped: Counts and says what is passed over.
    """

    def __init__(
        self,
        *,
        ends: AsksBrokers,
        consumer: ReadsPartitions,
        frames: FramesInFlight,
        policy: Policy,
        skipped: Skipped,
    ) -> None:
        self._ends = ends
        self._consumer = consumer
        self._assignment = consumer.assignment
        self._frames = frames
        self._policy = policy
        self._skipped = skipped
        self._places: dict[Partition, Place] = {}
        self._left = LeftPlaces(skipped)
        self._seen: Ends | None = None
        self._identity: TopicIdentity | None = None
        self._recreated = False  # while this process ran
        self._next_ask = 0.0

    def assigned(self, partitions: Iterable[Partition]) -> None:
        """Read none of them before it is known which topic the committed offsets are of."""
        for partition in partitions:
            self._places[partition] = Place()
            self._assignment.suspend(partition)

    def gone(self, partitions: Iterable[Partition]) -> None:
        """Let go of partitions that are no longer ours; before their frames are let go of."""
        for partition in partitions:
            if (place := self._places.pop(partition, None)) is not None:
                self._left.add(partition, place, self._frames)

    def refused(self, partition: Partition, offset: int | None) -> None:
        """Note that the brokers have no ``offset`` of ``partition``; None: nothing is committed."""
        place = self._places.get(partition)
        if place is not None and place.open != "recreated":
            place.reopen("refused", None if offset is None or offset < 0 else offset)
            self._assignment.suspend(partition)

    def step(self) -> None:
        """Settle what can be settled by now. Never blocks.

        Raises:
            PositionError: The policy is ``error``, and a partition cannot be read on.
        """
        answer = self._ends.answer
        if answer is not None and answer is not self._seen:
            self._seen = answer
            if answer.identity is not None:
                self._compare(answer, answer.identity)
        waiting = [(p, place) for p, place in self._places.items() if place.open is not None]
        for partition, place in waiting:
            if place.target is None and answer is not None and answer.asked_at >= place.since:
                self._settle(partition, place, answer)
            if place.target is not None:
                self._restart(partition, place, place.target)
        now = time.monotonic()
        if any(p.open is not None and not p.vanished for _, p in waiting) and now >= self._next_ask:
            self._next_ask = now + _ASK_SECONDS
            self._ends.ask()

    def _compare(self, answer: Ends, identity: TopicIdentity) -> None:
        """See whether it is still the same topic, and how much of it is unread."""
        if self._identity is not None and self._identity.replaced(identity):
            ids = {"before": self._identity.topic_id, "now": identity.topic_id}
            _log.error("frames_topic_recreated", **ids)
            self._recreated = True
        self._identity = identity
        self._left.look(answer, identity)
        for partition, place in self._places.items():
            if place.identity is not None and place.identity.replaced(identity):
                if place.open != "recreated":
                    read = self._frames.next_offset(partition)
                    place.reopen("recreated", read, since=answer.asked_at)
                    self._assignment.suspend(partition)
                self._note_vanished(partition, place, answer)
            elif place.open is None:
                self._adopt(partition, place, identity)
                end, read = answer.offsets.get(partition), self._frames.next_offset(partition)
                if end is not None:
                    place.kept = (answer.firsts.get(partition, 0), end)
                    place.unread = 0 if read is None else place.behind(read)

    def _note_vanished(self, partition: Partition, place: Place, answer: Ends) -> None:
        """See whether the new topic has fewer partitions, and this one is not among them.

        Its frames are let go of rather than brought to their ends: brokers take no offset of it,
        and a transaction that holds one fails with the frames of all other partitions.
        """
        if place.vanished or answer.partitions is None or partition.number < answer.partitions:
            return
        if self._policy == "error":
            self._refuse(partition, "the topic was deleted and made anew without it")
        position = self._frames.position(partition)
        unread = place.behind(position, self._frames.next_offset(partition))
        self._frames.abandon(partition)
        self._skipped.recreated(partition, position, unread, None)
        place.unread, place.kept, place.vanished = 0, None, True

    def _adopt(self, partition: Partition, place: Place, identity: TopicIdentity | None) -> None:
        place.identity = identity
        if identity is not None:
            self._consumer.marks[partition] = identity.mark

    def _settle(self, partition: Partition, place: Place, answer: Ends) -> None:
        if place.open == "assigned":
            self._settle_assigned(partition, place, answer)
            return
        first, end = answer.firsts.get(partition), answer.offsets.get(partition)
        if first is None or end is None:
            return
        if place.open == "recreated":
            self._settle_recreated(partition, place, answer, first)
        elif place.offset is None:
            self._settle_start(partition, place, answer, (first, end))
        else:
            self._settle_refused(partition, place, answer, (first, end))

    def _settle_assigned(self, partition: Partition, place: Place, answer: Ends) -> None:
        if answer.committed is None:
            if time.monotonic() - place.since < _UNCHECKED_SECONDS:
                return
            _log.warning("topic_not_identified", partition=partition.number)
        found = (answer.committed or {}).get(partition.number)
        identity = answer.identity
        if found is not None and identity is not None:
            owner = TopicIdentity.of_mark(found.mark)
            if owner is not None and owner.replaced(identity):
                place.reopen("recreated", found.offset, since=answer.asked_at)
                return
            if owner != identity:
                self._note_set_elsewhere(partition, found, answer)
            self._frames.begin(partition, found.offset)
        self._adopt(partition, place, identity)
        place.open = None
        self._assignment.unsuspend(partition)

    def _note_set_elsewhere(
        self, partition: Partition, found: CommittedOffset, answer: Ends
    ) -> None:
        """Say where it goes on. What was read before is known to nobody: the old offset is gone."""
        first, end = answer.firsts.get(partition), answer.offsets.get(partition)
        self._skipped.offset_set(partition, found.offset, first, end)

    def _settle_recreated(
        self, partition: Partition, place: Place, answer: Ends, first: int
    ) -> None:
        if self._policy == "error":
            self._refuse(partition, "the topic was deleted and made anew")
        # Frames of the old topic can be read from nowhere again, so they are brought to their ends.
        if self._frames.busy(partition):
            return
        self._frames.begin(partition, first)
        if not place.vanished:
            self._skipped.recreated(partition, place.offset, place.unread, first)
        place.unread, place.kept, place.vanished = 0, None, False
        self._adopt(partition, place, answer.identity)
        place.target = first

    def _settle_start(
        self, partition: Partition, place: Place, answer: Ends, kept: tuple[int, int]
    ) -> None:
        """Where the group begins with a partition; ``kept`` is the first offset, and the end."""
        first, end = kept
        if self._policy == "error":
            self._refuse(partition, "no offset is committed")
        if self._policy == "latest" and answer.committed is None:
            return
        self._adopt(partition, place, answer.identity)
        # A group with offsets of other partitions has not seen this one yet: it came later. And
        # the offsets that the brokers deleted with the topic were no wish to begin at an end.
        is_new = not answer.committed and not self._recreated
        if self._policy == "latest" and is_new:
            self._skipped.started_at_end(partition, first, end)
            place.target = end
            # Else the next who is given the partition would begin at an end that is further on.
            self._consumer.commit({partition: end}, wait=False)
            return
        _log.info("partition_starts", partition=partition.number, offset=first, end=end)
        self._frames.begin(partition, first)
        place.target = first

    def _settle_refused(
        self, partition: Partition, place: Place, answer: Ends, kept: tuple[int, int]
    ) -> None:
        first, end = kept
        offset = place.offset or 0
        if self._policy == "error":
            self._refuse(partition, f"offset {offset} is not kept: {first} to {end} are")
        self._adopt(partition, place, answer.identity)
        place.target = offset if first <= offset <= end else first
        if offset < first:
            self._skipped.deleted(partition, offset, first)
        elif offset > end:
            self._skipped.truncated(partition, offset, end, first)

    def _refuse(self, partition: Partition, why: str) -> None:
        where = f"partition {partition.number} of {partition.topic} cannot be read on"
        raise PositionError(f"{where}: {why}, and kafka.auto_offset_reset is error")

    def _restart(self, partition: Partition, place: Place, offset: int) -> None:
        if self._assignment.restart(partition, offset):
            place.open = place.target = None
            self._assignment.unsuspend(partition)
