"""The frames consumer: every call on it comes from one thread, and that thread always polls."""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Protocol

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from platestream.bus.clients.client_log import client_log, logged
from platestream.bus.clients.membership import Assignment, Membership
from platestream.bus.configuration.properties import seconds_of
from platestream.bus.errors import POSITION_ERRORS, BusError, advised, error_of, is_fatal
from platestream.bus.partitions import Ledgers, Marks, Partition
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)

# With the new group protocol the brokers decide (group.consumer.session.timeout.ms), and tell
# nobody: their default, which is the classic protocol's, too.
_SESSION_MS: Final = 45_000


class RebalanceListener(Protocol):
    """Hears of rebalances, in the polling thread, inside of :meth:`FrameConsumer.poll`."""

    def on_assigned(self, partitions: Sequence[Partition]) -> None:
        """These partitions are ours now."""
        ...

    def on_revoked(self, partitions: Sequence[Partition]) -> None:
        """These go to another member when this returns: finish, commit, let go."""
        ...

    def on_lost(self, partitions: Sequence[Partition]) -> None:
        """These are another member's already: drop, never commit."""
        ...

    def on_no_position(self, partition: Partition, offset: int | None) -> None:
        """``offset`` of ``partition`` cannot be read; None: nothing is committed."""
        ...


