"""One deadline over everything that a fetch does.

A time-out per read does not bound a fetch: a host that sends a byte a second never trips it. So
each wait of a fetch (queue, name look-up, connect, handshake, every read) is cut to what is left
of the deadline. The HTTP library opens and reads its sockets in the caller's thread, which makes
a context variable the way to tell a pooled connection whose deadline it is working under.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from platestream.stream.fetch.errors import FetchError, FetchFailure


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline ``seconds`` from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds until the deadline; zero or negative once it has passed."""
        return self.at - time.monotonic()

    def cut(self, timeout: float | None) -> float:
        """``timeout`` (None: no limit of its own), but no longer than what is left, in seconds.

        Raises:
            FetchError: ``TIMEOUT``, where nothing is left.
        """
        left = self.left
        if left <= 0:
            raise FetchError(FetchFailure.TIMEOUT)
        return left if timeout is None else min(timeout, left)


_current: ContextVar[Deadline] = ContextVar("platestream_fetch_deadline")


@contextmanager
def under(deadline: Deadline) -> Iterator[None]:
    """Run the body under ``deadline`` in this thread."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)


def current_deadline() -> Deadline:
    """The deadline this thread works under.

    Raises:
        LookupError: There is none: a connection was used outside of a fetch.
    """
    return _current.get()
