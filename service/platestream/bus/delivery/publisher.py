"""The producer behind one small interface: records in, one acknowledgement for each out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from platestream.bus.clients.client_log import client_log, logged
from platestream.bus.errors import error_of
from platestream.bus.partitions import Partition
from platestream.telemetry.metrics import Metrics

Acknowledge = Callable[[KafkaError | None], None]

_PURGED: Final = (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT)  # noqa: SLF001
# An acknowledgement takes milliseconds, an election a second or two.
_OVERDUE_SECONDS: Final = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """One record for one topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class UnacknowledgedWatch:
    """Topics whose records nobody acknowledges, as those of a topic that was deleted.

    The client tries such records again until their time is over (``message.timeout.ms``), and says
    nothing meanwhile; an operator should not have to wait for that.

    Args:
        clock: Tells the time, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[str, int] = {}
        self._since: dict[str, float] = {}
        self._told: set[str] = set()

    def sent(self, topic: str) -> None:
        """Note that a record is on its way to ``topic``."""
        if not self._waiting.get(topic):
            self._since[topic] = self._clock()
        self._waiting[topic] = self._waiting.get(topic, 0) + 1

    def acknowledged(self, topic: str, *, delivered: bool) -> None:
        """Note that a record for ``topic`` has its answer."""
        self._waiting[topic] -= 1
        if delivered:
            self._since[topic] = self._clock()
            self._told.discard(topic)

    def overdue(self) -> list[str]:
        """Topics that have been silent for too long, each once until it answers."""
        now = self._clock()
        silent = [
            topic
            for topic, waiting in self._waiting.items()
            if waiting and topic not in self._told and now - self._since[topic] > _OVERDUE_SECONDS
        ]
        self._told.update(silent)
        return silent


class Publisher:
    """Produces records; everything, acknowledgements included, happens in the caller's thread.

    Args:
        configuration: librdkafka's settings of the producer.
        metrics: Where records are counted.
    """

    def __init__(self, configuration: dict[str, Any], metrics: Metrics) -> None:
        self._metrics = metrics
        self._fatal: KafkaError | None = None
        self._unacknowledged = UnacknowledgedWatch()
        self._producer = Producer({**logged(configuration), "error_cb": self._on_error})

    @property
    def fatal(self) -> KafkaError | None:
        """The error after which the producer delivers nothing any more."""
        return self._fatal

    def produce(self, record: Record, acknowledge: Acknowledge) -> bool:
        """Hand a record over; ``acknowledge`` is called in a later :meth:`poll`.

        A record that is refused at once (too large) is acknowledged at once, with its error.

        Returns:
            False when the producer's queue is full: nothing was taken, try again after a poll.
        """

        def on_delivery(error: KafkaError | None, _message: Message) -> None:
            self._unacknowledged.acknowledged(record.topic, delivered=error is None)
            self._count(record.topic, error)
            acknowledge(error)

        try:
            self._producer.produce(
                record.topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                on_delivery=on_delivery,
            )
        except BufferError:
            return False
        except KafkaException as exception:
            error = error_of(exception)
            self._count(record.topic, error)
            acknowledge(error)
        else:
            self._unacknowledged.sent(record.topic)
        return True

    def warn_of_unacknowledged(self) -> None:
        """Say so when a topic acknowledges nothing; it may be gone, or without a leader."""
        for topic in self._unacknowledged.overdue():
            _log.warning("records_unanswered", topic=topic)

    def poll(self, timeout: float = 0.0) -> None:
        """Call the acknowledgements that have arrived; wait for one up to ``timeout`` seconds."""
        self.warn_of_unacknowledged()
        try:
            self._producer.poll(timeout)
        except KafkaException as exception:  # the client raises fatal errors, and only those
            self._on_error(error_of(exception))

    def flush(self, timeout: float) -> int:
        """Wait until everything is acknowledged.

        Returns:
            Records that were not, after ``timeout`` seconds. Zero is the only success.
        """
        return int(self._producer.flush(timeout))

    def discard(self) -> None:
        """Throw away what is not acknowledged; what is on the wire may arrive all the same."""
        self._producer.purge(in_queue=True, in_flight=True, blocking=False)
        self._producer.poll(0)

    def _count(self, topic: str, error: KafkaError | None) -> None:
        if error is not None and error.code() in _PURGED:
            return
        if error is None:
            status = "delivered"
        # Brokers that are away refuse nothing: other figures and other alerts say that they are.
        elif error.code() == KafkaError._MSG_TIMED_OUT:  # noqa: SLF001
            status = "unanswered"
        else:
            status = "failed"
        self._metrics.records_published.labels(topic, status).inc()

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal() or error.code() == KafkaError._FATAL:  # noqa: SLF001
            self._fatal = error
        if client_log.heard(error.str()):
            _log.warning("producer_error", error=error.name(), reason=error.str())


class TransactionalPublisher(Publisher):
    """A publisher whose records belong to transactions.

    Between ``begin`` and the hand-over the polling thread has the producer, between the hand-over
    and the ending the worker (:mod:`~platestream.bus.delivery.ending`). librdkafka refuses
    overlapping calls anyway.

    Args:
        configuration: librdkafka's settings of the producer.
        metrics: Where records and errors are counted.
        marks: What is kept with the committed offsets of each partition.
    """

    def __init__(
        self, configuration: dict[str, Any], metrics: Metrics, marks: Mapping[Partition, str]
    ) -> None:
        super().__init__(configuration, metrics)
        self._marks = marks

    def initialize(self, timeout: float) -> None:
        """Fence producers of the same transactional id and end what they left open."""
        self._producer.init_transactions(timeout)

    def begin(self) -> None:
        """Begin a transaction. Local: it does not wait for a broker."""
        self._producer.begin_transaction()

    def send_offsets(
        self, offsets: Mapping[Partition, int], group_metadata: Any, timeout: float
    ) -> None:
        """Make ``offsets`` part of the transaction, if the group still knows us as it did."""
        positions = [p.at(offset, self._marks.get(p, "")) for p, offset in offsets.items()]
        self._producer.send_offsets_to_transaction(positions, group_metadata, timeout)

    def commit(self, timeout: float) -> None:
        """Flush and commit the transaction."""
        self._producer.commit_transaction(timeout)

    def abort(self, timeout: float) -> None:
        """Throw away what is not sent and abort the transaction."""
        self._producer.abort_transaction(timeout)
