"""Since when what frames need is away, and how long to wait for it."""

import random

import pytest

from platestream.bus.configuration.failures import RetrySettings
from platestream.bus.flow.outages import Outages

SETTINGS = RetrySettings(budget_seconds=100.0, first_pause_seconds=1.0, longest_pause_seconds=20.0)


def book() -> Outages:
    return Outages(SETTINGS, random.Random(1))


def test_the_budget_belongs_to_the_outage() -> None:
    away = book()
    assert away.failed("a", 0.0)
    assert away.failed("a", 99.0)
    assert not away.failed("a", 100.0)
    assert not away.failed("a", 150.0)
    assert away.failed("b", 150.0)


def test_an_answer_ends_the_outage() -> None:
    away = book()
    away.failed("a", 0.0)
    away.worked("a")
    assert len(away) == 0
    assert away.failed("a", 150.0)


def test_what_nobody_asked_for_meanwhile_starts_a_new_outage() -> None:
    away = book()
    away.failed("a", 0.0)
    assert away.failed("a", 7200.0)


@pytest.mark.parametrize(("age", "longest"), [(0.0, 1.0), (10.0, 5.0), (90.0, 20.0)])
def test_pauses_grow_with_the_outage_and_have_jitter(age: float, longest: float) -> None:
    away = book()
    away.failed("a", 0.0)
    away.failed("a", age)
    pauses = [away.pause("a", age) for _ in range(50)]
    assert all(longest / 2 <= pause <= longest for pause in pauses)
    assert len(set(pauses)) > 40


def test_made_up_hosts_do_not_fill_the_memory() -> None:
    away = book()
    for number in range(5000):
        away.failed(f"host {number}", 0.0)
    assert len(away) == 1024
