"""Traces by OpenTelemetry: W3C contexts in and out, spans to a collector over OTLP/HTTP.

A frame has a span that lasts from its consumption to its delivery, with one below it for each
stage. A batch is read once for many frames, so it has a trace of its own, linked with each frame's:
from the frame's ``batch`` span to the batch, and from the batch to its frames. No span carries a
plate, a URL, a header or an error's text.
"""

import time
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    format_span_id,
    format_trace_id,
    get_current_span,
    set_span_in_context,
    use_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from platestream.telemetry.tracing import (
    TRACE_HEADERS,
    FrameTrace,
    TraceHeaders,
    recording,
)

_W3C: Final = TraceContextTextMapPropagator()
_PREFIX: Final = "platestream."


class SpanTracing:
    """Makes traces.

    Args:
        provider: Of the spans.
        version: Ours, for the instrumentation scope.
    """

    def __init__(self, provider: TracerProvider, version: str) -> None:
        self._tracer = provider.get_tracer("platestream", version)

    def consumed(
        self,
        topic: str,
        partition: int,
        offset: int,
        headers: Iterable[tuple[str, bytes | None]],
    ) -> FrameTrace:
        """Begin the trace of a frame message; see :class:`~.tracing.Tracing`."""
        span = self._tracer.start_span(
            f"process {topic}",
            _context_of((name, value or b"") for name, value in headers),
            SpanKind.CONSUMER,
            {
                "messaging.system": "kafka",
                "messaging.operation.type": "process",
                "messaging.destination.name": topic,
                "messaging.destination.partition.id": str(partition),
                "messaging.kafka.offset": offset,
            },
        )
        return SpanTrace(self._tracer, span)

    def requested(self, method: str, headers: Iterable[tuple[bytes, bytes]]) -> FrameTrace:
        """Begin the trace of a request; see :class:`~.tracing.Tracing`."""
        span = self._tracer.start_span(
            f"{method} license-plate",
            _context_of((name.decode("latin-1"), value) for name, value in headers),
            SpanKind.SERVER,
            {"http.request.method": method},
        )
        return SpanTrace(self._tracer, span)

    def add_ids(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Name the span that is current, if there is one."""
        context = get_current_span().get_span_context()
        if context.is_valid:
            event["trace_id"] = format_trace_id(context.trace_id)
            event["span_id"] = format_span_id(context.span_id)
        return event


class SpanTrace:
    """The span of a frame or request, and how those below it are made.

    Args:
        tracer: Makes them.
        span: The frame's own.
    """

    __slots__ = ("_context", "_delivery", "_ended", "_tracer", "span")

    def __init__(self, tracer: Tracer, span: Span) -> None:
        self._tracer = tracer
        self.span = span
        self._context = set_span_in_context(span, Context())
        self._delivery: Span | None = None
        self._ended = False

    @property
    def response(self) -> str:
        """Which span this was, in the form of ``traceparent``."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, self._context)
        return carrier.get("traceparent", "")

    def current(self) -> AbstractContextManager[object]:
        """Make the span that of the body."""
        return use_span(self.span, record_exception=False, set_status_on_exception=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A span of the body."""
        span = self._tracer.start_span(name, self._context)
        with _ending(span):
            yield

    def waited(self, name: str, seconds: float) -> None:
        """A span of the past."""
        now = time.time_ns()
        self._tracer.start_span(name, self._context, start_time=now - int(seconds * 1e9)).end(now)

    @contextmanager
    def batch(self, traces: Sequence[FrameTrace], frames: int) -> Iterator[None]:
        """A span in a trace of its own, where a frame of the batch is sampled."""
        sampled = [one for one in traces if isinstance(one, SpanTrace) and one.span.is_recording()]
        if not sampled:
            yield
            return
        whole = self._tracer.start_span(
            "read batch",
            Context(),
            links=[Link(one.span.get_span_context()) for one in sampled],
            attributes={f"{_PREFIX}batch.frames": frames},
        )
        link = Link(whole.get_span_context())
        parts = [
            one._tracer.start_span("batch", one._context, links=[link])  # noqa: SLF001 - our own
            for one in sampled
        ]
        below = set_span_in_context(whole, Context())
        try:
            with (
                _ending(whole),
                recording(
                    lambda name, began: self._tracer.start_span(name, below, start_time=began).end()
                ),
            ):
                yield
        finally:
            for part in parts:
                part.end()

    def deliver(self) -> TraceHeaders:
        """Begin the delivery; its context is what the records carry."""
        if self._delivery is None:
            self._delivery = self._tracer.start_span("deliver", self._context, SpanKind.PRODUCER)
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, set_span_in_context(self._delivery, Context()))
        return tuple((name, text.encode()) for name, text in carrier.items())

    def end(self, *, error_code: str = "", plates: int = 0, status: int = 0) -> None:
        """Say how it ended."""
        if self._ended:
            return
        self._ended = True
        if status:
            self.span.set_attribute("http.response.status_code", status)
        if error_code:
            self.span.set_attribute("error.type", error_code)
            self.span.set_status(Status(StatusCode.ERROR))
        else:
            self.span.set_attribute(f"{_PREFIX}plates", plates)
        self._close()

    def drop(self) -> None:
        """Say that somebody else reads it, or a later life of ours."""
        if not self._ended:
            self._ended = True
            self.span.set_attribute(f"{_PREFIX}dropped", True)
            self._close()

    def _close(self) -> None:
        if self._delivery is not None:
            self._delivery.end()
        self.span.end()


@contextmanager
def _ending(span: Span) -> Iterator[None]:
    """Make ``span`` that of the body, and end it; of an exception it keeps the type alone."""
    with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


def _context_of(headers: Iterable[tuple[str, bytes]]) -> Context:
    """The context that ``headers`` name; of a repeated name the last counts, as for all others."""
    carrier = {
        name.lower(): value.decode("latin-1")
        for name, value in headers
        if name.lower() in TRACE_HEADERS
    }
    return _W3C.extract(carrier, Context())
