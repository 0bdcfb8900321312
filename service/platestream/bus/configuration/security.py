"""How the brokers are spoken to, and which of librdkafka's own settings may pass through ours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, Field

Scalar = bool | int | float | str

# librdkafka knows these under two names. Only one of them may reach it, or the order decides.
_ALIASES: Final = {
    "request.required.acks": "acks",
    "compression.codec": "compression.type",
    "delivery.timeout.ms": "message.timeout.ms",
    "metadata.broker.list": "bootstrap.servers",
    "fetch.message.max.bytes": "max.partition.fetch.bytes",
    "buffer.memory": "queue.buffering.max.kbytes",
    "linger.ms": "queue.buffering.max.ms",
    "retries": "message.send.max.retries",
    "max.in.flight": "max.in.flight.requests.per.connection",
}
_OWN_SETTING: Final = "has its own setting"
_GUARANTEE: Final = "would break the promise that no frame is lost"
_REFUSED: Final = {
    "bootstrap.servers": _OWN_SETTING,
    "group.id": _OWN_SETTING,
    "auto.offset.reset": _OWN_SETTING,
    "message.max.bytes": _OWN_SETTING,
    "sasl.password": "is a secret; use kafka.security.sasl_password_file",
    "ssl.key.password": "is a secret; use kafka.security.ssl_key_password_file",
    "enable.auto.commit": _GUARANTEE,
    "enable.auto.offset.store": _GUARANTEE,
    "enable.idempotence": _GUARANTEE,
    "acks": _GUARANTEE,
    "transactional.id": _OWN_SETTING,
    "group.instance.id": _OWN_SETTING,
    "group.protocol": _OWN_SETTING,
    "isolation.level": "would break the promise that no frame is doubled",
}
# Settings of the classic group protocol; with KIP-848's the broker decides them.
CLASSIC_ONLY: Final = (
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "partition.assignment.strategy",
)


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


def checked_passthrough(given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Each of ``given`` under the one name that we use.

    Raises:
        ValueError: One of them is ours to decide, or is given twice.
    """
    canonical: dict[str, Scalar] = {}
    for key, value in given.items():
        name = _ALIASES.get(key, key)
        if name in _REFUSED:
            raise ValueError(f"{key} {_REFUSED[name]}")
        if name in canonical:
            raise ValueError(f"{key} is given twice, under two names")
        canonical[name] = value
    return canonical
