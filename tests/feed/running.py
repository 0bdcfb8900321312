"""A feed in this process, and a sink that keeps what it is given."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from platestream.contract.sending import FrameMessage
from platestream.feed.feeder import Feeder, FrameSink
from platestream.feed.settings import FeedSettings
from platestream.feed.summary import FeedSummary
from platestream.telemetry.feed_metrics import FeedMetrics

MAX_RECORD_BYTES = 1_000_000


@dataclass
class KeepingSink:
    """Keeps messages; ``room`` says how many more it takes."""

    room: int = 1_000_000
    messages: list[FrameMessage] = field(default_factory=list)

    def send(self, message: FrameMessage, delivered: Callable[[str | None], None]) -> bool:
        if len(self.messages) >= self.room:
            return False
        self.messages.append(message)
        delivered(None)
        return True

    def serve(self, seconds: float = 0.0) -> None:
        threading.Event().wait(seconds)

    def pending(self) -> int:
        return 0

    def abandon(self) -> None:
        """Nothing is pending."""


def feeder_of(
    sink: FrameSink,
    *,
    metrics: FeedMetrics | None = None,
    drain_seconds: float = 5.0,
    **feed: object,
) -> Feeder:
    """A feeder of ``feed.sources`` and what else is given of ``feed``."""
    settings = FeedSettings.model_validate({"first_pause_seconds": 0.05, **feed})
    return Feeder(
        settings,
        sink,
        metrics or FeedMetrics(),
        max_record_bytes=MAX_RECORD_BYTES,
        drain_seconds=drain_seconds,
    )


@dataclass
class Running:
    """A feeder in a thread; ``summary`` is there once it has ended."""

    feeder: Feeder
    summary: FeedSummary | None = None

    def ended(self) -> FeedSummary:
        """What it came to."""
        assert self.summary is not None
        return self.summary


@contextmanager
def running(feeder: Feeder) -> Iterator[Running]:
    """Run it until the block ends."""
    run = Running(feeder)

    def work() -> None:
        run.summary = feeder.run()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield run
    finally:
        feeder.stop()
        thread.join(30)


def header(message: FrameMessage, name: str) -> str:
    """The value of a header."""
    return dict(message.headers)[name].decode()


def times(messages: list[FrameMessage]) -> list[int]:
    """Capture times, milliseconds."""
    return [int(header(message, "captured_at")) for message in messages]
