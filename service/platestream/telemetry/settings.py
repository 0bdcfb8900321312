"""Settings of the telemetry endpoint and the logs."""

from pydantic import BaseModel, Field

from platestream.telemetry.logs import LogFormat, LogLevel


class TracingSettings(BaseModel, frozen=True, extra="forbid"):
    """Traces of frames and requests, sent to an OpenTelemetry collector."""

    enabled: bool = Field(
        default=False,
        description="Trace frames and requests; needs the extra platestream[tracing].",
    )
    endpoint: str | None = Field(
        default=None,
        pattern="^https?://",
        description="URL that spans are posted to (OTLP/HTTP), such as "
        "http://collector:4318/v1/traces; OTEL_EXPORTER_OTLP_ENDPOINT when not set, then "
        "http://localhost:4318/v1/traces.",
    )
    sample_ratio: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Share of the traces that begin here which is kept; where a sender's trace "
        "goes on, the sender has decided. OTEL_TRACES_SAMPLER when not set, then all.",
    )


class TelemetrySettings(BaseModel, frozen=True, extra="forbid"):
    """Where metrics and probes are served and how logs look."""

    # All addresses, because probes and scrapes come from other machines.
    host: str = Field(default="0.0.0.0", description="Address of the endpoint.")  # noqa: S104
    port: int = Field(
        default=9108, ge=0, le=65535, description="Port of the endpoint; 0 picks a free one."
    )
    log_level: LogLevel = Field(default="info", description="Least severe level that is logged.")
    log_format: LogFormat = Field(
        default="json", description="json for machines, console for people."
    )
    # Longer than Prometheus' usual interval, shorter than any liveness probe's patience.
    last_scrape_seconds: float = Field(
        default=0.0,
        ge=0,
        le=60,
        description="How long a service that gave up waits for /metrics to be read once more "
        "before it ends, so that its last figures are seen; 0 does not wait.",
    )
    # No default: how long a camera may be silent is the camera's matter, and one that waits for
    # vehicles is silent all night.
    camera_silence_seconds: float | None = Field(
        default=None,
        gt=0,
        le=86_400,
        description="How long a camera that sent frames may send none before it counts as silent "
        "(`platestream_silent_cameras`, `camera_silent` in the log, the alert "
        "PlatestreamCamerasSilent); counted from the frame that was read last. Off when not set.",
    )
    revision: str = Field(
        default="", max_length=100, description="Revision of the source, for the metrics."
    )
    tracing: TracingSettings = Field(
        default_factory=TracingSettings, description="Traces: [TRACING.md](TRACING.md)."
    )
