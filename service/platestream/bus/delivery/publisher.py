"""The producer behind one small interface: records in, one acknowledgement for each out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from platestream.bus.delivery.silence import Silence
from platestream.bus.errors import error_of
from platestream.telemetry.metrics import Metrics

Acknowledge = Callable[[KafkaError | None], None]

_PURGED: Final = (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT)  # noqa: SLF001
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """One record for one topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Publisher:
    """Produces records; everything, acknowledgements included, happens in the caller's thread.

    Args:
        configuration: librdkafka's settings of the producer.
        metrics: Where records are counted.
    """

    def __init__(self, configuration: dict[str, Any], metrics: Metrics) -> None:
        self._metrics = metrics
        self._fatal: KafkaError | None = None
        self._silence = Silence()
        self._producer = Producer({**configuration, "error_cb": self._on_error})

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
            self._silence.answered(record.topic, delivered=error is None)
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
            self._silence.sent(record.topic)
        return True

    def warn_of_silence(self) -> None:
        """Say so when a topic acknowledges nothing; it may be gone, or without a leader."""
        for topic in self._silence.overdue():
            _log.warning("records_unanswered", topic=topic)

    def poll(self, timeout: float = 0.0) -> None:
        """Call the acknowledgements that have arrived; wait for one up to ``timeout`` seconds."""
        self.warn_of_silence()
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
        status = "delivered" if error is None else "failed"
        self._metrics.records_published.labels(topic, status).inc()

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal() or error.code() == KafkaError._FATAL:  # noqa: SLF001
            self._fatal = error
        _log.warning("producer_error", error=error.name(), reason=error.str())
