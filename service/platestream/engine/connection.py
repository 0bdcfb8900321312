"""Clients of the brokers: librdkafka's settings for ours, and the engine with its own."""

import uuid
from typing import TYPE_CHECKING, Any

import structlog

from platestream.bus.configuration.properties import client_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.engine.settings import EngineSettings

if TYPE_CHECKING:
    from quixstreams import Application

_log = structlog.get_logger(__name__)


def clients(kafka: KafkaSettings, *, writes: bool = False) -> dict[str, Any]:
    """Addresses and security, for a client of ours."""
    configuration = client_configuration(kafka, writes=writes)
    # Nobody looks at the document here.
    configuration.pop("statistics.interval.ms")
    return configuration


def quix_application(kafka: KafkaSettings, engine: EngineSettings) -> "Application":
    """The engine, set to what our guarantee and the latency of alerts need."""
    from quixstreams import Application
    from quixstreams.kafka.configuration import ConnectionConfig

    base = clients(kafka)
    connection = ConnectionConfig.from_librdkafka_dict(base, ignore_extras=True)
    known = connection.as_librdkafka_dict()
    extra = {key: value for key, value in base.items() if key not in known}
    return Application(
        broker_address=connection,
        consumer_group=engine.group_id,
        auto_offset_reset=kafka.auto_offset_reset,
        processing_guarantee="exactly-once",
        commit_interval=engine.commit_interval_ms / 1000,
        state_dir=engine.state_dir,
        # How often the loop goes round without messages: hotlist and clock are looked at then.
        consumer_poll_timeout=0.1,
        # Ours are there by now; the changelogs of the state are the engine's own affair.
        auto_create_topics=True,
        request_timeout=kafka.start_seconds,
        topic_create_timeout=kafka.start_seconds,
        consumer_extra_config={
            **extra,
            # Only what is committed: the service writes results in transactions, too.
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 50,
            "queued.max.messages.kbytes": kafka.prefetch_kbytes,
            **kafka.consumer,
        },
        producer_extra_config={
            **extra,
            # One for each start: the group's generation is what fences those that went before.
            "transactional.id": f"{engine.group_id}-{uuid.uuid4()}",
            "transaction.timeout.ms": engine.transaction_timeout_ms,
            # What is on its way when its transaction has been given up is of no use.
            "message.timeout.ms": engine.transaction_timeout_ms,
            "message.max.bytes": kafka.max_record_bytes,
            "queue.buffering.max.ms": 5,
            "compression.type": "gzip",
            # Kafka's own clients' hash: a camera's records land where other tools expect.
            "partitioner": "murmur2_random",
            **kafka.producer,
        },
        on_processing_error=_tell,
        # Its logs go through ours.
        loglevel=None,
    )


def _tell(error: Exception, _row: object, _logger: object) -> bool:
    """Let the replica end, without a word of what was in the message."""
    _log.error("result_not_processed", error=type(error).__name__)
    return False
