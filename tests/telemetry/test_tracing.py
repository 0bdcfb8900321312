"""Traces of frames: which spans there are, which are kept, and that there are none when off."""

import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from platestream.bus.configuration.settings import TopicSettings
from platestream.bus.delivery.publisher import Record
from platestream.bus.flow.messages import RecordBuilder
from platestream.contract.avro import LocalSchemaStore
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.events import EventEncoder
from platestream.stream.outcome import FrameOutcome
from platestream.stream.pipeline import Pipeline, UrlFetcher
from platestream.stream.settings import StreamSettings
from platestream.telemetry import tracing
from platestream.telemetry.metrics import Metrics
from platestream.telemetry.otlp import provider_of
from platestream.telemetry.settings import TracingSettings
from platestream.telemetry.spans import SpanTracing
from platestream.vision.settings import PictureLimits
from tests.stream.fakes import MODEL, FakeReader, frame, picture, reading

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOT_SAMPLED = PARENT[:-2] + "00"


class Traced:
    """Tracing into memory."""

    def __init__(self, settings: TracingSettings) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider: TracerProvider = provider_of(settings, "1.2.3")
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracing = SpanTracing(self.provider, "1.2.3")

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self._exporter.get_finished_spans()}

    def consumed(self, *headers: tuple[str, bytes | None]) -> tracing.FrameTrace:
        return self.tracing.consumed("frames", 0, 7, headers)


@pytest.fixture
def traced() -> Traced:
    return Traced(TracingSettings())


class Urls:
    def fetch(self, url: str) -> bytes:
        if url.endswith("gone"):
            raise FrameError(ErrorCode.URL_FETCH_FAILED, "No answer.")
        return picture(3)


@contextmanager
def pipeline(fetcher: UrlFetcher | None = None) -> Iterator[Pipeline]:
    opened = Pipeline(
        FakeReader(),
        settings=StreamSettings(decode_workers=1, batch_max_frames=4),
        limits=PictureLimits(),
        metrics=Metrics(),
        fetcher=fetcher,
    )
    opened.start()
    try:
        yield opened
    finally:
        assert opened.close(30)


def records(outcome: FrameOutcome, topics: TopicSettings | None = None) -> tuple[Record, ...]:
    encoder = EventEncoder(LocalSchemaStore())
    return RecordBuilder(encoder, topics or TopicSettings(), 1_000_000).build(outcome, None)[1]


def test_a_frame_by_url_has_a_span_for_its_fetch(traced: Traced) -> None:
    trace = traced.consumed()
    with pipeline(Urls()) as running:
        running.submit(replace(frame(1, url="https://h/1"), trace=trace)).result(30)
    trace.end()
    spans = traced.spans
    whole = spans["process frames"]
    for name in ("fetch", "decode", "queue", "batch"):
        parent = spans[name].parent
        assert parent is not None
        assert parent.span_id == whole.context.span_id


def test_a_failed_stage_tells_its_kind_and_no_text(traced: Traced) -> None:
    trace = traced.consumed()
    with pipeline(Urls()) as running:
        outcome = running.submit(replace(frame(1, url="https://h/gone"), trace=trace)).result(30)
    assert outcome.error is not None
    trace.end(error_code=outcome.error.code.code)
    fetch, whole = traced.spans["fetch"], traced.spans["process frames"]
    assert fetch.attributes == {"error.type": "FrameError"}
    assert (whole.attributes or {})["error.type"] == "ModelArts.4603"
    for span in (fetch, whole):
        assert span.status.status_code is StatusCode.ERROR
        assert span.status.description is None
        assert not span.events
    assert "https" not in "".join(span.to_json() for span in traced.spans.values())


def test_what_was_let_go_of_says_so_once(traced: Traced) -> None:
    trace = traced.consumed()
    trace.deliver()
    trace.drop()
    trace.end(plates=3)
    assert (traced.spans["process frames"].attributes or {})["platestream.dropped"] is True
    assert "deliver" in traced.spans


def test_a_frame_without_records_has_no_delivery(traced: Traced) -> None:
    trace = traced.consumed()
    assert records(FrameOutcome.read(replace(frame(5), trace=trace), (), MODEL)) == ()
    trace.end()
    assert set(traced.spans) == {"process frames"}


