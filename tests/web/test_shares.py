"""Turns, shares and waits, on one event loop."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.shares import BodyMemory, Places, RateLimiter


def memory(capacity: int, share: int | None = None, longest_wait: float = 30) -> BodyMemory:
    return BodyMemory(capacity, lambda: share or capacity, longest_wait=longest_wait)


async def settled() -> None:
    """Let everybody who can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


class Crowd:
    """Bodies that come one after the other, stay until they are told to go, and note their turn."""

    def __init__(self, shared: BodyMemory) -> None:
        self._shared = shared
        self.served: list[str] = []
        self._go: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, size: int, project: str = "p") -> None:
        self._go[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._stay(name, size, project))
        await settled()

    async def leave(self, name: str) -> None:
        self._go[name].set()
        await self.tasks[name]
        await settled()

    async def _stay(self, name: str, size: int, project: str) -> None:
        async with self._shared.hold(project, size):
            self.served.append(name)
            await self._go[name].wait()


def test_a_large_body_is_served_before_smaller_ones_that_came_later() -> None:
    async def scenario() -> None:
        crowd = Crowd(memory(10))
        await crowd.come("first", 6)
        await crowd.come("large", 10)
        for number in range(20):
            await crowd.come(f"small-{number}", 1)
        assert crowd.served == ["first"]  # four bytes are free, but it is not their turn
        await crowd.leave("first")
        assert crowd.served == ["first", "large"]
        await crowd.leave("large")
        assert crowd.served[2:] == [f"small-{number}" for number in range(10)]
        for number in range(20):
            await crowd.leave(f"small-{number}")
        assert len(crowd.served) == 22

    asyncio.run(scenario())


def test_a_project_that_waits_for_its_own_share_holds_nobody_else_up() -> None:
    async def scenario() -> None:
        shared = memory(10, share=5)
        crowd = Crowd(shared)
        await crowd.come("a1", 5, "a")
        await crowd.come("a2", 1, "a")
        await crowd.come("b1", 5, "b")
        assert crowd.served == ["a1", "b1"]
        await crowd.leave("b1")
        assert crowd.served == ["a1", "b1"]
        await crowd.leave("a1")
        assert crowd.served == ["a1", "b1", "a2"]
        await crowd.leave("a2")
        assert shared.held == 0

    asyncio.run(scenario())


def test_a_wait_ends_and_those_behind_it_go_on() -> None:
    async def scenario() -> None:
        shared = memory(10, longest_wait=0.01)
        async with AsyncExitStack() as inside:
            await inside.enter_async_context(shared.hold("p", 6))
            with pytest.raises(FrameError) as refused:
                await inside.enter_async_context(shared.hold("p", 5))
            assert refused.value.code is ErrorCode.THROTTLED
            await inside.enter_async_context(shared.hold("p", 4))
            assert shared.held == 10
        assert shared.held == 0

    asyncio.run(scenario())


def test_who_leaves_the_queue_lets_the_next_one_through() -> None:
    async def scenario() -> None:
        shared = memory(10)
        crowd = Crowd(shared)
        await crowd.come("first", 6)
        await crowd.come("large", 10)
        await crowd.come("small", 4)
        crowd.tasks["large"].cancel()
        await settled()
        assert crowd.served == ["first", "small"]
        await crowd.leave("first")
        await crowd.leave("small")
        assert shared.held == 0

    asyncio.run(scenario())


def test_who_leaves_in_the_moment_of_its_turn_gives_it_back() -> None:
    async def scenario() -> None:
        shared = memory(10)
        crowd = Crowd(shared)
        await crowd.come("first", 10)
        await crowd.come("second", 10)
        crowd._go["first"].set()
        await asyncio.sleep(0)  # it gives its memory back now ...
        crowd.tasks["second"].cancel()  # ... and who got it is leaving
        await settled()
        assert shared.held == 0

    asyncio.run(scenario())


def test_places_are_shared_and_given_back() -> None:
    places = Places(4, lambda: 2)
    with places.take("a"), places.take("a"):
        with pytest.raises(FrameError, match="its share"), places.take("a"):
            pass
        full = pytest.raises(FrameError, match="busy")
        with places.take("b"), places.take("c"), full, places.take("d"):
            pass
    with places.take("a"):
        assert dict(places._taken) == {"a": 1}  # nothing is kept of projects that have left


def test_looking_at_a_rate_does_not_use_it_up() -> None:
    rates = RateLimiter("2/minute")
    for _ in range(5):
        rates.look("p")
    rates.count("p")
    rates.count("p")
    for ask in (rates.look, rates.count):
        with pytest.raises(FrameError, match=r"APIG\.0308"):
            ask("p")
    rates.count("q")
