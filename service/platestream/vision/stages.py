"""Adds up the time of one stage over a batch that enters it several times."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from platestream.telemetry.labels import Stage
from platestream.telemetry.metrics import Metrics
from platestream.telemetry.tracing import recorder


class StageClock:
    """Time by stage of one batch; two-row plates pass the rectifier and recognizer twice."""

    def __init__(self) -> None:
        self._seconds: dict[Stage, float] = {}

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Add the wall-clock time of the body to stage ``name``."""
        listener = recorder()
        began = time.time_ns() if listener is not None else 0
        start = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - start
            self._seconds[name] = self._seconds.get(name, 0.0) + elapsed
            if listener is not None:
                listener(name, began)

    def observe(self, metrics: Metrics | None) -> None:
        """Report one observation for every stage that was entered."""
        if metrics is not None:
            for name, seconds in self._seconds.items():
                metrics.stage_seconds.labels(name).observe(seconds)
