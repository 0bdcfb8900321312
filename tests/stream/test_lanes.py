"""The queue of two lanes."""

import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.stream.lanes import Lane, LaneQueue


def filled(share: float, *, frames: int, requests: int) -> LaneQueue[tuple[Lane, int]]:
    queue: LaneQueue[tuple[Lane, int]] = LaneQueue(share)
    for lane, count in ((Lane.STREAM, frames), (Lane.REQUEST, requests)):
        for number in range(count):
            queue.put((lane, number), lane)
    return queue


@given(share=st.floats(0.05, 0.95), taken=st.integers(1, 200))
def test_while_both_wait_requests_get_their_share_whatever_is_taken_so_far(
    share: float, taken: int
) -> None:
    queue = filled(share, frames=200, requests=200)
    lanes = [item[0] for _ in range(taken) if (item := queue.get(0)) is not None]
    assert abs(lanes.count(Lane.REQUEST) - taken * share) <= 1 + 1e-6
    assert lanes[0] is Lane.REQUEST


@given(
    share=st.floats(0.05, 0.95),
    steps=st.lists(st.sampled_from(["frame", "request", "get"]), max_size=200),
)
def test_nothing_is_lost_and_each_lane_keeps_its_order(share: float, steps: list[str]) -> None:
    queue: LaneQueue[tuple[Lane, int]] = LaneQueue(share)
    put, got = 0, []
    for step in steps:
        if step == "get":
            got.append(queue.get(0))
        else:
            lane = Lane.REQUEST if step == "request" else Lane.STREAM
            queue.put((lane, put), lane)
            put += 1
    while (item := queue.get(0)) is not None:
        got.append(item)
    items = [item for item in got if item is not None]
    assert sorted(number for _, number in items) == list(range(put))
    for lane in Lane:
        numbers = [number for owner, number in items if owner is lane]
        assert all(a < b for a, b in pairwise(numbers))


@pytest.mark.parametrize(("frames", "requests"), [(5, 0), (0, 5)])
def test_a_lane_that_waits_alone_gets_everything(frames: int, requests: int) -> None:
    queue = filled(0.5, frames=frames, requests=requests)
    assert sum(queue.get(0) is not None for _ in range(5)) == 5
    assert queue.get(0) is None


def test_a_waiting_get_is_woken_and_later_ends_with_the_queue() -> None:
    queue: LaneQueue[str] = LaneQueue(0.5)
    woken, got = threading.Event(), []

    def take() -> None:
        assert queue.get() is None
        woken.set()
        while (item := queue.get()) is not None:
            got.append(item)

    thread = threading.Thread(target=take)
    thread.start()
    queue.wake()
    assert woken.wait(30)
    queue.put("last", Lane.STREAM)
    queue.close()
    thread.join(30)
    assert got == ["last"]


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_lane_without_a_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        LaneQueue[int](share)
