"""Finished frames to records and committed offsets: exactly once, or at least once."""

from collections.abc import Callable

import structlog

from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.configuration.properties import (
    producer_configuration,
    seconds_of,
    transactional_configuration,
    transactional_id,
)
from platestream.bus.configuration.settings import KafkaSettings, exactly_once
from platestream.bus.delivery.at_least_once import AtLeastOnceDelivery
from platestream.bus.delivery.protocol import Delivery, FinishedFrame
from platestream.bus.delivery.publisher import Publisher, TransactionalPublisher
from platestream.bus.delivery.transactional import TransactionalDelivery
from platestream.bus.partitions import Ledgers
from platestream.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


def open_delivery(
    kafka: KafkaSettings,
    *,
    consumer: FrameConsumer,
    ledgers: Ledgers,
    on_delivered: Callable[[FinishedFrame], None],
    metrics: Metrics,
) -> Delivery:
    """The delivery for ``kafka.guarantee``; says in the log which it is.

    Args:
        kafka: Its settings.
        consumer: Commits offsets, or proves whose they are.
        ledgers: The ledgers of the partitions that are ours.
        on_delivered: Called for each frame that is delivered.
        metrics: Where everything is counted.
    """
    if not exactly_once(kafka):
        embedded = kafka.embedded and kafka.guarantee == "exactly_once"
        reason = "the embedded broker keeps no transactions" if embedded else "as configured"
        _log.info("guarantee", guarantee="at_least_once", reason=reason)
        return AtLeastOnceDelivery(
            publisher=Publisher(producer_configuration(kafka), metrics),
            commit_offsets=lambda offsets, wait: consumer.commit(offsets, wait=wait),
            ledgers=ledgers,
            on_delivered=on_delivered,
            commit_interval=kafka.commit_interval_ms / 1000,
        )
    name = transactional_id(kafka)
    _log.info("guarantee", guarantee="exactly_once", transactional_id=name)
    configuration = transactional_configuration(kafka)
    return TransactionalDelivery(
        publisher=TransactionalPublisher(configuration, metrics, consumer.marks),
        group_metadata=consumer.group_metadata,
        ledgers=ledgers,
        on_delivered=on_delivered,
        metrics=metrics,
        transactional_id=name,
        timeout=seconds_of(configuration, "transaction.timeout.ms", 60_000),
        linger=kafka.transaction_linger_ms / 1000,
        max_frames=kafka.transaction_max_frames,
        start_seconds=kafka.start_seconds,
    )
