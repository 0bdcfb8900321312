"""Patience runs out by what was seen, not by the clock alone."""

from platestream.bus.delivery.patience import Patience


class Clock:
    """Tells the time that it is set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_runs_out_when_every_look_finds_it_amiss_for_longer_than_allowed() -> None:
    clock = Clock()
    patience = Patience(5.0, clock)
    seen = []
    for clock.now in (100.0, 103.0, 105.0, 105.1):
        seen.append(patience.exhausted(amiss=True))
    assert seen == [False, False, False, True]


def test_one_look_that_finds_it_well_starts_it_anew() -> None:
    clock = Clock()
    patience = Patience(5.0, clock)
    patience.exhausted(amiss=True)
    clock.now = 104.0
    patience.exhausted(amiss=False)
    clock.now = 108.0
    assert not patience.exhausted(amiss=True)
    clock.now = 113.1
    assert patience.exhausted(amiss=True)


def test_a_process_that_stood_still_has_seen_nothing_yet() -> None:
    clock = Clock()
    patience = Patience(5.0, clock)
    patience.exhausted(amiss=False)
    clock.now = 1000.0
    assert not patience.exhausted(amiss=True)