class FrameConsumer:
    """A group member on the frames topic.

    Args:
        configuration: librdkafka's settings of the consumer.
        topic: The frames topic.
        ledgers: Where acknowledged commits are noted.
        metrics: Where rebalances, commits, errors and polls are counted.

    Attributes:
        assignment: The partitions that are ours.
        membership: Our place in the group.
        ends: Ends that polls have reached, past transactions' markers; removed by whoever uses one.
        marks: What is kept with the committed offsets of each partition.
        last_poll: When the polling thread was last seen alive, by the monotonic clock; None before
            it polls at all.
    """

    def __init__(
        self,
        configuration: dict[str, Any],
        *,
        topic: str,
        ledgers: Ledgers,
        metrics: Metrics,
    ) -> None:
        self._topic = topic
        self._ledgers = ledgers
        self._metrics = metrics
        self.ends: dict[Partition, int] = {}
        self._incremental = (
            configuration.get("group.protocol") == "consumer"
            or configuration.get("partition.assignment.strategy") == "cooperative-sticky"
        )
        self._listener: RebalanceListener
        self._fatal: KafkaError | None = None
        self._member_id: str | None = None  # who we were when the assignment came
        session = seconds_of(configuration, "session.timeout.ms", _SESSION_MS)
        self.membership = Membership(session)
        self.last_poll: float | None = None
        self._consumer = Consumer(
            {
                **logged(configuration),
                "error_cb": self._on_error,
                "on_commit": self._on_commit,
                "stats_cb": self._on_statistics,
            }
        )
        self.assignment = Assignment(self._consumer, metrics, incremental=self._incremental)
        self.marks: Marks = {}

    def subscribe(self, listener: RebalanceListener) -> None:
        """Join the group. Assignments come in later polls, of which ``listener`` hears."""
        self._listener = listener
        self._consumer.subscribe(
            [self._topic],
            on_assign=self._on_assign,
            on_revoke=self._on_revoke,
            on_lost=self._on_lost,
        )

    def poll(self, timeout: float) -> Message | None:
        """The next message, or None after ``timeout`` seconds or on an error that will pass.

        Raises:
            BusError: On an error that will not.
        """
        self.touch()
        try:
            message = self._consumer.poll(timeout)
        except KafkaException as exception:  # the client raises fatal errors, and only those
            self._on_error(error_of(exception))
            message = None
        self.touch()
        self.membership.look(self._consumer)
        if self._fatal is not None:
            raise BusError(f"the consumer failed: {advised(self._fatal)}")
        if message is None:
            return None
        partition = Partition(message.topic() or "", message.partition() or 0)
        error = message.error()
        if error is None:
            self.ends.pop(partition, None)
            return message
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            self.ends[partition] = message.offset() or 0
            return None
        if error.code() in POSITION_ERRORS and message.topic() is not None:
            self._listener.on_no_position(partition, message.offset())
            return None
        self._note(error)
        if is_fatal(error):
            raise BusError(f"the consumer failed: {advised(error)}")
        return None

    def touch(self) -> None:
        """Note that the polling thread is alive."""
        self.last_poll = time.monotonic()
        self._metrics.last_poll_timestamp.set_to_current_time()

    def commit(self, offsets: Mapping[Partition, int], *, wait: bool) -> None:
        """Commit ``offsets``.

        A failure is counted, not raised: the next commit covers it.

        Args:
            offsets: The next offset to read, for each partition.
            wait: Whether to wait for the answer; else it is noted in a later poll.
        """
        positions = [p.at(offset, self.marks.get(p, "")) for p, offset in offsets.items()]
        try:
            if wait:
                with self._metrics.stage("commit"):
                    answer = self._consumer.commit(offsets=positions, asynchronous=False)
                self._on_commit(None, answer or [])
            else:
                self._consumer.commit(offsets=positions, asynchronous=True)
        except KafkaException as exception:
            self._on_commit(error_of(exception), [])

    def group_metadata(self) -> Any | None:
        """What proves to the group's coordinator that the assigned partitions are ours.

        A member that lost its place has no name until it joins again, and offsets that come from
        nobody are accepted in a transaction, as Kafka does for clients older than KIP-447. So the
        name is looked at after the metadata were taken: a name never comes back, so if it is still
        the one that came with the assignment, it is the one in the metadata.

        Returns:
            None while we have no place in the group, or another than the assignment came with.
        """
        metadata = self._consumer.consumer_group_metadata()
        if not self._member_id or self._consumer.memberid() != self._member_id:
            return None
        return metadata

    def close(self, timeout: float) -> bool:
        """Leave the group, in a thread of its own: it can hang while the brokers are away.

        Returns:
            Whether it was done after ``timeout`` seconds.
        """
        closing = threading.Thread(target=self._consumer.close, name="consumer-close", daemon=True)
        closing.start()
        closing.join(timeout)
        return not closing.is_alive()

    # -- callbacks, all inside of poll, commit or close ------------------------------------------

    def _on_assign(self, consumer: Consumer, positions: list[TopicPartition]) -> None:
        self._count("assign", positions)
        self.membership.gained()
        self._member_id = consumer.memberid()
        partitions = [Partition.of(position) for position in positions]
        self._listener.on_assigned(partitions)
        # Done by us, not by the client after this callback: only then may they be paused here.
        if self._incremental:
            consumer.incremental_assign(positions)
        else:
            consumer.assign(positions)
        self.assignment.add(partitions)
        _log.info("partitions_assigned", new=len(partitions), all=len(self.assignment.partitions))

    def _on_revoke(self, _consumer: Consumer, positions: list[TopicPartition]) -> None:
        self._count("revoke", positions)
        partitions = [Partition.of(position) for position in positions]
        try:
            self._listener.on_revoked(partitions)
        finally:
            self.assignment.remove(partitions)
        _log.info("partitions_revoked", gone=len(partitions), left=len(self.assignment.partitions))

    def _on_lost(self, _consumer: Consumer, positions: list[TopicPartition]) -> None:
        self._count("lost", positions)
        self.membership.lost()
        partitions = [Partition.of(position) for position in positions]
        try:
            self._listener.on_lost(partitions)
        finally:
            self.assignment.remove(partitions)
        _log.warning("partitions_lost", gone=len(partitions), left=len(self.assignment.partitions))

    def _count(self, event: str, positions: Collection[TopicPartition]) -> None:
        # A cooperative group calls back all members each time, most of them with nothing new.
        if positions:
            self._metrics.rebalances.labels(event).inc()

    def _on_statistics(self, document: str) -> None:
        client_log.statistics(document)
        self.membership.statistics(document)

    def _on_commit(self, error: KafkaError | None, positions: list[TopicPartition]) -> None:
        failed = error or next((p.error for p in positions if p.error is not None), None)
        if failed is not None and failed.code() == KafkaError._NO_OFFSET:  # noqa: SLF001
            return
        self._metrics.commits.labels("ok" if failed is None else "failed").inc()
        if failed is not None:
            _log.warning("commit_failed", error=failed.name(), reason=failed.str())
        if error is not None:
            return
        for position in positions:
            ledger = self._ledgers.get(Partition.of(position))
            if ledger is not None and position.error is None:
                ledger.note_committed(position.offset)

    def _on_error(self, error: KafkaError) -> None:
        self._note(error)
        if is_fatal(error):
            self._fatal = error

    def _note(self, error: KafkaError) -> None:
        self._metrics.consumer_errors.labels(error.name()).inc()
        if client_log.heard(error.str()):
            _log.warning("consumer_error", error=error.name(), reason=error.str())