def test_a_trace_that_its_sender_does_not_keep_goes_on_unkept(traced: Traced) -> None:
    trace = traced.consumed(("traceparent", NOT_SAMPLED.encode()), ("tracestate", b"a=b"))
    outcome = FrameOutcome.read(replace(frame(1), trace=trace), (reading(1),), MODEL)
    headers = dict(records(outcome)[0].headers)
    assert headers["traceparent"].startswith(NOT_SAMPLED[:36].encode())
    assert headers["traceparent"].endswith(b"-00")
    assert headers["tracestate"] == b"a=b"
    with tracing.batch_of([trace], 1), trace.stage("decode"):
        assert tracing.recorder() is None
    trace.end()
    assert traced.spans == {}


@pytest.mark.parametrize(
    "header", [b"", None, b"\xff\xfe", b"00-0-0-01", PARENT.replace("4", "0").encode() * 3]
)
def test_a_context_that_cannot_be_read_begins_a_new_trace(
    traced: Traced, header: bytes | None
) -> None:
    traced.consumed(("traceparent", header), ("tracestate", b"\xff" * 2000)).end()
    assert traced.spans["process frames"].parent is None


def test_of_a_repeated_header_the_last_counts(traced: Traced) -> None:
    traced.consumed(("traceparent", NOT_SAMPLED.encode()), ("Traceparent", PARENT.encode())).end()
    assert "process frames" in traced.spans


def test_a_batch_is_kept_where_one_of_its_frames_is() -> None:
    traced = Traced(TracingSettings(sample_ratio=0))
    kept = traced.consumed(("traceparent", PARENT.encode()))
    lost = traced.consumed()
    with tracing.batch_of([lost, kept], 2):
        listener = tracing.recorder()
        assert listener is not None
        listener("detect", 1)
    with tracing.batch_of([lost], 1):
        assert tracing.recorder() is None
    for trace in (kept, lost):
        trace.end()
    assert set(traced.spans) == {"process frames", "batch", "read batch", "detect"}
    assert len(traced.spans["read batch"].links) == 1


def test_opentelemetry_s_own_variables_count_where_ours_say_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "gates")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    provider = provider_of(TracingSettings(), "1.2.3")
    assert provider.sampler.get_description() == "Linked(AlwaysOffSampler)"
    attributes = provider.resource.attributes
    assert attributes["service.name"] == "gates"
    assert attributes["service.version"] == "1.2.3"
    assert attributes["deployment.environment.name"] == "test"
    ours = provider_of(TracingSettings(sample_ratio=0.25), "1.2.3")
    assert "TraceIdRatioBased{0.25}" in ours.sampler.get_description()
    for name in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(name)
    named = provider_of(TracingSettings(), "1.2.3").resource.attributes["service.name"]
    assert named == "platestream"


def test_log_lines_name_the_span_that_is_active(traced: Traced) -> None:
    trace = traced.consumed(("traceparent", PARENT.encode()))
    add = traced.tracing.add_ids
    assert add(None, "info", {}) == {}
    with trace.current():
        event = add(None, "info", {"event": "x"})
    assert event["trace_id"] == PARENT[3:35]
    assert event["span_id"] == trace.response.split("-")[2]


def test_off_nothing_is_imported_and_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of frames with tracing off: no OpenTelemetry, no object of tracing's."""
    for name in [name for name in sys.modules if name.split(".")[0] == "opentelemetry"]:
        monkeypatch.setitem(sys.modules, name, None)  # from here on an import of it fails
    assert tracing.installed() is None
    home = str(Path(tracing.__file__).parent)

    def work(running: Pipeline) -> None:
        for number in range(40):
            outcome = running.submit(frame(number)).result(30)
            assert outcome.frame.trace is None
            assert not any(name == "traceparent" for r in records(outcome) for name, _ in r.headers)

    with pipeline() as running:
        work(running)
        tracemalloc.start()
        try:
            work(running)
            kept = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
    made = kept.filter_traces(
        [tracemalloc.Filter(True, f"{home}/{name}.py") for name in ("tracing", "spans", "otlp")]
    )
    assert made.statistics("filename") == []
