"""Consumer lag: asked of the brokers now and then, without ever waiting for the answer.

The consumer's own cached high watermarks come with fetched messages, so they stand still while
back-pressure pauses a partition: just when the lag grows.
"""

import time
from collections.abc import Collection
from concurrent.futures import Future
from typing import Any

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # public, but not in its stubs
    AdminClient,
    ListOffsetsResultInfo,
    OffsetSpec,
)

from platestream.bus.errors import error_of
from platestream.bus.partitions import Ledgers, Partition
from platestream.telemetry.metrics import Metrics

_LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]
_log = structlog.get_logger(__name__)


class LagMonitor:
    """Keeps the lag metric. All calls from the consumer's thread.

    Args:
        configuration: librdkafka's settings of a client.
        ledgers: What is committed of the partitions that are ours.
        metrics: Where the lag goes.
        interval: Seconds between two questions.
    """

    def __init__(
        self, configuration: dict[str, Any], ledgers: Ledgers, metrics: Metrics, interval: float
    ) -> None:
        self._admin = AdminClient(configuration)
        self._ledgers = ledgers
        self._metrics = metrics
        self._interval = interval
        self._next = 0.0
        self._asked: dict[Partition, Future[ListOffsetsResultInfo]] = {}
        self._shown: set[Partition] = set()

    def step(self, partitions: Collection[Partition]) -> None:
        """Take answers in, ask again when it is time. Never blocks, never raises."""
        for partition in self._shown.difference(partitions):
            self._metrics.consumer_lag.remove(partition.topic, str(partition.number))
        self._shown.intersection_update(partitions)
        for partition, answer in list(self._asked.items()):
            if answer.done():
                del self._asked[partition]
                self._show(partition, answer)
        now = time.monotonic()
        if now < self._next or self._asked or not partitions:
            return
        self._next = now + self._interval
        question = {partition.bare(): _LATEST for partition in partitions}
        try:
            answers = self._admin.list_offsets(question, request_timeout=self._interval)
        except KafkaException as exception:
            self._warn(exception)
            return
        self._asked = {Partition.of(position): answer for position, answer in answers.items()}

    def _show(self, partition: Partition, answer: Future[ListOffsetsResultInfo]) -> None:
        ledger = self._ledgers.get(partition)
        if ledger is None:
            return
        try:
            end = answer.result().offset
        except KafkaException as exception:
            self._warn(exception)
            return
        behind = ledger.position
        if behind is not None:
            label = (partition.topic, str(partition.number))
            self._metrics.consumer_lag.labels(*label).set(max(0, end - behind))
            self._shown.add(partition)

    def _warn(self, exception: KafkaException) -> None:
        _log.warning("lag_unknown", error=error_of(exception).name())
