"""Setbacks in a row: waits that double, and how long the row has lasted."""

from platestream.bus.delivery.setbacks import Setbacks


class Clock:
    """Tells the time that it is set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def pause(setbacks: Setbacks, clock: Clock) -> float:
    """How long it is too early for, to a quarter of a second."""
    begun = clock.now
    while setbacks.pausing:
        clock.now += 0.25
    return clock.now - begun


def test_each_wait_is_twice_the_last_up_to_the_longest() -> None:
    clock = Clock()
    setbacks = Setbacks(0.5, 3.0, clock)
    pauses = []
    for _ in range(5):
        setbacks.another()
        pauses.append(pause(setbacks, clock))
    assert pauses == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_a_row_lasts_from_its_first() -> None:
    clock = Clock()
    setbacks = Setbacks(0.5, 3.0, clock)
    assert setbacks.another() == 0.0
    clock.now = 107.0
    assert setbacks.another() == 7.0


def test_a_success_ends_the_row() -> None:
    clock = Clock()
    setbacks = Setbacks(0.5, 3.0, clock)
    for _ in range(3):
        setbacks.another()
    clock.now = 120.0
    setbacks.over()
    assert setbacks.another() == 0.0
    assert pause(setbacks, clock) == 0.5
