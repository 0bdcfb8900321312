"""Counts and histograms."""

import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.stream.outcome import FrameOutcome
from platestream.web.live.tally import CONFIDENCE_BINS, LATENCY_BINS_MS, Tally
from tests.stream.fakes import MODEL, frame, reading


def outcome(latency_ms: int, plates: int = 1) -> FrameOutcome:
    seen = frame(1)
    return FrameOutcome(
        frame=seen,
        readings=(reading(1),) * plates,
        error=None,
        model=MODEL,
        processed_at=seen.captured_at + latency_ms,
    )


def test_every_outcome_is_counted_by_what_became_of_it() -> None:
    tally = Tally()
    tally.add(outcome(5, plates=2))
    tally.add(outcome(5, plates=0))
    tally.add(FrameOutcome.failed(frame(1), FrameError(ErrorCode.PICTURE_SIZE), MODEL))
    seen = tally.snapshot()
    assert [seen[name] for name in ("frames", "plates", "no_plate", "failed")] == [3, 2, 1, 1]
    assert sum(seen["confidence"]["counts"]) == 2
    assert seen["confidence"]["counts"][CONFIDENCE_BINS.index(0.9)] == 2  # 0.9 is in "up to 0.9"


@pytest.mark.parametrize(
    ("latency", "expected"), [(0, 0), (10, 0), (11, 1), (5_000, 8), (5_001, 9), (-50, 0)]
)
def test_a_latency_falls_into_its_bin(latency: int, expected: int) -> None:
    tally = Tally()
    tally.add(outcome(latency))
    counts = tally.snapshot()["latency"]["counts"]
    assert len(counts) == len(LATENCY_BINS_MS) + 1
    assert counts.index(1) == expected


def test_the_rate_covers_the_last_seconds() -> None:
    tally = Tally()
    assert tally.snapshot(now=100.0)["per_second"] == 0.0
    for _ in range(20):
        tally.add(outcome(1))
    assert tally.snapshot(now=102.0)["per_second"] == 10.0
    assert tally.snapshot(now=120.0)["per_second"] == 0.0
