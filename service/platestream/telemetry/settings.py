"""Settings of the telemetry endpoint and the logs."""

from pydantic import BaseModel, Field

from platestream.telemetry.logs import LogFormat, LogLevel


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
