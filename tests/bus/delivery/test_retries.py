"""Waits between tries that double, and what is stuck by what was seen, not by the clock alone."""

from platestream.bus.delivery.retries import Backoff, StuckTimer


class Clock:
    """Tells the time that it is set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def pause(backoff: Backoff, clock: Clock) -> float:
    """How long it is too early for, to a quarter of a second."""
    begun = clock.now
    while backoff.pausing:
        clock.now += 0.25
    return clock.now - begun


def test_each_wait_is_twice_the_last_up_to_the_longest() -> None:
    clock = Clock()
    backoff = Backoff(0.5, 3.0, clock)
    pauses = []
    for _ in range(5):
        backoff.failed()
        pauses.append(pause(backoff, clock))
    assert pauses == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_a_row_lasts_from_its_first() -> None:
    clock = Clock()
    backoff = Backoff(0.5, 3.0, clock)
    assert backoff.failed() == 0.0
    clock.now = 107.0
    assert backoff.failed() == 7.0


def test_a_success_ends_the_row() -> None:
    clock = Clock()
    backoff = Backoff(0.5, 3.0, clock)
    for _ in range(3):
        backoff.failed()
    clock.now = 120.0
    backoff.succeeded()
    assert backoff.failed() == 0.0
    assert pause(backoff, clock) == 0.5


def test_it_expires_when_every_look_finds_it_stuck_for_longer_than_allowed() -> None:
    clock = Clock()
    timer = StuckTimer(5.0, clock)
    seen = []
    for clock.now in (100.0, 103.0, 105.0, 105.1):
        seen.append(timer.expired(stuck=True))
    assert seen == [False, False, False, True]


def test_one_look_that_finds_it_well_starts_it_anew() -> None:
    clock = Clock()
    timer = StuckTimer(5.0, clock)
    timer.expired(stuck=True)
    clock.now = 104.0
    timer.expired(stuck=False)
    clock.now = 108.0
    assert not timer.expired(stuck=True)
    clock.now = 113.1
    assert timer.expired(stuck=True)


def test_a_process_that_stood_still_has_seen_nothing_yet() -> None:
    clock = Clock()
    timer = StuckTimer(5.0, clock)
    timer.expired(stuck=False)
    clock.now = 1000.0
    assert not timer.expired(stuck=True)
