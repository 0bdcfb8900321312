"""The stream service: consumer, flow and delivery in one loop, from start to drain."""

import time
from collections.abc import Callable
from typing import Final

import structlog

from platestream.bus.clients.camera_topic import CameraTopic
from platestream.bus.clients.consumer import FrameConsumer
from platestream.bus.clients.embedded import open_cluster
from platestream.bus.clients.end_offsets import open_ends
from platestream.bus.clients.lag import LagMonitor
from platestream.bus.clients.topics import ensure_topics
from platestream.bus.configuration.preflight import check_kafka
from platestream.bus.configuration.properties import consumer_configuration
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.delivery import open_delivery
from platestream.bus.errors import BusError, ExitReason, RunResult, StopOrder, failed
from platestream.bus.flow.frame_flow import FrameFlow
from platestream.bus.flow.holding import WaitingPartitions
from platestream.bus.flow.intake import POLL_READING, Intake
from platestream.bus.flow.messages import RecordBuilder
from platestream.bus.flow.places import Skipped
from platestream.bus.flow.positions import Positions
from platestream.bus.partitions import Ledgers
from platestream.bus.probes import Probes
from platestream.bus.rebalances import Rebalances
from platestream.contract.avro import LocalSchemaStore, SchemaStore
from platestream.contract.events import EventEncoder
from platestream.contract.messages import DEFAULT_LIMITS, MessageLimits
from platestream.stream.budget import InFlightBudget
from platestream.stream.cameras import CameraBook
from platestream.stream.outcome import FrameOutcome
from platestream.stream.pipeline import Pipeline, UrlFetcher
from platestream.stream.reader import Reader
from platestream.stream.settings import StreamSettings
from platestream.telemetry.health import CheckResult
from platestream.telemetry.metrics import Metrics
from platestream.vision.settings import PictureLimits

__all__ = ["ExitReason", "RunResult", "StreamService", "open_cluster"]

_log = structlog.get_logger(__name__)

