"""Metrics of the service as a process: ready, ended, built from."""

from functools import partial

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)


class ProcessMetrics:
    """Readiness, exits and build."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        gauge = partial(Gauge, registry=registry)

        self.ready = gauge(
            "platestream_ready",
            "1 while this replica is ready for work, as /readyz says; else 0.",
        )
        self.exits = counter(
            "platestream_exits",
            "Ends of the service, by reason: drained, deadline (what was left is read again), "
            "aborted (told twice) or failed; telemetry.last_scrape_seconds lets them be seen.",
            ["reason"],
        )
        self.build_info = gauge(
            "platestream_build_info",
            "Always 1; the labels say what runs. The revision is empty where it is not known.",
            ["version", "revision"],
        )

    def describe_process(
        self, registry: CollectorRegistry, *, version: str, revision: str = ""
    ) -> None:
        """Export ``process_*``, ``python_*`` and the build.

        Once for each registry, and only by a service that is the process: several in one process,
        as in tests, would each claim its memory.
        """
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self.build_info.labels(version, revision).set(1)
