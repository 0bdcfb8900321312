"""What the live page shows of all frames, not only of those it pictures: counts and histograms."""

import threading
import time
from bisect import bisect_left
from collections import deque
from typing import Any, Final

from platestream.stream.outcome import FrameOutcome

# Upper ends; a last bin takes the rest. From a crop on a GPU to a cold URL fetch.
LATENCY_BINS_MS: Final = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000)
CONFIDENCE_BINS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# Long enough that the number does not flicker, short enough to follow a burst.
_RATE_WINDOW_S: Final = 5.0


class Tally:
    """Counts outcomes; one short lock, so that it costs the inference thread next to nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds = {"plates": 0, "no_plate": 0, "failed": 0, "skipped": 0}
        self._plates = 0
        self._latency = [0] * (len(LATENCY_BINS_MS) + 1)
        self._confidence = [0] * (len(CONFIDENCE_BINS) + 1)
        self._history: deque[tuple[float, int]] = deque()

    def add(self, outcome: FrameOutcome) -> None:
        """Count one outcome."""
        latency = max(0, outcome.processed_at - outcome.frame.captured_at)
        with self._lock:
            self._kinds[outcome.kind] += 1
            self._latency[bisect_left(LATENCY_BINS_MS, latency)] += 1
            for reading in outcome.readings or ():
                self._plates += 1
                self._confidence[bisect_left(CONFIDENCE_BINS, reading.confidence)] += 1

    def snapshot(self, now: float | None = None) -> dict[str, Any]:
        """Everything as JSON-ready data; ``per_second`` covers the time of the last snapshots."""
        now = time.monotonic() if now is None else now
        with self._lock:
            frames = sum(self._kinds.values())
            self._history.append((now, frames))
            while len(self._history) > 1 and now - self._history[0][0] > _RATE_WINDOW_S:
                self._history.popleft()
            since, before = self._history[0]
            elapsed = now - since
            return {
                "frames": frames,
                "plates": self._plates,
                "failed": self._kinds["failed"],
                "no_plate": self._kinds["no_plate"],
                "per_second": round((frames - before) / elapsed, 1) if elapsed > 0 else 0.0,
                "latency": {"bins": list(LATENCY_BINS_MS), "counts": list(self._latency)},
                "confidence": {"bins": list(CONFIDENCE_BINS), "counts": list(self._confidence)},
            }
