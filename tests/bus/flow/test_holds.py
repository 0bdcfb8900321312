"""A partition is held for the budget at most in any time of twice the budget, whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from platestream.bus.flow.outages import HoldBudget
from platestream.bus.partitions import Partition

HERE, THERE = Partition("frames", 0), Partition("frames", 1)
BUDGET = 100.0


def book() -> HoldBudget:
    return HoldBudget(BUDGET)


def test_a_frame_may_be_waited_for_until_the_budget_is_used_up() -> None:
    holds = book()
    assert holds.allows(HERE, 5, 0.0)
    assert holds.allows(HERE, 5, 99.0)
    assert holds.left(HERE, 99.0) == 1.0
    assert not holds.allows(HERE, 5, 100.0)
    assert holds.left(HERE, 100.0) == 0.0


def test_frames_one_behind_the_other_share_the_budget() -> None:
    holds = book()
    assert holds.allows(HERE, 5, 0.0)
    holds.passed(HERE, 5, 60.0)
    assert holds.allows(HERE, 6, 70.0)  # ten seconds in between do not count
    holds.passed(HERE, 6, 100.0)
    assert holds.allows(HERE, 7, 100.0)
    assert not holds.allows(HERE, 7, 110.0)
    assert not holds.allows(HERE, 8, 110.0)


def test_what_is_before_the_frame_that_waits_ends_nothing() -> None:
    holds = book()
    holds.allows(HERE, 5, 0.0)
    holds.passed(HERE, 4, 50.0)
    assert not holds.allows(HERE, 5, 100.0)


def test_an_older_frame_that_must_wait_takes_the_place_of_a_later_one() -> None:
    holds = book()
    holds.allows(HERE, 5, 0.0)
    holds.allows(HERE, 3, 1.0)
    holds.passed(HERE, 3, 10.0)
    assert holds.left(HERE, 50.0) == 90.0


def test_after_as_long_without_a_hold_the_budget_is_there_again() -> None:
    holds = book()
    holds.allows(HERE, 5, 0.0)
    assert not holds.allows(HERE, 5, 100.0)
    assert not holds.allows(HERE, 9, 199.0)
    assert holds.allows(HERE, 10, 200.0)
    assert holds.left(HERE, 200.0) == BUDGET


def test_partitions_have_nothing_to_do_with_each_other() -> None:
    holds = book()
    holds.allows(HERE, 5, 0.0)
    assert not holds.allows(HERE, 5, 100.0)
    assert holds.allows(THERE, 5, 100.0)


def test_another_assignment_begins_anew() -> None:
    holds = book()
    holds.allows(HERE, 5, 0.0)
    holds.forget(HERE)
    assert holds.allows(HERE, 5, 500.0)
    assert holds.left(HERE, 500.0) == BUDGET


# What becomes of each try: whether it fails, and after how many seconds the next frame comes up.
TRIES = st.lists(st.tuples(st.booleans(), st.floats(0.0, 150.0)), max_size=60)


@given(tries=TRIES, pause=st.floats(0.1, 30.0))
def test_whatever_the_frames_are_the_share_of_time_is_bounded(
    tries: list[tuple[bool, float]], pause: float
) -> None:
    """Frames in a row, each tried again after pauses until it passes or may wait no longer."""
    holds = book()
    now, offset = 0.0, 0
    held: list[tuple[float, float]] = []
    since: float | None = None
    for fails, gap in tries:
        if fails and holds.allows(HERE, offset, now):
            since = now if since is None else since
            now += min(pause, holds.left(HERE, now))
            continue
        holds.passed(HERE, offset, now)
        if since is not None:
            held.append((since, now))
        since, offset, now = None, offset + 1, now + gap
    for start in [a for a, _ in held] + [b - 2 * BUDGET for _, b in held]:
        end = start + 2 * BUDGET
        assert sum(max(0.0, min(b, end) - max(a, start)) for a, b in held) <= BUDGET + 1e-6
