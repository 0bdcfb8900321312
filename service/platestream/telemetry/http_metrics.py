"""Metrics of the HTTP interface."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from platestream.telemetry.buckets import END_TO_END_BUCKETS


class HttpMetrics:
    """Requests and their answers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)
        histogram = partial(Histogram, registry=registry)

        self.http_requests = counter(
            "platestream_http_requests",
            "HTTP requests by status and documented error code (empty for none).",
            ["code", "error_code"],
        )
        self.http_request_seconds = histogram(
            "platestream_http_request_duration_seconds",
            "From the head of an HTTP request to the end of its answer, by route; without probes "
            "and event streams.",
            ["route"],
            buckets=END_TO_END_BUCKETS,
        )
        self.http_in_progress = gauge(
            "platestream_http_requests_in_progress",
            "HTTP requests that are being answered.",
        )
        self.http_connections = gauge(
            "platestream_http_connections",
            "Open connections to the HTTP interface.",
        )
        self.http_connections_dropped = counter(
            "platestream_http_connections_dropped",
            "Connections ended by the HTTP interface, by reason: late (a head, or the rest of a "
            "body), stalled (its client reads nothing), displaced (without a request, to make "
            "room), full (all others at work) or no_descriptors.",
            ["reason"],
        )
