"""What may be in flight."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.stream.budget import InFlightBudget, PixelBudget
from tests.stream.waiting import wait_until


def test_it_closes_at_the_frames_and_opens_at_the_low_mark() -> None:
    budget = InFlightBudget(max_frames=4, max_bytes=1000, resume_fraction=0.5)
    for _ in range(4):
        assert budget.open
        budget.take(1)
    assert not budget.open
    budget.give_back(1)
    assert not budget.open  # 3 frames: hysteresis
    budget.give_back(1)
    assert budget.open


def test_it_closes_at_the_bytes_and_lets_a_single_large_frame_in() -> None:
    budget = InFlightBudget(max_frames=100, max_bytes=10, resume_fraction=0.5)
    assert budget.open
    budget.take(50)
    assert not budget.open
    budget.give_back(50)
    assert budget.open


def test_both_marks_must_be_passed_to_open() -> None:
    budget = InFlightBudget(max_frames=2, max_bytes=100, resume_fraction=1.0)
    budget.take(99)
    budget.take(1)
    assert not budget.open
    budget.give_back(1)
    assert budget.open
    budget.take(1)
    budget.give_back(1)
    assert budget.open


def test_a_limit_of_one_frame_works() -> None:
    budget = InFlightBudget(max_frames=1, max_bytes=1, resume_fraction=0.5)
    budget.take(7)
    assert not budget.open
    budget.give_back(7)
    assert budget.open


def test_giving_back_more_than_was_taken_is_refused() -> None:
    budget = InFlightBudget(max_frames=4, max_bytes=100, resume_fraction=0.5)
    with pytest.raises(ValueError, match="more"):
        budget.give_back(0)


@given(
    sizes=st.lists(st.integers(0, 40), max_size=80),
    frames=st.integers(1, 10),
    limit=st.integers(1, 200),
    fraction=st.floats(0.1, 1.0),
)
def test_the_overshoot_is_at_most_one_frame_and_it_always_opens_again(
    sizes: list[int], frames: int, limit: int, fraction: float
) -> None:
    budget = InFlightBudget(frames, limit, fraction)
    inside: list[int] = []
    for size in sizes:
        while not budget.open:
            assert inside, "closed with nothing in flight would be closed for ever"
            budget.give_back(inside.pop(0))
        before = budget.bytes
        budget.take(size)
        inside.append(size)
        assert budget.frames <= frames
        assert before < limit
    assert budget.bytes == sum(inside)


def test_pixels_wait_for_room_and_get_it() -> None:
    pixels = PixelBudget(100)
    assert pixels.take(80, lambda: False)
    got: list[bool] = []
    waiter = threading.Thread(target=lambda: got.append(pixels.take(30, lambda: False)))
    waiter.start()
    assert not got
    pixels.give_back(80)
    waiter.join(10)
    assert got == [True]
    assert pixels.taken == 30


def test_a_picture_larger_than_the_budget_is_let_in_alone() -> None:
    pixels = PixelBudget(10)
    assert pixels.take(500, lambda: False)
    assert pixels.taken == 500


def test_a_waiter_that_gives_up_takes_nothing() -> None:
    pixels = PixelBudget(10)
    pixels.take(10, lambda: False)
    given_up = threading.Event()
    asked = threading.Event()
    got: list[bool] = []

    def ask() -> bool:
        asked.set()
        return given_up.is_set()

    waiter = threading.Thread(target=lambda: got.append(pixels.take(5, ask)))
    waiter.start()
    wait_until(asked.is_set)
    given_up.set()
    pixels.wake()
    waiter.join(10)
    assert got == [False]
    assert pixels.taken == 10
