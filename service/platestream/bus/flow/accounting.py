"""The account of frames, as metrics: what was taken in, and what became of what was delivered."""

import time

from platestream.bus.delivery.protocol import FinishedFrame
from platestream.stream.outcome import now_ms
from platestream.telemetry.metrics import Metrics


def count_consumed(metrics: Metrics, size: int) -> None:
    """Account for a frame of ``size`` bytes that was taken in."""
    metrics.frames_consumed.inc()
    metrics.frame_bytes.inc(size)


def count_delivered(metrics: Metrics, frame: FinishedFrame) -> None:
    """Account for a frame whose records are all acknowledged."""
    outcome = frame.outcome
    metrics.frames_processed.labels(outcome.kind).inc()
    metrics.stage_seconds.labels("publish").observe(time.monotonic() - frame.released_at)
    captured = outcome.frame.captured_at
    # A camera whose clock is ahead would give negative times.
    metrics.end_to_end_seconds.observe(max(0.0, (now_ms() - captured) / 1000))
    if outcome.error is not None:
        metrics.frame_failures.labels(outcome.error.code.code).inc()
    for reading in outcome.readings or ():
        color = reading.plate_color.value
        metrics.plates.labels(color, str(reading.rows)).inc()
        metrics.plate_confidence.labels(color).observe(reading.confidence)
