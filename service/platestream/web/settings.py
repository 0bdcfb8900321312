"""Settings of the HTTP interface."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, model_validator


class WebSettings(BaseModel, frozen=True, extra="forbid"):
    """Where the interface listens, who may come in and how many at once."""

    # Loopback until somebody says otherwise: an open port is a decision.
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port; 0 picks a free one.")
    credentials: Path | None = Field(
        default=None, description="YAML file of tokens and signing keys per project."
    )
    no_auth: bool = Field(
        default=False, description="Let everybody in. The explicit way to have no credentials."
    )
    # Without credentials the name is all that tells a page that points its own name here apart.
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="With no_auth: host names, without ports, under which callers may ask, beside "
        "loopback and the address listened on; * for all. With credentials any name is good.",
    )
    tls_certificate: Path | None = Field(default=None, description="PEM certificate chain.")
    tls_key_file: Path | None = Field(default=None, description="PEM private key.")
    # As the stream's largest message: a picture just over its own limit is told so by its code.
    max_body_bytes: int = Field(
        default=16 * 1024 * 1024, ge=1024, description="Largest request body in bytes."
    )
    # A phone on a bad line sends 10 MB in about a minute; a slow-loris must end some day.
    body_timeout_s: float = Field(
        default=60.0, gt=0, description="Longest time in which a body must have come, seconds."
    )
    # Twice a batch: one in the models and the next one ready behind it keeps them busy.
    max_in_flight: int = Field(
        default=32, ge=1, description="Requests in the pipeline at once; admitted ones wait."
    )
    # Waiting only turns a rush into latency: two more batches are worth it, not more.
    max_admitted: int = Field(
        default=96,
        ge=1,
        description="Requests admitted at once, waiting ones included; past it 429 at once.",
    )
    # Twice what admission and the live page can keep busy, and room for idle ones of proxies.
    max_connections: int = Field(
        default=512,
        ge=1,
        description="Connections at once; fewer where the limit of file descriptors asks for it. "
        "Past it the one that has been without a request for longest is closed.",
    )
    # A head is a few hundred bytes: a phone on a bad line needs a second or two, and tries again.
    head_timeout_s: float = Field(
        default=10.0,
        gt=0,
        description="Longest time for the head of a request, or for a TLS handshake, seconds.",
    )
    # Load balancers keep idle connections for 60 s; whoever closes first must be them, or a request
    # that they send in that moment is lost.
    keep_alive_s: float = Field(
        default=75.0,
        gt=0,
        description="How long a connection without a request is kept open, seconds. Longer than "
        "that of the proxy in front.",
    )
    # Two projects cannot shut each other out; half of the places still keeps the models busy.
    project_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Part of the places and of the body memory that one project may have at once, "
        "where the credentials name several.",
    )
    # Sixteen of the largest bodies; a body waits for its turn before it is received.
    max_body_memory: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        description="Bytes of bodies that are received or held at once.",
    )
    # Longer than one body takes to be read; who is refused by then may ask another replica.
    memory_timeout_s: float = Field(
        default=10.0, gt=0, description="Longest wait for room in max_body_memory, seconds."
    )
    # The vendor's SDK gives up after 120 s; the answer 504 should reach its caller before that.
    request_timeout_s: float = Field(
        default=30.0, gt=0, description="Longest time from the whole body to the answer, seconds."
    )
    rate_limit: str | None = Field(
        default=None,
        description='Requests of one project, such as "20/second" or "1000/minute"; none if unset.',
    )
    live_page: bool = Field(default=True, description="Serve the live page at /.")
    live_projects: tuple[str, ...] = Field(
        default=(),
        description="Projects whose tokens see every plate on the live page, the stream's "
        "included; other projects see only their own requests. Without credentials everybody "
        "sees everything.",
    )
    # People at screens, not machines: a wall of monitors is a dozen.
    live_listeners: int = Field(
        default=32, ge=1, le=1024, description="Live pages that may be open at once."
    )
    # In-flight requests get this long after a SIGTERM; below the chart's termination grace of 90 s.
    shutdown_timeout_s: float = Field(
        default=30.0, gt=0, description="Longest time to finish requests at shutdown, seconds."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate and tls_key_file go together")
        if self.no_auth and self.credentials is not None:
            raise ValueError("credentials and no_auth exclude each other")
        if self.max_body_memory < 2 * self.max_body_bytes:
            raise ValueError(
                "max_body_memory must hold a body of max_body_bytes twice: compressed and unpacked"
            )
        return self
