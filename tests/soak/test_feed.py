"""The judge of the feed's soak finds what it is there to find."""

from dataclasses import replace
from typing import Any

import pytest

from tests.soak.feed import FeedSoak, Seen, judge

_SOAK = FeedSoak(minutes=0.2, disconnects=1, fps=25)


def _kept() -> list[Seen]:
    """Ten seconds of frames, thrown out for two seconds after five; the film goes on meanwhile."""
    numbers = [number for number in range(300) if not 125 <= number < 175]
    return [Seen(f"run-{n}", 1_767_225_600_000 + 40 * n, n % 250) for n in numbers]


def _summary(published: int) -> dict[str, Any]:
    return {
        "read": published + 3,
        "published": published,
        "dropped": {"queue": 3},
        "reconnects": {"ended": 1},
        "latency_seconds": {},
    }


def test_a_run_that_kept_its_promise_has_no_problems() -> None:
    report = judge(_SOAK, _summary(250), _kept())
    assert report.problems == ()
    assert report.gaps == (2.04,)
    assert report.missed_pictures == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda seen: seen[:-1], "250 published, 249 on the topic"),
        (lambda seen: [*seen, seen[-1]], "1 are there more than once"),
        (lambda seen: [seen[1], seen[0], *seen[2:]], "out of order"),
        (
            lambda seen: [*seen[:9], replace(seen[9], number=seen[7].number), *seen[10:]],
            "out of order",
        ),
        (lambda seen: seen[:100], "only 100 frames"),
    ],
)
def test_what_is_lost_doubled_or_out_of_order_is_told(change: Any, problem: str) -> None:
    report = judge(_SOAK, _summary(250), change(_kept()))
    assert any(problem in told for told in report.problems)


def test_frames_that_nobody_counted_are_told() -> None:
    summary = _summary(250) | {"read": 260}
    assert judge(_SOAK, summary, _kept()).problems == ("260 read, 250 published, 3 dropped",)
