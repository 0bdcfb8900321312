"""What callers share: places and bytes of bodies, with no project taking the others' part.

Everything here belongs to one event loop.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from platestream.contract.errors import ErrorCode, FrameError


class Places:
    """Places for requests; whoever finds none is refused at once.

    Args:
        capacity: Places in all.
        share: How many of them one project may have at once, asked anew each time.
    """

    def __init__(self, capacity: int, share: Callable[[], int]) -> None:
        self._capacity = capacity
        self._share = share
        self._taken: Counter[str] = Counter()

    @contextmanager
    def take(self, project_id: str) -> Iterator[None]:
        """Have a place for the time of the body.

        Raises:
            FrameError: APIG.0308 when there is none.
        """
        if self._taken.total() >= self._capacity:
            raise FrameError(ErrorCode.THROTTLED, "The service is busy; try again.")
        if self._taken[project_id] >= self._share():
            raise FrameError(ErrorCode.THROTTLED, "The project has its share of the places.")
        self._taken[project_id] += 1
        try:
            yield
        finally:
            _lower(self._taken, project_id, 1)


class BodyMemory:
    """Bytes of bodies that may be held at once; whoever comes later waits its turn.

    Turns are those of arrival, for large bodies as for small ones: nobody passes a body that waits
    for room. Only one that waits for its own project's share is passed by other projects.

    Args:
        capacity: Bytes in all.
        share: How many of them one project may hold at once, asked anew each time.
        longest_wait: Seconds.
    """

    def __init__(self, capacity: int, share: Callable[[], int], *, longest_wait: float) -> None:
        self._capacity = capacity
        self._share = share
        self._longest_wait = longest_wait
        self._held: Counter[str] = Counter()
        self._waiting: list[_Waiter] = []

    @property
    def held(self) -> int:
        """Bytes that are held now."""
        return self._held.total()

    @asynccontextmanager
    async def hold(self, project_id: str, size: int) -> AsyncIterator[None]:
        """Hold ``size`` bytes, which are within the share, for the time of the body.

        Raises:
            FrameError: APIG.0308 when no room came in time.
        """
        waiter = _Waiter(project_id, size, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._grant()
        try:
            try:
                async with asyncio.timeout(self._longest_wait):
                    await waiter.turn
            except TimeoutError:
                raise FrameError(ErrorCode.THROTTLED, "No memory for a body; try again.") from None
            yield
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            else:
                _lower(self._held, project_id, size)
            self._grant()

    def _grant(self) -> None:
        """Give whoever's turn it is what it waits for."""
        share = self._share()
        over_share: set[str] = set()
        for waiter in self._waiting[:]:
            project_id, size = waiter.project_id, waiter.size
            if project_id in over_share or self._held[project_id] + size > share:
                over_share.add(project_id)
                continue
            if self.held + size > self._capacity:
                return
            self._held[project_id] += size
            self._waiting.remove(waiter)
            if not waiter.turn.done():  # else it is leaving, and gives back what it is given
                waiter.turn.set_result(None)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    project_id: str
    size: int
    turn: asyncio.Future[None]


class RateLimiter:
    """Requests per project in a moving window. Thread-safe.

    Args:
        rate: Such as ``20/second``; None limits nothing.

    Raises:
        ValueError: For a rate that cannot be read.
    """

    def __init__(self, rate: str | None) -> None:
        self._rate: RateLimitItem | None = parse(rate) if rate is not None else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def look(self, project_id: str) -> None:
        """Refuse a request of a project that is over its rate already, without counting it.

        Raises:
            FrameError: APIG.0308.
        """
        if self._rate is not None and not self._limiter.test(self._rate, project_id):
            raise self._refused()

    def count(self, project_id: str) -> None:
        """Count one request of the project.

        Raises:
            FrameError: APIG.0308 when it is over the rate.
        """
        if self._rate is not None and not self._limiter.hit(self._rate, project_id):
            raise self._refused()

    def _refused(self) -> FrameError:
        return FrameError(ErrorCode.THROTTLED, f"The limit is {self._rate}.")


def _lower(counter: Counter[str], key: str, by: int) -> None:
    counter[key] -= by
    if not counter[key]:
        del counter[key]  # without credentials, project ids are the callers' to choose
