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
