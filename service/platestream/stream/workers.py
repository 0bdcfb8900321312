"""A pool of daemon threads over one queue of two lanes.

Not ``ThreadPoolExecutor``: its threads are joined when the interpreter exits, so that one fetch or
one inference that hangs would keep a process alive that was told to stop at once.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from platestream.stream.lanes import Lane, LaneQueue

T = TypeVar("T")


class WorkerPool(Generic[T]):
    """``size`` threads that call ``handle`` for every item that they take from ``items``.

    Args:
        name: Name of the threads.
        size: How many.
        handle: What they do; it must not raise.
        items: The pool's own queue.
    """

    def __init__(
        self, name: str, size: int, handle: Callable[[T], None], items: LaneQueue[T]
    ) -> None:
        self._handle = handle
        self._items = items
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{index}", daemon=True)
            for index in range(size)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def put(self, item: T, lane: Lane) -> None:
        """Queue ``item``. The queue has no bound of its own: whoever puts keeps count."""
        self._items.put(item, lane)

    def stop(self, timeout: float) -> bool:
        """Let the threads finish what is queued and end.

        Returns:
            False when one of them was still at work after ``timeout`` seconds.
        """
        self._items.close()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (item := self._items.get()) is not None:
            self._handle(item)
            # Held until the next item came, the last one's picture would stay in memory.
            del item
