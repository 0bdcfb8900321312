"""The hub: never in the stream's way, and nothing for those who may not see it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.readings import ModelRef
from platestream.stream.outcome import FrameOutcome
from platestream.vision.settings import PictureLimits
from platestream.web.live import hub as hub_module
from platestream.web.live.crops import decoded
from platestream.web.live.hub import Listener, LiveEvent, LiveHub
from tests.stream.waiting import wait_until
from tests.web.live import scenes

MODEL = ModelRef("scenes", "1")
SCENE = "scene-09.jpg"


def outcome(camera: str = "gate", *, url: str | None = None) -> FrameOutcome:
    frame = Frame(
        frame_id="f",
        camera_id=camera,
        captured_at=1_000,
        source=SourceRef("frames", 0, 0),
        image=None if url else scenes.picture(SCENE),
        url=url,
    )
    return FrameOutcome.read(frame, scenes.truth()[SCENE], MODEL)


@asynccontextmanager
async def started(max_listeners: int = 4) -> AsyncIterator[LiveHub]:
    hub = LiveHub(PictureLimits(), max_listeners=max_listeners)
    hub.start()
    try:
        yield hub
    finally:
        await asyncio.to_thread(hub.close)


async def plates(listener: Listener) -> LiveEvent:
    """The next event with plates."""
    async with asyncio.timeout(30):
        while True:
            event = await listener.next()
            assert event is not None
            if event.name == "plates":
                return event


def test_a_listener_gets_plates_with_crops_and_numbers() -> None:
    async def scenario() -> None:
        async with started() as hub:
            with hub.listen("p1", sees_all=True) as listener:
                first = await listener.next()
                assert first is not None
                assert (first.name, first.data["frames"]) == ("stats", 0)
                hub.offer(outcome())
                event = await plates(listener)
                (plate,) = event.data["plates"]
                assert plate["plate_number"] == scenes.texts(SCENE)[0]
                assert plate["crop"].startswith("data:image/jpeg;base64,")
                assert event.data["camera"] == "gate"
                hub.offer(outcome(url="https://pictures.example/a.jpg"))
                assert (await plates(listener)).data["plates"][0]["crop"] is None

    asyncio.run(scenario())


def test_a_project_sees_its_own_requests_only() -> None:
    async def scenario() -> None:
        async with started() as hub:
            with (
                hub.listen("p1", sees_all=False) as own,
                hub.listen("p2", sees_all=True) as everything,
            ):
                hub.offer(outcome("stream"))
                hub.offer(outcome("p2"), project="p2")
                hub.offer(outcome("p1"), project="p1")
                assert (await plates(own)).data["camera"] == "p1"
                seen = [(await plates(everything)).data["camera"] for _ in range(3)]
                assert seen == ["stream", "p2", "p1"]

    asyncio.run(scenario())


def test_a_page_that_opens_later_begins_with_the_latest_while_somebody_watches() -> None:
    async def scenario() -> None:
        async with started() as hub:
            with hub.listen("p1", sees_all=True) as first:
                hub.offer(outcome("before"))
                await plates(first)
                with hub.listen("p1", sees_all=True) as second:
                    assert (await plates(second)).data["camera"] == "before"
            # Nobody watched: nothing was kept.
            with hub.listen("p1", sees_all=True) as third:
                hub.offer(outcome("after"))
                assert (await plates(third)).data["camera"] == "after"

    asyncio.run(scenario())


def test_nothing_is_decoded_while_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(hub_module, "decoded", lambda *_: calls.append(1))
    hub = LiveHub(PictureLimits(), max_listeners=1)
    hub.start()
    for _ in range(100):
        hub.offer(outcome())
    hub.close()
    assert calls == []
    assert not hub._waiting


def test_offers_never_wait_for_a_slow_hub_or_a_slow_listener(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck, entered = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        entered.set()
        assert stuck.wait(30)

    monkeypatch.setattr(hub_module, "decoded", slow)

    async def scenario() -> None:
        async with started() as hub:
            with hub.listen("p1", sees_all=True):
                hub.offer(outcome())
                assert await asyncio.to_thread(entered.wait, 30)
                for _ in range(1000):  # would hang here
                    hub.offer(outcome())
                assert len(hub._waiting) <= hub_module._WAITING
                assert hub._tally.snapshot()["frames"] == 1001
                stuck.set()

    asyncio.run(scenario())


def test_a_listener_that_does_not_read_misses_events_but_not_the_end() -> None:
    async def scenario() -> None:
        async with started() as hub:
            with hub.listen("p1", sees_all=True) as listener:
                for number in range(1000):
                    listener.tell(LiveEvent("stats", {"number": number}))
                await asyncio.to_thread(hub.close)
                await asyncio.sleep(0)  # what was told from other threads arrives
                assert listener.missed > 900
                last: LiveEvent | None = LiveEvent("none", {})
                async with asyncio.timeout(30):
                    while last is not None:
                        last = await listener.next()

    asyncio.run(scenario())


def test_as_many_listeners_as_allowed_and_no_more() -> None:
    async def scenario() -> None:
        async with started(max_listeners=1) as hub:
            with hub.listen("p1", sees_all=True):
                with pytest.raises(FrameError) as refused, hub.listen("p1", sees_all=True):
                    pass
                assert refused.value.code is ErrorCode.THROTTLED
            with hub.listen("p1", sees_all=True):
                pass

    asyncio.run(scenario())


def test_one_outcome_that_cannot_be_shown_does_not_end_the_feed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fails = [True]

    def once_broken(image: bytes | None, limits: PictureLimits) -> object:
        if fails:
            fails.clear()
            raise ZeroDivisionError
        return decoded(image, limits)

    monkeypatch.setattr(hub_module, "decoded", once_broken)

    async def scenario() -> None:
        async with started() as hub:
            with hub.listen("p1", sees_all=True) as listener:
                hub.offer(outcome("broken"))
                await asyncio.to_thread(wait_until, lambda: not fails)
                hub.offer(outcome("whole"))
                assert (await plates(listener)).data["camera"] == "whole"

    asyncio.run(scenario())