# A live coordinator answers in milliseconds; the rest of kafka.close_seconds is for leaving.
_LAST_COMMIT_SECONDS: Final = 1.0


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
        pipeline: A pipeline of ``reader`` that another interface uses too. Its maker starts and
            closes it; without one, the service has its own.
        watch: Told each frame's outcome at once, in the pipeline's threads; must not block.
        store: Avro schemas; the bundled ones when not given.
        message_limits: Bounds of a frame message.
        cameras: Told what the topic of camera settings says, before frames are read and after.

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
        cameras: CameraBook | None = None,
    ) -> None:
        check_kafka(kafka, stream)
        schemas = store if store is not None else LocalSchemaStore()
        self._kafka = kafka
        self._ledgers = Ledgers()
        self._stop = StopOrder()
        budget = InFlightBudget(
            stream.max_in_flight_frames, stream.max_in_flight_bytes, stream.resume_fraction
        )
        self._owns_pipeline = pipeline is None
        self._camera_topic = CameraTopic(kafka, cameras)
        self._pipeline = pipeline or Pipeline(
            reader,
            settings=stream,
            limits=pictures,
            metrics=metrics,
            fetcher=fetcher,
            cameras=cameras,
        )
        self._flow = FrameFlow(
            pipeline=self._pipeline,
            ledgers=self._ledgers,
            budget=budget,
            records=RecordBuilder(EventEncoder(schemas), kafka.topics, kafka.max_record_bytes),
            store=schemas,
            limits=message_limits,
            keep_payload=kafka.include_payload_in_failures,
            metrics=metrics,
            watch=watch,
            dead_letters=kafka.dead_letters,
            retries=kafka.retries,
            stale=kafka.stale_frames,
        )
        self._consumer = FrameConsumer(
            consumer_configuration(kafka),
            topic=kafka.topics.frames,
            ledgers=self._ledgers,
            metrics=metrics,
        )
        self._delivery = open_delivery(
            kafka,
            consumer=self._consumer,
            ledgers=self._ledgers,
            on_delivered=self._flow.delivered,
            metrics=metrics,
        )
        self._flow.connect(self._delivery)
        ours = self._consumer.assignment
        self._waiting = WaitingPartitions(self._flow.blocked, self._flow.park, ours, metrics)
        self._intake = Intake(
            consumer=self._consumer,
            flow=self._flow,
            ledgers=self._ledgers,
            delivery=self._delivery,
            waiting=self._waiting,
            budget=budget,
            stop=self._stop,
            metrics=metrics,
        )
        ends = open_ends(kafka)
        self._positions = Positions(
            ends=ends,
            consumer=self._consumer,
            frames=self._intake,
            policy=kafka.auto_offset_reset,
            skipped=Skipped(metrics),
        )
        self._rebalances = Rebalances(
            consumer=self._consumer,
            flow=self._flow,
            intake=self._intake,
            waiting=self._waiting,
            positions=self._positions,
            delivery=self._delivery,
            stop=self._stop,
            revoke_seconds=kafka.revoke_seconds,
        )
        self._lag = LagMonitor(ends, self._ledgers, metrics)
        self._probes = Probes(
            kafka, pipeline=self._pipeline, consumer=self._consumer, lag=self._lag, stop=self._stop
        )

    def run(self) -> RunResult:
        """Do the work until :meth:`stop` or until something fails that no retry mends."""
        try:
            given = self._stop.was_given
            if not (ensure_topics(self._kafka, given) and self._camera_topic.read(given)):
                return self._shut(RunResult(ExitReason.ABORTED))
            # Warm before the group knows us: over a first batch of minutes partitions would wait.
            if self._owns_pipeline:
                self._pipeline.start()
            self._delivery.start()
            self._consumer.subscribe(self._rebalances)
            while not self._stop.given:
                self._turn()
            result = self._drain()
        except Exception as error:  # noqa: BLE001 - it is the result
            result = failed(error)
        return self._shut(result)

    def stop(self) -> None:
        """Drain and end; the second time, end at once. Takes no lock: safe in signal handlers."""
        self._stop.give()

    def ready(self) -> CheckResult:
        """Whether there is work that may be given to us: see :class:`Probes`."""
        return self._probes.ready()

    def healthy(self) -> CheckResult:
        """Whether a restart would not help: see :class:`Probes`."""
        return self._probes.healthy()

    def _turn(self) -> None:
        self._intake.step()
        self._flow.step()
        self._intake.forget(self._waiting.step())
        self._intake.press_back()
        self._positions.step()
        self._lag.step(self._consumer.assignment.partitions)

    def _drain(self) -> RunResult:
        """Finish and commit what is in flight; polling goes on, so the group stays as it is."""
        _log.info("draining", frames=self._flow.in_flight)
        self._stop.deadline = time.monotonic() + self._kafka.drain_seconds
        self._intake.end()
        while time.monotonic() < self._stop.deadline:
            if self._stop.urgent:
                return RunResult(ExitReason.ABORTED)
            self._intake.poll_only()
            self._flow.step()
            if not self._flow.busy(tuple(self._ledgers)):
                if not self._uncommitted:
                    return RunResult(ExitReason.DRAINED)
                self._delivery.commit(tuple(self._ledgers), wait=False)
        return RunResult(ExitReason.DEADLINE)

    def _shut(self, result: RunResult) -> RunResult:
        """Close everything within ``kafka.close_seconds``."""
        # From here on a revocation must not wait for frames: the drain is over.
        self._stop.press()
        self._lag.close()
        self._camera_topic.close()
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
            self._consumer.assignment.pause()
            self._delivery.commit(tuple(self._ledgers), wait=False)
            while time.monotonic() < deadline and self._uncommitted:
                self._consumer.poll(POLL_READING)
        except Exception as error:  # noqa: BLE001 - already failing; the frames are read again
            _log.warning("last_commit_failed", error=type(error).__name__)

    @property
    def _uncommitted(self) -> bool:
        """Whether the commit of something delivered was not acknowledged."""
        return any(ledger.uncommitted for ledger in self._ledgers.values())
