"""How much is let in: so many requests, so many bytes of bodies, so many requests per project.

A queue without a bound turns overload into time-outs for everybody. Here a request is refused at
once when every place is taken, before a byte of its body is read; those inside keep their latency.
Everything here belongs to one event loop.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from platestream.contract.errors import ErrorCode, FrameError


class AdmissionGate:
    """Admits ``capacity`` requests at once and refuses the rest."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.admitted = 0

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Hold a place for the time of the body.

        Raises:
            FrameError: APIG.0308 when there is none.
        """
        if self.admitted >= self._capacity:
            raise FrameError(ErrorCode.THROTTLED, "The service is busy; try again.")
        self.admitted += 1
        try:
            yield
        finally:
            self.admitted -= 1


class BodyMemory:
    """Bytes of bodies that may be held at once; whoever comes later waits, in order."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._room = asyncio.Condition()
        self.held = 0

    @asynccontextmanager
    async def hold(self, size: int) -> AsyncIterator[None]:
        """Hold ``size`` bytes (at most the capacity) for the time of the body."""
        size = min(size, self._capacity)
        async with self._room:
            await self._room.wait_for(lambda: self.held + size <= self._capacity)
            self.held += size
        try:
            yield
        finally:
            self.held -= size
            async with self._room:
                self._room.notify_all()


class RateLimiter:
    """Requests per project in a moving window.

    Args:
        rate: Such as ``20/second``; None limits nothing.

    Raises:
        ValueError: For a rate that is none.
    """

    def __init__(self, rate: str | None) -> None:
        self._rate: RateLimitItem | None = parse(rate) if rate is not None else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, project_id: str) -> None:
        """Count one request of the project.

        Raises:
            FrameError: APIG.0308 when it is over the rate.
        """
        if self._rate is not None and not self._limiter.hit(self._rate, project_id):
            raise FrameError(ErrorCode.THROTTLED, f"The limit is {self._rate}.")
