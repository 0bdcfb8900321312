"""What the fetcher may reach, how much it may take and how long it may try."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, field_validator, model_validator

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What S3, OBS, Azure and Google Cloud have in common for bucket and container names.
_BUCKET: Final = re.compile(r"[a-z0-9]([a-z0-9._-]{1,61}[a-z0-9])")
_HostPattern = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=253)
]


class SecretRef(BaseModel, frozen=True, extra="forbid"):
    """Where a secret is kept, never the secret itself. Exactly one of the two is given."""

    env: str | None = Field(default=None, min_length=1, description="Name of an env variable.")
    file: Path | None = Field(default=None, description="A file, such as a mounted secret.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("give exactly one of env and file")
        return self

    def read(self) -> str:
        """The secret without surrounding white space.

        Raises:
            ValueError: The variable is not set, the file cannot be read, or it is empty. The
                message names the place, never the content.
        """
        if self.env is not None:
            secret, place = os.environ.get(self.env, ""), f"environment variable {self.env}"
        else:
            place = f"file {self.file}"
            try:
                secret = Path(str(self.file)).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"{place} cannot be read") from error
        if not secret.strip():
            raise ValueError(f"{place} is empty or not set")
        return secret.strip()


class ObjectStoreSettings(BaseModel, frozen=True, extra="forbid"):
    """One object store whose buckets frames may name, as ``scheme://bucket/key``."""

    scheme: Literal["s3", "obs", "az", "gs"] = Field(
        description="obs is any S3-compatible store, such as Huawei OBS; az needs an account."
    )
    buckets: tuple[str, ...] = Field(
        min_length=1, description="Exact names of the buckets (az: containers); no patterns."
    )
    endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s@?#]+(/[^\s@?#]*)?$",
        description="Base URL of the store. Required for obs; else the provider's own.",
    )
    region: str | None = Field(default=None, description="Region name of s3 and obs.")
    account: str | None = Field(default=None, description="Storage account of az.")
    virtual_hosted: bool = Field(
        default=False, description="s3, obs: the bucket is part of the host name of the endpoint."
    )
    anonymous: bool = Field(default=False, description="Ask without signing: public buckets.")
    key_id: SecretRef | None = Field(default=None, description="s3, obs: access key id.")
    secret: SecretRef | None = Field(
        default=None, description="s3, obs: secret access key; az: account key."
    )
    token: SecretRef | None = Field(
        default=None, description="s3, obs: session token; az: SAS; gs: bearer token."
    )
    service_account_file: Path | None = Field(
        default=None, description="gs: the service account's JSON key file."
    )

    @field_validator("buckets")
    @classmethod
    def _plain_buckets(cls, buckets: tuple[str, ...]) -> tuple[str, ...]:
        for bucket in buckets:
            if not _BUCKET.fullmatch(bucket):
                raise ValueError(f"{bucket!r} is not a bucket name (3-63 of a-z 0-9 . _ -)")
        return buckets

    @model_validator(mode="after")
    def _fits_the_scheme(self) -> Self:
        if self.scheme == "obs" and self.endpoint is None:
            raise ValueError("an obs store needs its endpoint")
        if (self.scheme == "az") != (self.account is not None):
            raise ValueError("account is required for az and meaningless elsewhere")
        if self.scheme in {"az", "gs"} and (self.key_id or self.region or self.virtual_hosted):
            raise ValueError("key_id, region and virtual_hosted belong to s3 and obs")
        if self.scheme != "gs" and self.service_account_file is not None:
            raise ValueError("service_account_file belongs to gs")
        if self.scheme == "gs" and self.secret is not None:
            raise ValueError("gs takes service_account_file or token, not secret")
        if self.scheme in {"s3", "obs"} and (self.key_id is None) != (self.secret is None):
            raise ValueError("give both of key_id and secret, or neither")
        if self.anonymous and (
            self.key_id or self.secret or self.token or self.service_account_file
        ):
            raise ValueError("anonymous stores take no credentials")
        return self


class FetchSettings(BaseModel, frozen=True, extra="forbid"):
    """Limits of the guarded fetcher. The defaults reach public hosts over http(s) and no store."""

    enabled: bool = Field(default=True, description="false: every frame given by URL fails.")
    schemes: tuple[Literal["http", "https"], ...] = Field(
        default=("http", "https"),
        description="Web schemes. Object-store schemes are enabled by an entry in stores.",
    )
    allow_hosts: tuple[_HostPattern, ...] = Field(
        default=(), description="Globs on host names, such as *.example.com; empty: every host."
    )
    deny_hosts: tuple[_HostPattern, ...] = Field(
        default=(), description="Globs on host names that are refused, before allow_hosts."
    )
    allow_ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = Field(
        default=(80, 443), description="Ports that may be connected to."
    )
    allow_private: bool = Field(
        default=False,
        description="Allow RFC 1918, 100.64.0.0/10 and IPv6 unique-local addresses. Loopback, "
        "link-local and metadata addresses stay refused.",
    )
    allow_networks: tuple[Network, ...] = Field(
        default=(), description="Networks allowed whatever they are (CIDR), loopback included."
    )
    max_bytes: int = Field(
        default=10 * 1024 * 1024,
        ge=1,
        le=1024**3,
        description="Largest picture, decompressed, bytes.",
    )
    connect_timeout_s: float = Field(
        default=3.0, gt=0, le=60, description="Name look-up, then each connection and handshake."
    )
    read_timeout_s: float = Field(
        default=5.0, gt=0, le=300, description="Longest silence of a host while it answers."
    )
    total_timeout_s: float = Field(
        default=20.0, gt=0, le=600, description="A fetch as a whole: queue, redirects, retries."
    )
    max_redirects: int = Field(default=3, ge=0, le=5, description="0: redirects are failures.")
    max_attempts: int = Field(default=3, ge=1, le=10, description="1: no retries.")
    backoff_initial_s: float = Field(
        default=0.2, gt=0, le=30, description="First pause; doubles each time, plus jitter."
    )
    backoff_max_s: float = Field(default=5.0, gt=0, le=60, description="Longest pause.")
    concurrency: int = Field(default=16, ge=1, le=512, description="Fetches at the same time.")
    ca_file: Path | None = Field(
        default=None, description="PEM file of further certificate authorities to trust."
    )
    stores: tuple[ObjectStoreSettings, ...] = Field(
        default=(), description="Object stores; needs the extra platestream[objectstore]."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("connect_timeout_s", "read_timeout_s", "backoff_initial_s"):
            if getattr(self, name) > self.total_timeout_s:
                raise ValueError(f"{name} must not exceed total_timeout_s")
        if self.backoff_initial_s > self.backoff_max_s:
            raise ValueError("backoff_initial_s must not exceed backoff_max_s")
        seen: set[tuple[str, str]] = set()
        for store in self.stores:
            for bucket in store.buckets:
                if (store.scheme, bucket) in seen:
                    raise ValueError(f"{store.scheme}://{bucket} is in two stores")
                seen.add((store.scheme, bucket))
        return self
