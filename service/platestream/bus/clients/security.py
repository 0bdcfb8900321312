"""Settings of the brokers' security."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field


class SecuritySettings(BaseModel, frozen=True, extra="forbid"):
    """How the brokers are spoken to. Secrets come from files (mounted secrets), never from here."""

    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Security protocol of the brokers."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="SASL mechanism; others by the pass-through settings."
    )
    sasl_username: str | None = Field(default=None, description="SASL user name.")
    sasl_password_file: Path | None = Field(
        default=None, description="File that holds the SASL password."
    )
    ssl_ca_file: Path | None = Field(
        default=None, description="CA certificates (PEM) that the brokers' are checked against."
    )
    ssl_certificate_file: Path | None = Field(
        default=None, description="Our certificate (PEM), for mutual TLS."
    )
    ssl_key_file: Path | None = Field(default=None, description="Our private key (PEM).")
    ssl_key_password_file: Path | None = Field(
        default=None, description="File that holds the private key's password."
    )
