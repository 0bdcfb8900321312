"""The application on Quix Streams: results in, passages and alerts out, exactly once.

One input topic: a ``FrameResult`` has every plate of its frame, and there is one for each frame, so
it is both the readings and the clock, in one order. Two topics would have none between them.

State, offsets and what is published are committed in one transaction. A camera that falls silent
is ended by the clock of its partition: by ``processed_at`` of other cameras' results, which is the
same at every reading of the log; or, where the whole partition is silent, by our own clock, as long
as the brokers answer.
"""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import structlog

from platestream.contract.avro import SchemaStore, decode
from platestream.contract.errors import FrameError
from platestream.contract.schemas import SchemaName
from platestream.engine.connection import clients, quix_application
from platestream.engine.hotlist_topic import HotlistTopic
from platestream.engine.processor import ResultProcessor
from platestream.engine.records import EngineRecord
from platestream.engine.settings import EngineSettings
from platestream.engine.states import CameraStates, PartitionCameras
from platestream.engine.topics import ensure_topics
from platestream.hotlists.hotlist import Hotlist
from platestream.passages.settings import PassageSettings
from platestream.telemetry.engine_metrics import EngineMetrics
from platestream.telemetry.health import CheckResult

if TYPE_CHECKING:
    from platestream.bus.configuration.settings import KafkaSettings

_log = structlog.get_logger(__name__)

# How late a silent camera is noticed, beside idle_seconds.
_LOOK_SECONDS: Final = 1.0
# A broker that does not answer a small question in this time is away.
_ASK_SECONDS: Final = 1.0


class PassagesApplication:
    """One replica.

    Args:
        kafka: Brokers, security, time-outs.
        engine: Group, topics, state.
        tracking: When sightings are one passage.
        store: Where ids of schemas come from.
        metrics: Told what happens.

    Raises:
        StartError: The cluster does not answer or lacks a topic.
    """

    def __init__(
        self,
        *,
        kafka: "KafkaSettings",
        engine: EngineSettings,
        tracking: PassageSettings,
        store: SchemaStore,
        metrics: EngineMetrics,
    ) -> None:
        ensure_topics(clients(kafka), kafka, engine.topics)
        self._kafka = kafka
        self._engine = engine
        self._store = store
        self._metrics = metrics
        self._hotlist = Hotlist(engine.near_probability)
        self._hotlist_topic = HotlistTopic(clients(kafka), engine.topics.hotlist, store, metrics)
        self._processor = ResultProcessor(
            settings=engine, tracking=tracking, hotlist=self._hotlist, store=store, metrics=metrics
        )
        self._app = quix_application(kafka, engine)
        results = self._app.topic(
            engine.topics.results, key_deserializer="bytes", value_deserializer="bytes"
        )
        frames = self._app.dataframe(results)
        frames.register_store()
        frames.update(self._take, metadata=True)
        self._context = frames.processing_context
        self._states = CameraStates(self._context, frames.stream_id, self._processor.restored)
        self._context.dataframe_registry.register_periodic_task(self._tick)
        self._topics = engine.topics.by_schema()
        self._assigned = 0
        self._looked = 0.0
        self._ticked = time.monotonic()

    def run(self) -> None:
        """Read the hotlist, then take results until SIGTERM or SIGINT.

        Raises:
            TimeoutError: The hotlist could not be read in ``kafka.start_seconds``.
        """
        self._hotlist_topic.start()
        try:
            # Before the first frame: a vehicle that is listed must not slip through a restart.
            if not self._hotlist_topic.read(self._hotlist, self._kafka.start_seconds):
                raise TimeoutError(f"the topic {self._engine.topics.hotlist} could not be read")
            _log.info("hotlist_read", entries=len(self._hotlist))
            self._ticked = time.monotonic()
            self._app.run()
        finally:
            self._hotlist_topic.close()

    def ready(self) -> CheckResult:
        """Whether it has partitions, with their state, and the hotlist."""
        if self._context.state_manager.recovery_required:
            return CheckResult(ok=False, detail="the state is read from its changelog")
        return CheckResult(ok=self._assigned > 0, detail=f"{self._assigned} partitions")

    def alive(self) -> CheckResult:
        """Whether its loop goes round; while state is recovered it does not, and need not."""
        since = time.monotonic() - self._ticked
        recovers = self._context.state_manager.recovery_required
        return CheckResult(
            ok=recovers or since < self._kafka.liveness_seconds,
            detail=f"last round {since:.0f} s ago",
        )

    # -- in the engine's loop ---------------------------------------------------------------------

    def _take(self, value: bytes, _key: Any, _timestamp: int, _headers: Any) -> None:
        from quixstreams import message_context

        self._hotlist_topic.apply(self._hotlist)
        try:
            result = decode(value or b"", SchemaName.FRAME_RESULT, self._store)
        except FrameError as error:
            self._metrics.results.labels("unreadable").inc()
            _log.warning("result_unreadable", reason=error.message)
            return
        partition = message_context().partition
        cameras = self._states.of(partition)
        cameras.moved = time.monotonic()
        cameras.processed_at = max(cameras.processed_at, result["processed_at"])
        camera_id = result["camera_id"]
        memory = cameras.cameras.get(camera_id)
        if memory is None:
            memory = self._processor.new_memory(camera_id)
        records = self._processor.take(result, memory)
        self._states.save(partition, camera_id, memory)
        self._publish(records)

    def _tick(self) -> None:
        """Between two messages, or after a tenth of a second without one."""
        self._ticked = time.monotonic()
        self._metrics.last_poll_timestamp.set_to_current_time()
        self._hotlist_topic.apply(self._hotlist)
        if self._ticked - self._looked < _LOOK_SECONDS:
            return
        self._looked = self._ticked
        assigned, self._assigned, open_cameras = self._assigned, 0, 0
        for partition, cameras in self._states.assigned():
            self._assigned += 1
            for camera_id in list(self._silent(partition, cameras)):
                records = self._processor.end(cameras.cameras[camera_id])
                self._states.forget(partition, camera_id)
                self._publish(records)
            open_cameras += len(cameras.cameras)
        if self._assigned != assigned:
            _log.info("partitions_assigned", partitions=self._assigned)
        self._metrics.assigned_partitions.set(self._assigned)
        self._metrics.open_cameras.set(open_cameras)

    def _silent(self, partition: int, cameras: PartitionCameras) -> Iterable[str]:
        idle = self._engine.idle_seconds
        if cameras.cameras and self._ticked - cameras.moved >= idle:
            if self._brokers_answer(partition):
                yield from cameras.cameras
            else:
                # What the cameras send meanwhile waits somewhere: they have as long again.
                cameras.moved = self._ticked
            return
        last = cameras.processed_at - round(idle * 1000)
        for camera_id, memory in cameras.cameras.items():
            if memory.processed_at < last:
                yield camera_id

    def _brokers_answer(self, partition: int) -> bool:
        from confluent_kafka import KafkaException, TopicPartition

        try:
            self._context.consumer.get_watermark_offsets(
                TopicPartition(self._engine.topics.results, partition), timeout=_ASK_SECONDS
            )
        except KafkaException:
            return False
        return True

    def _publish(self, records: Iterable[EngineRecord]) -> None:
        for record in records:
            self._context.producer.produce(
                topic=self._topics[record.schema],
                key=record.key,
                value=record.value,
                headers=list(record.headers),
            )
