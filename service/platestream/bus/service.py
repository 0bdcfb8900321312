"""The stream service: consumer, flow and delivery in one loop, from start to drain."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from confluent_kafka import Message

from platestream.bus.clients.cluster import open_cluster
from platestream.bus.clients.configuration import (
    client_configuration,
    consumer_configuration,
)
from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.clients.lag import LagMonitor
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.delivery.guarantee import open_delivery
from platestream.bus.delivery.records import RecordBuilder
from platestream.bus.errors import BusError
from platestream.bus.flow.flow import FrameFlow
from platestream.bus.flow.waiting import WaitingPartitions
from platestream.bus.partitions import Ledgers, Partition
from platestream.bus.results import ExitReason, RunResult
from platestream.bus.settings import KafkaSettings
from platestream.bus.timeouts import check_timeouts
from platestream.contract.avro import LocalSchemaStore, SchemaStore
from platestream.contract.events import EventEncoder
from platestream.contract.messages import DEFAULT_LIMITS, MessageLimits
from platestream.stream.budget import InFlightBudget
from platestream.stream.outcome import FrameOutcome
from platestream.stream.pipeline import Pipeline, PipelineFullError, UrlFetcher
from platestream.stream.reader import Reader
from platestream.stream.settings import StreamSettings
from platestream.telemetry.health import CheckResult
from platestream.telemetry.metrics import Metrics
from platestream.vision.settings import PictureLimits

__all__ = ["ExitReason", "RunResult", "StreamService", "open_cluster"]

_log = structlog.get_logger(__name__)

# How long a poll may wait, by what else there is to do. The shortest is what a finished frame may
# wait for its acknowledgement to be seen; the longest is how late a stop is noticed.
_POLL_DELIVERING: Final = 0.005
_POLL_READING: Final = 0.02
_POLL_IDLE: Final = 0.1
# Messages taken between two looks at what is finished.
_BURST: Final = 64
# What is delivered when the service gives up is committed, if that is quick: a live coordinator
# answers in milliseconds, and the rest of kafka.close_seconds belongs to leaving the group.
_LAST_COMMIT_SECONDS: Final = 1.0
_STOPPED_TWICE: Final = 2


class StreamService:
    """Reads frames from Kafka and publishes what is on them, until it is stopped.

    :meth:`run` blocks; :meth:`stop` may be called from a signal handler or any thread.

    Args:
        kafka: Cluster, group, topics, deadlines.
        stream: Batches and bounds.
        pictures: What a picture may be.
        reader: Reads the plates.
        metrics: Where everything is counted.
        fetcher: For frames that come as a URL.
        pipeline: A pipeline of ``reader`` that another door uses, too. Whoever made it starts and
            closes it; without one, the service has its own.
        watch: Called with each frame's outcome as it is known, from the pipeline's threads; must
            not block.
        store: Avro schemas; the bundled ones when not given.
        message_limits: Bounds of a frame message.

    Raises:
        ConfigurationError: If the settings cannot hold together.
    """

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        stream: StreamSettings,
        pictures: PictureLimits,
        reader: Reader,
        metrics: Metrics,
        fetcher: UrlFetcher | None = None,
        pipeline: Pipeline | None = None,
        watch: Callable[[FrameOutcome], None] | None = None,
        store: SchemaStore | None = None,
        message_limits: MessageLimits = DEFAULT_LIMITS,
    ) -> None:
        check_timeouts(kafka, stream)
        schemas = store if store is not None else LocalSchemaStore()
        self._kafka = kafka
        self._metrics = metrics
        self._ledgers: Ledgers = {}
        self._carried: deque[Message] = deque()
        self._stops = 0
        self._drain_deadline = float("inf")
        self._paused_at: float | None = None
        self._budget = InFlightBudget(
            stream.max_in_flight_frames, stream.max_in_flight_bytes, stream.resume_fraction
        )
        self._owns_pipeline = pipeline is None
        self._pipeline = pipeline or Pipeline(
            reader, settings=stream, limits=pictures, metrics=metrics, fetcher=fetcher
        )
        self._flow = FrameFlow(
            pipeline=self._pipeline,
            ledgers=self._ledgers,
            budget=self._budget,
            records=RecordBuilder(EventEncoder(schemas), kafka.topics, kafka.max_record_bytes),
            store=schemas,
            limits=message_limits,
            model=reader.model,
            keep_payload=kafka.include_payload_in_failures,
            metrics=metrics,
            watch=watch,
            dead_letters=kafka.dead_letters,
            retries=kafka.retries,
        )
        self._consumer = FrameConsumer(
            consumer_configuration(kafka),
            topic=kafka.topics.frames,
            listener=self,
            ledgers=self._ledgers,
            metrics=metrics,
        )
        self._waiting = WaitingPartitions(self._flow, self._consumer, self._forget_carried, metrics)
        self._lag = LagMonitor(
            client_configuration(kafka), self._ledgers, metrics, kafka.lag_interval_seconds
        )
        self._delivery = open_delivery(
            kafka,
            consumer=self._consumer,
            ledgers=self._ledgers,
            on_delivered=self._flow.delivered,
            metrics=metrics,
        )
        self._flow.connect(self._delivery)

    # -- for the owner ----------------------------------------------------------------------------

    def run(self) -> RunResult:
        """Do the work until :meth:`stop` or until something fails that no retry mends."""
        try:
            if not ensure_topics(self._kafka, lambda: self._stops > 0):
                return self._shut(RunResult(ExitReason.ABORTED))
            # Warm before the group knows us: a member that takes minutes over its first batch
            # keeps partitions from members that are ready.
            if self._owns_pipeline:
                self._pipeline.start()
            self._delivery.start()
            self._consumer.subscribe()
            while self._stops == 0:
                self._turn()
            result = self._drain()
        except Exception as error:  # noqa: BLE001 - it is the result
            _log.exception("service_failed", error=type(error).__name__)
            result = RunResult(ExitReason.FAILED, error)
        return self._shut(result)

    def stop(self) -> None:
        """Drain and end; the second time, end at once. Takes no lock: safe in signal handlers."""
        self._stops += 1

    def ready(self) -> CheckResult:
        """Readiness: models warm, and a place in the group.

        A replica whose share is empty, because there are more replicas than partitions, is ready:
        it stands by and takes over within a rebalance. Were it not, a rolling update with a surplus
        replica would wait for ever.
        """
        if not self._pipeline.warm:
            return CheckResult(ok=False, detail="the models are not warm")
        if not self._consumer.joined:
            return CheckResult(ok=False, detail="no place in the consumer group yet")
        if self._stops:
            return CheckResult(ok=False, detail="draining")
        return CheckResult(ok=True, detail=f"{len(self._consumer.assigned)} partitions assigned")

    def healthy(self) -> CheckResult:
        """Liveness: the loop turns, and no batch is stuck in inference."""
        silence = time.monotonic() - self._consumer.last_poll
        # Before the loop runs, start-up has deadlines of its own and the models take their time.
        if self._pipeline.warm and silence > self._kafka.liveness_seconds:
            return CheckResult(ok=False, detail=f"no poll for {silence:.0f} s")
        if self._pipeline.stuck:
            return CheckResult(ok=False, detail="a batch is stuck in inference")
        return CheckResult(ok=True)

    # -- the loop ---------------------------------------------------------------------------------

    def _turn(self) -> None:
        self._take_messages()
        self._flow.step()
        self._waiting.step()
        self._press_back()
        self._lag.step(self._consumer.assigned)

    def _take_messages(self) -> None:
        while self._carried and self._budget.open and self._take(self._carried[0]):
            self._carried.popleft()
        timeout = self._poll_timeout()
        for _ in range(_BURST):
            message = self._consumer.poll(timeout)
            if message is None:
                return
            # Only a message that was on its way when the consumer was paused is carried over.
            if self._carried or not self._budget.open or not self._take(message):
                self._carried.append(message)
            self._press_back()
            if self._consumer.paused:
                return
            timeout = 0.0

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
            return _POLL_DELIVERING
        return _POLL_READING if self._flow.in_flight else _POLL_IDLE

    def _press_back(self) -> None:
        """Pause and resume the consumer as the budget says; polling goes on all the while."""
        now = time.monotonic()
        if self._paused_at is not None:
            self._metrics.backpressure_seconds.inc(now - self._paused_at)
            self._paused_at = now
        full = not self._budget.open or bool(self._carried)
        if full and not self._consumer.paused:
            self._consumer.pause()
            self._paused_at = now
        elif not full and self._consumer.paused and not self._stops:
            self._consumer.resume()
            self._paused_at = None

    # -- rebalances, inside of poll ---------------------------------------------------------------

    def on_assigned(self, partitions: Sequence[Partition]) -> None:
        """Open fresh ledgers."""
        self._flow.drop(partitions, "reassigned")  # there are none, unless a revocation was missed
        self._flow.assign(partitions)

    def on_revoked(self, partitions: Sequence[Partition]) -> None:
        """Finish what is in flight inside the budget, commit it, drop the rest."""
        deadline = min(time.monotonic() + self._kafka.revoke_seconds, self._drain_deadline)
        self._forget_carried(partitions)
        try:
            while not self._aborting and time.monotonic() < deadline:
                self._flow.step()
                self._consumer.touch()
                if not self._flow.busy(partitions):
                    break
                # Finished frames and acknowledgements are both looked for, so neither is waited on.
                time.sleep(_POLL_DELIVERING)
            if not self._aborting:
                self._delivery.commit(partitions, wait=True)
        finally:
            self._flow.drop(partitions, "revoked")
            self._waiting.gone(partitions)

    def on_lost(self, partitions: Sequence[Partition]) -> None:
        """Drop: their new owner reads them already, a commit would only disturb it."""
        self._forget_carried(partitions)
        self._flow.drop(partitions, "lost")
        self._waiting.gone(partitions)

    @property
    def _aborting(self) -> bool:
        return self._stops >= _STOPPED_TWICE

    def _forget_carried(self, partitions: Sequence[Partition]) -> None:
        gone = set(partitions)
        self._carried = deque(
            message for message in self._carried if _partition_of(message) not in gone
        )

    # -- the end ----------------------------------------------------------------------------------

    def _drain(self) -> RunResult:
        """Finish and commit what is in flight; polling goes on, so the group stays as it is."""
        _log.info("draining", frames=self._flow.in_flight)
        self._drain_deadline = time.monotonic() + self._kafka.drain_seconds
        self._carried.clear()
        self._consumer.pause()
        while time.monotonic() < self._drain_deadline:
            if self._aborting:
                return RunResult(ExitReason.ABORTED)
            # A message that was on its way is let go: its offset is not committed.
            self._consumer.poll(self._poll_timeout())
            self._flow.step()
            if not self._flow.busy(tuple(self._ledgers)):
                if not any(ledger.uncommitted for ledger in self._ledgers.values()):
                    return RunResult(ExitReason.DRAINED)
                self._delivery.commit(tuple(self._ledgers), wait=False)
        return RunResult(ExitReason.DEADLINE)

    def _shut(self, result: RunResult) -> RunResult:
        """Close everything within ``kafka.close_seconds``."""
        # From here on a revocation must not wait for frames: the drain is over.
        self._stops = _STOPPED_TWICE
        deadline = time.monotonic() + self._kafka.close_seconds
        gave_up = result.reason is ExitReason.DEADLINE
        if gave_up or not (result.error is None or isinstance(result.error, BusError)):
            self._commit_delivered(min(_LAST_COMMIT_SECONDS, self._kafka.close_seconds))
        if result.reason is ExitReason.DRAINED:
            if not self._delivery.close(self._kafka.close_seconds):
                result = RunResult(ExitReason.DEADLINE)
        else:
            self._flow.drop(tuple(self._ledgers), result.reason.value)
            self._delivery.abort()
        if not self._consumer.close(max(0.0, deadline - time.monotonic())):
            _log.warning("consumer_not_closed", seconds=self._kafka.close_seconds)
        if self._owns_pipeline:
            self._pipeline.close(0.0)
        _log.info("stopped", reason=result.reason.value)
        return result

    def _commit_delivered(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        try:
            self._consumer.pause()
            self._delivery.commit(tuple(self._ledgers), wait=False)
            while time.monotonic() < deadline and any(
                ledger.uncommitted for ledger in self._ledgers.values()
            ):
                self._consumer.poll(_POLL_READING)
        except Exception as error:  # noqa: BLE001 - already failing; the frames are read again
            _log.warning("last_commit_failed", error=type(error).__name__)


def _partition_of(message: Message) -> Partition:
    return Partition(message.topic() or "", message.partition() or 0)
