"""Two kinds of work over the same threads: neither may starve the other.

Frames of the stream come as fast as they are taken; a request's caller waits. In one queue, a
back-log of the stream would stand before every request, and a burst of requests before the stream.
"""

import threading
from collections import deque
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


class Lane(Enum):
    """Whose work it is."""

    STREAM = "stream"
    """A frame of the stream: there are always more behind it."""
    REQUEST = "request"
    """A request that somebody waits for."""


class LaneQueue(Generic[T]):
    """A queue for each lane with one way out.

    While both lanes wait, requests are ``request_share`` of what is taken, evenly spread; while
    only one waits, it gets everything. Each lane keeps its own order. Unbounded: whoever puts keeps
    count.

    Args:
        request_share: Between 0 and 1, both excluded.
    """

    def __init__(self, request_share: float) -> None:
        if not 0 < request_share < 1:
            raise ValueError("each lane needs a share")
        self._share = request_share
        # Grows by the share with every choice; at 1 it is a request's turn, as it is at first.
        self._credit = 1 - request_share
        self._stream: deque[T] = deque()
        self._requests: deque[T] = deque()
        self._changed = threading.Condition()
        self._woken = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._requests) + len(self._stream)

    def put(self, item: T, lane: Lane) -> None:
        """Queue ``item``."""
        with self._changed:
            (self._requests if lane is Lane.REQUEST else self._stream).append(item)
            self._changed.notify()

    def get(self, timeout: float | None = None) -> T | None:
        """Take the next item, waiting for one.

        Args:
            timeout: Longest wait, seconds; None waits for ever.

        Returns:
            None when the time is up, after :meth:`wake`, or when closed and empty.
        """
        with self._changed:
            self._changed.wait_for(self._something_new, timeout)
            if self._requests and self._stream:
                return self._in_turn()
            if lane := self._requests or self._stream:
                return lane.popleft()
            self._woken = False
            return None

    def wake(self) -> None:
        """Let a waiting :meth:`get`, or the next one that finds nothing, return at once."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def close(self) -> None:
        """Let every :meth:`get` return None once the queue is empty."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _something_new(self) -> bool:
        return bool(self._requests or self._stream) or self._woken or self._closed

    def _in_turn(self) -> T:
        self._credit += self._share
        if self._credit < 1:
            return self._stream.popleft()
        self._credit -= 1
        return self._requests.popleft()
