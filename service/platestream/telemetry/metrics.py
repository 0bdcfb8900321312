"""Every metric of the service: each name is defined once, here, with its type and meaning.

A :class:`Metrics` belongs to one registry, so that tests and several services in one process do not
share counters. No label ever carries plate text, a URL or a camera: the first two are personal or
unbounded, the last would multiply every histogram by the size of the fleet.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

Stage = Literal["decode", "fetch", "queue", "detect", "rectify", "recognize", "publish", "commit"]
Outcome = Literal["plates", "no_plate", "failed"]

# From half a millisecond (a crop on a GPU) to ten seconds (a cold URL fetch).
_STAGE_BUCKETS: Final = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
# Captured to acknowledged includes the sender's own buffering, so it reaches to ten minutes.
_END_TO_END_BUCKETS: Final = (
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0,
)  # fmt: skip
_BATCH_BUCKETS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_CONFIDENCE_BUCKETS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)


class Metrics:
    """The metrics of one service instance, registered in ``registry``."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        reg = self.registry

        # -- frames -----------------------------------------------------------------------------
        self.frames_consumed = Counter(
            "platestream_frames_consumed",
            "Frame messages taken from the source, good or bad.",
            registry=reg,
        )
        self.frames_processed = Counter(
            "platestream_frames_processed",
            "Frames whose outcome was delivered, by outcome: plates, no_plate or failed.",
            ["outcome"],
            registry=reg,
        )
        self.frames_dropped = Counter(
            "platestream_frames_dropped",
            "Frames let go unfinished as their partition moved; its new owner reads them again.",
            ["reason"],
            registry=reg,
        )
        self.frame_failures = Counter(
            "platestream_frame_failures",
            "Failed frames by documented error code.",
            ["error_code"],
            registry=reg,
        )
        self.frame_bytes = Counter(
            "platestream_frame_bytes",
            "Bytes of frame messages taken from the source.",
            registry=reg,
        )
        self.in_flight_frames = Gauge(
            "platestream_in_flight_frames",
            "Frames taken from the source whose outcome is not yet acknowledged.",
            registry=reg,
        )
        self.in_flight_bytes = Gauge(
            "platestream_in_flight_bytes",
            "Encoded bytes of the frames in flight.",
            registry=reg,
        )

        # -- time -------------------------------------------------------------------------------
        self.stage_seconds = Histogram(
            "platestream_stage_duration_seconds",
            "Time spent in one stage: per frame for fetch, decode, queue and publish; "
            "per batch for detect, rectify, recognize and commit.",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=reg,
        )
        self.end_to_end_seconds = Histogram(
            "platestream_end_to_end_latency_seconds",
            "From the capture of a frame to the acknowledged delivery of its last record.",
            buckets=_END_TO_END_BUCKETS,
            registry=reg,
        )
        self.batch_frames = Histogram(
            "platestream_batch_frames",
            "Frames in one batch given to the detector.",
            buckets=_BATCH_BUCKETS,
            registry=reg,
        )

        # -- plates -----------------------------------------------------------------------------
        self.plates = Counter(
            "platestream_plates",
            "Plates read, by background colour and number of text rows.",
            ["color", "rows"],
            registry=reg,
        )
        self.plate_confidence = Histogram(
            "platestream_plate_confidence",
            "Calibrated confidence of the plates read, by background colour.",
            ["color"],
            buckets=_CONFIDENCE_BUCKETS,
            registry=reg,
        )

        self.region_fits = Counter(
            "platestream_region_fits",
            "Plates held against the formats of the configured regions, by outcome: fits as read, "
            "mended (a likely text that fits was taken), unfit (reported as read) or left_out.",
            ["outcome"],
            registry=reg,
        )

        # -- fetch ------------------------------------------------------------------------------
        self.fetches = Counter(
            "platestream_fetches",
            "Pictures asked for by URL, by outcome: ok, or the way in which the fetch failed.",
            ["outcome"],
            registry=reg,
        )
        self.fetch_retries = Counter(
            "platestream_fetch_retries",
            "Attempts at a URL after the first.",
            registry=reg,
        )

        # -- bus --------------------------------------------------------------------------------
        self.consumer_lag = Gauge(
            "platestream_consumer_lag",
            "Messages of an assigned partition that wait behind the committed offset; a partition "
            "whose lag is not known has no series.",
            ["topic", "partition"],
            registry=reg,
        )
        self.lag_unknown_partitions = Gauge(
            "platestream_lag_unknown_partitions",
            "Assigned partitions whose lag the brokers did not tell when last asked.",
            registry=reg,
        )
        self.assigned_partitions = Gauge(
            "platestream_assigned_partitions",
            "Partitions assigned to this replica.",
            registry=reg,
        )
        self.rebalances = Counter(
            "platestream_rebalances",
            "Times that partitions were assigned, revoked or lost, by event.",
            ["event"],
            registry=reg,
        )
        self.commits = Counter(
            "platestream_commits",
            "Offset commits, by status: ok or failed.",
            ["status"],
            registry=reg,
        )
        self.transactions = Counter(
            "platestream_transactions",
            "Transactions, by outcome: committed, aborted (its frames go into the next one), "
            "fenced (another producer has our name) or fatal.",
            ["outcome"],
            registry=reg,
        )
        self.transaction_seconds = Histogram(
            "platestream_transaction_duration_seconds",
            "From the first record of a transaction to its end.",
            buckets=_STAGE_BUCKETS,
            registry=reg,
        )
        self.consumer_errors = Counter(
            "platestream_consumer_errors",
            "Errors that the consumer reported, by Kafka's name of the error; most pass by "
            "themselves.",
            ["error"],
            registry=reg,
        )
        self.records_published = Counter(
            "platestream_records_published",
            "Output records, by topic and status: delivered or failed.",
            ["topic", "status"],
            registry=reg,
        )
        self.registry_requests = Counter(
            "platestream_registry_requests",
            "Requests to the schema registry, by operation and outcome: ok, not_found, refused or "
            "unavailable.",
            ["operation", "outcome"],
            registry=reg,
        )
        self.partitions_waiting = Gauge(
            "platestream_partitions_waiting",
            "Partitions that wait for a picture host or schema registry which is away.",
            registry=reg,
        )
        self.consumer_paused = Gauge(
            "platestream_consumer_paused",
            "1 while consumption is paused by back-pressure, else 0.",
            registry=reg,
        )
        self.backpressure_seconds = Counter(
            "platestream_backpressure_seconds",
            "Time during which consumption was paused by back-pressure.",
            registry=reg,
        )
        self.last_poll_timestamp = Gauge(
            "platestream_last_poll_timestamp_seconds",
            "Unix time of the consumer's last poll; it must never stand still.",
            registry=reg,
        )

        # -- web --------------------------------------------------------------------------------
        self.http_requests = Counter(
            "platestream_http_requests",
            "HTTP requests by status and documented error code (empty for none).",
            ["code", "error_code"],
            registry=reg,
        )
        self.http_request_seconds = Histogram(
            "platestream_http_request_duration_seconds",
            "From the head of an HTTP request to the end of its answer, by route; without probes "
            "and event streams.",
            ["route"],
            buckets=_END_TO_END_BUCKETS,
            registry=reg,
        )
        self.http_in_progress = Gauge(
            "platestream_http_requests_in_progress",
            "HTTP requests that are being answered.",
            registry=reg,
        )
        self.http_connections = Gauge(
            "platestream_http_connections",
            "Open connections to the HTTP interface.",
            registry=reg,
        )
        self.http_connections_dropped = Counter(
            "platestream_http_connections_dropped",
            "Connections ended by the HTTP interface, by reason: late (a head, or the rest of a "
            "body), stalled (its client reads nothing), displaced (without a request, to make "
            "room), full (all others at work) or no_descriptors.",
            ["reason"],
            registry=reg,
        )

        # -- models -----------------------------------------------------------------------------
        self.model_info = Gauge(
            "platestream_model_info",
            "Always 1; the labels say which bundle and execution provider are in use.",
            ["name", "version", "provider"],
            registry=reg,
        )

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Observe the wall-clock time of the body as stage ``name``, also when it raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stage_seconds.labels(name).observe(time.perf_counter() - start)
