"""Settings of the schema registry, and the subjects that they name."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator, model_validator

SubjectStrategy = Literal["topic_name", "record_name", "topic_record_name"]
RegistryMode = Literal["auto", "require", "off"]


class RegistrySettings(BaseModel, frozen=True, extra="forbid"):
    """Where the registry is, what is done there at start, how long it is waited for.

    Secrets come from files (mounted secrets), never from here; the files are read again for every
    request, so that a rotated secret needs no restart.
    """

    url: str | None = Field(
        default=None,
        description="Base URL of the Confluent-compatible API, such as http://registry:8081 or "
        "http://apicurio:8080/apis/ccompat/v7; several, comma-separated, are tried in turn. "
        "Without one there is no registry: the bundled schemas' local ids are used.",
    )
    mode: RegistryMode = Field(
        default="auto",
        description="At start: auto registers our schemas where they are missing; require only "
        "checks that they are there; both refuse to start where the registry calls them "
        "incompatible. off does neither: output carries local ids, and only the schemas of "
        "incoming frames are asked for.",
    )
    subject_strategy: SubjectStrategy = Field(
        default="topic_name",
        description="Subject of a schema: TOPIC-value, the record's full name, or TOPIC-full name.",
    )
    accept_local_ids: bool = Field(
        default=True,
        description="Read frames that carry a local id by the bundled schema, without asking.",
    )
    username: str | None = Field(
        default=None, min_length=1, description="User of basic authentication."
    )
    password_file: Path | None = Field(
        default=None, description="File that holds the password of basic authentication."
    )
    token_file: Path | None = Field(default=None, description="File that holds a bearer token.")
    ca_file: Path | None = Field(
        default=None,
        description="CA certificates (PEM) that the registry's is checked against; by default the "
        "system's.",
    )
    certificate_file: Path | None = Field(
        default=None, description="Our certificate (PEM), for mutual TLS."
    )
    key_file: Path | None = Field(
        default=None, description="Our private key (PEM); by default in the certificate's file."
    )
    key_password_file: Path | None = Field(
        default=None, description="File that holds the private key's password."
    )
    # A lookup takes milliseconds. The polling thread waits for it, so it must stay far below
    # max.poll.interval.ms (300 s) even if every URL is tried.
    timeout_seconds: float = Field(
        default=5.0, gt=0, le=60, description="How long one request to one URL may take."
    )
    # A registry that is rolled out together with the service is up within it; a typo in the URL is
    # still told before an orchestrator's usual patience ends.
    start_seconds: float = Field(
        default=30.0,
        ge=0,
        le=600,
        description="How long a registry that is away is tried again at start.",
    )
    # While it lasts, frames of unknown schemas cost no request: the polling thread is not blocked
    # by one time-out per frame.
    outage_pause_seconds: float = Field(
        default=1.0,
        ge=0,
        le=60,
        description="After a failed request: how long the registry is not asked again.",
    )
    # Long enough to make a stream of such frames cheap, short enough that a schema registered in
    # the meantime (or replicated late to a follower) is soon found.
    unknown_id_seconds: float = Field(
        default=10.0, ge=0, le=3600, description="How long an unknown schema id stays unknown."
    )
    # A FrameEvent schema takes some 20 KB in memory, so this bounds the cache to about 20 MB
    # whatever ids senders make up.
    cached_schemas: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="Schemas of other producers that are kept; our own are always kept.",
    )

    @property
    def urls(self) -> tuple[str, ...]:
        """The base URLs in the order to try them, without a slash at the end."""
        given = (self.url or "").split(",")
        return tuple(url.strip().rstrip("/") for url in given if url.strip())

    @field_validator("url")
    @classmethod
    def _plain_urls(cls, given: str | None) -> str | None:
        if given is None or not given.strip():
            return None
        for url in (part.strip() for part in given.split(",")):
            # The value is left out of every message: it may hold a password.
            try:
                parts = urlsplit(url)
                usable = parts.scheme in ("http", "https") and bool(parts.hostname)
                _ = parts.port
            except ValueError:
                raise ValueError("not a URL") from None
            if not usable:
                raise ValueError("must be http:// or https:// URLs with a host")
            if parts.username is not None or parts.password is not None:
                raise ValueError("holds credentials; use username and password_file")
            if parts.query or parts.fragment:
                raise ValueError("must have neither a query nor a fragment")
        return given

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file go together")
        if self.username is not None and self.token_file is not None:
            raise ValueError("either username and password_file or token_file, not both")
        if self.username is not None and ":" in self.username:
            raise ValueError("a user name of basic authentication has no colon")
        if self.certificate_file is None and (self.key_file or self.key_password_file):
            raise ValueError("key_file and key_password_file need certificate_file")
        return self


def subject_of(strategy: SubjectStrategy, topic: str, fullname: str) -> str:
    """The subject of the values of ``topic`` that are records ``fullname``."""
    if strategy == "record_name":
        return fullname
    if strategy == "topic_record_name":
        return f"{topic}-{fullname}"
    return f"{topic}-value"
