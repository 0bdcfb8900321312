"""Tracing as the layers see it: what they tell of a frame on its way, whoever listens.

OpenTelemetry stands behind it (:mod:`platestream.telemetry.spans`) and is loaded only where tracing
is on. Off, :func:`installed` is None, frames have no trace, and nothing is made for any of them.
"""

from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Final, Protocol

TraceHeaders = tuple[tuple[str, bytes], ...]
StageRecorder = Callable[[str, int], None]
"""Told of a stage of a batch that ended just now: its name, and when it began, ns of the epoch."""

TRACE_HEADERS: Final = ("traceparent", "tracestate")
"""W3C's names, of Kafka headers as of HTTP's."""


class FrameTrace(Protocol):
    """The span of one frame or request, and the spans below it. May be used from any thread."""

    @property
    def response(self) -> str:
        """The ``traceresponse`` of an HTTP answer."""
        ...

    def current(self) -> AbstractContextManager[object]:
        """Make the span that of the body, so that what is logged there names it."""
        ...

    def stage(self, name: str) -> AbstractContextManager[object]:
        """A span of the body, below the frame's."""
        ...

    def waited(self, name: str, seconds: float) -> None:
        """A span that ends now and took ``seconds``, below the frame's."""
        ...

    def batch(self, traces: Sequence["FrameTrace"], frames: int) -> AbstractContextManager[object]:
        """A span of the body for a whole batch, linked with those of its frames."""
        ...

    def deliver(self) -> TraceHeaders:
        """Begin the delivery, the first time; the headers of the records that carry it on."""
        ...

    def end(self, *, error_code: str = "", plates: int = 0, status: int = 0) -> None:
        """End the span, and the delivery's; does nothing the second time.

        Args:
            error_code: The documented code of a failure.
            plates: How many were found.
            status: The status of an HTTP answer.
        """
        ...

    def drop(self) -> None:
        """End the span of a frame that was let go of; does nothing where it has ended."""
        ...


class Tracing(Protocol):
    """Makes the traces of frames and requests."""

    def consumed(
        self,
        topic: str,
        partition: int,
        offset: int,
        headers: Iterable[tuple[str, bytes | None]],
    ) -> FrameTrace:
        """Begin the trace of a frame message, or go on with the one that its headers name."""
        ...

    def requested(self, method: str, headers: Iterable[tuple[bytes, bytes]]) -> FrameTrace:
        """Begin the trace of a request, or go on with the one that its headers name."""
        ...

    def add_ids(
        self, logger: object, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Add ``trace_id`` and ``span_id`` to a log event inside of a span: for structlog."""
        ...


_installed: Tracing | None = None
_recorder: ContextVar[StageRecorder | None] = ContextVar("stage_recorder", default=None)


def installed() -> Tracing | None:
    """What makes traces in this process; None where tracing is off."""
    return _installed


@contextmanager
def install(tracing: Tracing) -> Iterator[None]:
    """Let ``tracing`` make the traces of this process for as long as the body runs.

    One for the process, as OpenTelemetry itself has it: whoever makes a span need not be handed it.
    """
    global _installed  # noqa: PLW0603 - see above
    before, _installed = _installed, tracing
    try:
        yield
    finally:
        _installed = before


def batch_of(traces: Sequence[FrameTrace], frames: int) -> AbstractContextManager[object]:
    """A span of the body for a batch of ``frames``, of which ``traces`` are traced."""
    return traces[0].batch(traces, frames) if traces else nullcontext()


def stage_of(trace: FrameTrace | None, name: str) -> AbstractContextManager[object]:
    """A span of the body, where there is a trace."""
    return trace.stage(name) if trace is not None else nullcontext()


def recorder() -> StageRecorder | None:
    """Who wants to hear of the stages of the batch that runs in this thread."""
    return _recorder.get()


@contextmanager
def recording(listener: StageRecorder) -> Iterator[None]:
    """Let ``listener`` hear of the stages of the batch that the body runs."""
    token = _recorder.set(listener)
    try:
        yield
    finally:
        _recorder.reset(token)
