"""Every metric of the service: each name is defined once, in this package, with type and meaning.

A :class:`Metrics` belongs to one registry, so that tests and several services in one process do not
share counters. No label ever carries plate text, a URL or a camera: the first two are personal or
unbounded, the last would multiply every histogram by the size of the fleet.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from platestream.telemetry.camera_metrics import CameraMetrics
from platestream.telemetry.frame_metrics import FrameMetrics
from platestream.telemetry.http_metrics import HttpMetrics
from platestream.telemetry.kafka_metrics import KafkaMetrics
from platestream.telemetry.labels import NO_VALUES, LabelValues, Stage, start_at_zero
from platestream.telemetry.model_metrics import ModelMetrics
from platestream.telemetry.process_metrics import ProcessMetrics


class Metrics(FrameMetrics, ModelMetrics, CameraMetrics, KafkaMetrics, HttpMetrics, ProcessMetrics):
    """The metrics of one service instance.

    Args:
        registry: Where they are registered; one of their own when not given.
        labels: Values of labels that other layers define, so that their series start at 0.
    """

    def __init__(
        self, registry: CollectorRegistry | None = None, labels: LabelValues = NO_VALUES
    ) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        for part in (
            FrameMetrics,
            ModelMetrics,
            CameraMetrics,
            KafkaMetrics,
            HttpMetrics,
            ProcessMetrics,
        ):
            part.__init__(self, self.registry)
        start_at_zero(self, labels)

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Observe the wall-clock time of the body as stage ``name``, also when it raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stage_seconds.labels(name).observe(time.perf_counter() - start)
