"""Micro-batches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.stream.batching import MicroBatcher


def test_a_full_batch_is_due_whatever_its_age() -> None:
    batch: MicroBatcher[int] = MicroBatcher(max_items=2)
    batch.add(1, now=0.0, max_age=1.0)
    assert not batch.due(now=0.0)
    batch.add(2, now=0.0, max_age=1.0)
    assert batch.due(now=0.0)
    assert batch.take() == [1, 2]
    assert not batch.due(now=1000.0)


def test_the_age_is_that_of_the_first_item() -> None:
    batch: MicroBatcher[int] = MicroBatcher(max_items=10)
    assert batch.remaining(now=5.0) == float("inf")
    batch.add(1, now=5.0, max_age=1.0)
    batch.add(2, now=5.9, max_age=1.0)
    assert batch.remaining(now=5.9) == pytest.approx(0.1)
    assert not batch.due(now=5.99)
    assert batch.due(now=6.0)
    assert batch.remaining(now=7.0) == 0.0


def test_a_batch_starts_its_age_anew() -> None:
    batch: MicroBatcher[int] = MicroBatcher(max_items=10)
    batch.add(1, now=0.0, max_age=1.0)
    batch.take()
    batch.add(2, now=9.5, max_age=1.0)
    assert not batch.due(now=10.0)


def test_nothing_is_put_into_a_full_batch() -> None:
    batch: MicroBatcher[int] = MicroBatcher(max_items=1)
    batch.add(1, now=0.0, max_age=1.0)
    with pytest.raises(OverflowError):
        batch.add(2, now=0.0, max_age=1.0)


def test_the_most_impatient_item_decides() -> None:
    batch: MicroBatcher[str] = MicroBatcher(max_items=10)
    batch.add("frame", now=0.0, max_age=1.0)
    batch.add("request", now=0.1, max_age=0.2)
    batch.add("frame", now=0.2, max_age=1.0)
    assert not batch.due(now=0.29)
    assert batch.due(now=0.31)


def test_senseless_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="batch"):
        MicroBatcher[int](0)


@given(
    arrivals=st.lists(st.floats(0, 10), max_size=60).map(sorted),
    size=st.integers(1, 8),
    age=st.floats(0, 3),
)
def test_every_item_leaves_once_in_order_and_in_time(
    arrivals: list[float], size: int, age: float
) -> None:
    batch: MicroBatcher[int] = MicroBatcher(size)
    out: list[int] = []
    for index, now in enumerate(arrivals):
        if batch.due(now):
            out.extend(batch.take())
        batch.add(index, now, age)
        assert len(batch) <= size
        assert batch.remaining(now) <= age + 1e-9  # rounding of floats
        if batch.full:
            out.extend(batch.take())
    out.extend(batch.take())
    assert out == list(range(len(arrivals)))
