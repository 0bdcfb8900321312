"""Opens the way to a collector: provider, sampler, exporter.

Settings of ours that are set come first, then OpenTelemetry's own ``OTEL_*`` variables, then its
defaults.
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
    OTEL_SERVICE_NAME,
)
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes

from platestream.telemetry.settings import TracingSettings
from platestream.telemetry.spans import SpanTracing
from platestream.telemetry.tracing import install

_PROTOCOL: Final = "http/protobuf"
# What is left at the end goes out in one request; a collector that hangs holds nobody up.
_LAST_EXPORT_S: Final = 3.0


class TracingError(Exception):
    """Settings or variables of tracing that cannot be used."""


@contextmanager
def tracing_on(settings: TracingSettings, version: str) -> Iterator[None]:
    """Make traces and send them for as long as the body runs.

    Args:
        settings: Where to, and how many.
        version: Ours.

    Raises:
        TracingError: If the environment asks for a protocol that is not there.
    """
    for name in (OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_PROTOCOL):
        if (wanted := os.environ.get(name)) is not None:
            if wanted != _PROTOCOL:
                raise TracingError(f"{name}: only {_PROTOCOL} is there, not {wanted!r}")
            break
    processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint))
    provider = provider_of(settings, version)
    provider.add_span_processor(processor)
    try:
        with install(SpanTracing(provider, version)):
            yield
    finally:
        last = threading.Thread(target=processor.shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(_LAST_EXPORT_S)


def provider_of(settings: TracingSettings, version: str) -> TracerProvider:
    """Return a provider that exports nothing yet, as settings and variables describe it."""
    resource = Resource.create({SERVICE_VERSION: version})
    named = OTEL_SERVICE_NAME in os.environ or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    if not named:
        resource = resource.merge(Resource({SERVICE_NAME: "platestream"}))
    if settings.sample_ratio is not None:
        sampler: Sampler = ParentBased(TraceIdRatioBased(settings.sample_ratio))
    else:
        # What OTEL_TRACES_SAMPLER says is known to the provider alone.
        sampler = TracerProvider(shutdown_on_exit=False).sampler
    return TracerProvider(LinkedSampler(sampler), resource, shutdown_on_exit=False)


class LinkedSampler(Sampler):
    """Samples a batch where one of its frames is sampled; all else as another sampler does.

    A batch's trace has an id of its own: sampled by that, most frames would be linked with batches
    that nobody kept.

    Args:
        sampler: For all else.
    """

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def should_sample(  # noqa: PLR0917 - as OpenTelemetry has it
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decide on a span that begins."""
        root = not get_current_span(parent_context).get_span_context().is_valid
        if root and any(link.context.trace_flags.sampled for link in links or ()):
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)
        given: Mapping[str, Any] = {
            "kind": kind, "attributes": attributes, "links": links, "trace_state": trace_state,
        }  # fmt: skip
        return self._sampler.should_sample(parent_context, trace_id, name, **given)

    def get_description(self) -> str:
        """Name it."""
        return f"Linked({self._sampler.get_description()})"
