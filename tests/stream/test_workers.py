"""The pool of daemon threads."""

import threading

from platestream.stream.lanes import Lane, LaneQueue
from platestream.stream.workers import WorkerPool
from tests.stream.waiting import wait_until


def test_everything_queued_is_handled_before_the_stop() -> None:
    seen: list[int] = []
    pool = WorkerPool("test", 1, seen.append, LaneQueue[int](0.5))
    pool.start()
    for number in range(50):
        pool.put(number, Lane.STREAM)
    assert pool.stop(timeout=10)
    assert seen == list(range(50))


def test_a_stop_does_not_wait_longer_than_it_may() -> None:
    gate, entered = threading.Event(), threading.Event()

    def hang(_: int) -> None:
        entered.set()
        gate.wait(30)

    pool = WorkerPool("test", 2, hang, LaneQueue[int](0.5))
    pool.start()
    pool.put(1, Lane.REQUEST)
    assert entered.wait(10)
    assert not pool.stop(timeout=0.0)
    gate.set()
    wait_until(lambda: pool.stop(timeout=1))


def test_a_pool_that_never_started_stops() -> None:
    items: LaneQueue[int] = LaneQueue(0.5)
    assert WorkerPool("test", 2, lambda _: None, items).stop(timeout=0.0)
