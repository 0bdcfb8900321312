"""One result of one camera: what comes out of it, and how the camera's memory changes. No I/O."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from platestream.contract.avro import SchemaStore
from platestream.contract.schemas import SchemaName
from platestream.engine.alerts import alert_record
from platestream.engine.memory import CameraMemory
from platestream.engine.records import (
    EngineRecord,
    ReadFrame,
    encoded,
    passage_record,
    read_result,
)
from platestream.engine.settings import EngineSettings
from platestream.hotlists.hotlist import Hotlist
from platestream.passages.passage import Passage
from platestream.passages.settings import PassageSettings
from platestream.passages.tracker import PassageTracker
from platestream.telemetry.engine_metrics import EngineMetrics


class ResultProcessor:
    """Makes passages and alerts of results.

    Args:
        settings: When alerts are quiet.
        tracking: When sightings are one passage.
        hotlist: What is looked out for; changed by others between two calls.
        store: Where ids of schemas come from.
        metrics: Told what comes out.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        *,
        settings: EngineSettings,
        tracking: PassageSettings,
        hotlist: Hotlist,
        store: SchemaStore,
        metrics: EngineMetrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._quiet_ms = round(settings.alert_quiet_seconds * 1000)
        self._tracking = tracking
        self._hotlist = hotlist
        self._store = store
        self._metrics = metrics
        self._clock = clock

    def new_memory(self, camera_id: str) -> CameraMemory:
        """The memory of a camera that was not seen before."""
        return CameraMemory(PassageTracker(self._tracking, camera_id=camera_id))

    def restored(self, state: bytes) -> CameraMemory:
        """The memory that was kept in the state store."""
        return CameraMemory.from_bytes(state, self._tracking)

    def take(self, result: dict[str, Any], memory: CameraMemory) -> list[EngineRecord]:
        """Take in a ``FrameResult``; returns what is to be published, alerts first."""
        read = read_result(result)
        outcome = "failed" if result["result"] is None else "read"
        self._metrics.results.labels(outcome).inc()
        memory.processed_at = max(memory.processed_at, result["processed_at"])
        records = list(self._alerts(read, memory))
        return [*records, *self._passages(memory.tracker.observe(read.frame), "passed")]

    def end(self, memory: CameraMemory) -> list[EngineRecord]:
        """End what is under way at a camera that has fallen silent."""
        return list(self._passages(memory.tracker.finish(), "idle"))

    def _alerts(self, read: ReadFrame, memory: CameraMemory) -> Iterator[EngineRecord]:
        frame = read.frame
        at = frame.captured_at
        memory.alerts.forget_before(at - self._quiet_ms)
        for sighting, characters in zip(frame.sightings, read.characters, strict=True):
            number = sighting.plate_number
            for match in self._hotlist.matches(number, sighting.confidence, characters, at):
                if memory.alerts.is_news(match, number, at, self._quiet_ms):
                    now = self._clock()
                    record = alert_record(frame, sighting, match, round(now * 1000))
                    yield encoded(SchemaName.ALERT, record, "alert_id", self._store)
                    self._metrics.alerts.labels(match.kind.value).inc()
                    # Cameras' clocks may be ahead of ours.
                    self._metrics.alert_seconds.observe(max(0.0, now - at / 1000))

    def _passages(self, passages: Iterable[Passage], ended_by: str) -> Iterator[EngineRecord]:
        for passage in passages:
            self._metrics.passages.labels(ended_by).inc()
            self._metrics.passage_looks.observe(passage.looks)
            yield encoded(SchemaName.PASSAGE, passage_record(passage), "passage_id", self._store)
