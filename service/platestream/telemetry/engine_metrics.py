"""Metrics of the passages application: results, passages, alerts, the hotlist."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from platestream.telemetry.buckets import END_TO_END_BUCKETS
from platestream.telemetry.kafka_metrics import KafkaMetrics
from platestream.telemetry.process_metrics import ProcessMetrics

# A glimpse, a car at a gate, a car at 25 frames a second, one that is parked.
_LOOK_BUCKETS = (1.0, 2.0, 3.0, 5.0, 10.0, 25.0, 50.0, 100.0, 500.0, 1000.0)


class EngineMetrics(KafkaMetrics, ProcessMetrics):
    """The metrics of one replica of the application.

    Args:
        registry: Where they are registered; one of their own when not given.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        KafkaMetrics.__init__(self, self.registry)
        ProcessMetrics.__init__(self, self.registry)
        counter = partial(Counter, registry=self.registry)
        gauge = partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)

        self.results = counter(
            "platestream_engine_results",
            "Results of frames that were taken in, by outcome: read, failed (the frame had "
            "failed), repeated (it was taken in before) or unreadable (no record of a result).",
            ["outcome"],
        )
        self.passages = counter(
            "platestream_passages",
            "Passages that were published, by what ended them: passed (the camera's frames) or "
            "idle (the clock, as the camera sent nothing).",
            ["ended_by"],
        )
        self.passage_looks = histogram(
            "platestream_passage_looks",
            "Frames in which the plate of a passage was read.",
            buckets=_LOOK_BUCKETS,
        )
        self.open_cameras = gauge(
            "platestream_engine_open_cameras",
            "Cameras of this replica that have passages under way.",
        )
        self.alerts = counter(
            "platestream_alerts",
            "Alerts that were published, by match: exact, near or pattern.",
            ["match"],
        )
        self.alert_seconds = histogram(
            "platestream_alert_latency_seconds",
            "From the capture of a frame until its alert was handed to the producer.",
            buckets=END_TO_END_BUCKETS,
        )
        self.hotlist_entries = gauge(
            "platestream_hotlist_entries",
            "Hotlist entries that this replica knows.",
        )
        self.hotlist_updates = counter(
            "platestream_hotlist_updates",
            "Records of the hotlist topic, by outcome: put, removed or refused.",
            ["outcome"],
        )
        for outcome in ("read", "failed", "repeated", "unreadable"):
            self.results.labels(outcome)
        for ended_by in ("passed", "idle"):
            self.passages.labels(ended_by)
        for match in ("exact", "near", "pattern"):
            self.alerts.labels(match)
        for outcome in ("put", "removed", "refused"):
            self.hotlist_updates.labels(outcome)
