"""How the brokers are spoken to, and which of librdkafka's own settings may pass through ours."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, Field

from platestream.bus.errors import ConfigurationError

# What decides how a client gets in, among librdkafka's settings.
_SECURITY: Final = re.compile(r"(sasl|ssl|security|https|enable[.]ssl|enable[.]sasl)[.]")
_PROTOCOL: Final = "security.protocol"
# librdkafka's name of each of our settings.
_NAMES: Final = {
    "sasl_mechanism": "sasl.mechanisms",
    "sasl_username": "sasl.username",
    "sasl_password_file": "sasl.password",
    "ssl_ca_file": "ssl.ca.location",
    "ssl_certificate_file": "ssl.certificate.location",
    "ssl_key_file": "ssl.key.location",
    "ssl_key_password_file": "ssl.key.password",
}
_SECRETS: Final = ("sasl_password_file", "ssl_key_password_file")
Passthrough = Mapping[str, "Scalar"]

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
    "sasl.mechanism": "sasl.mechanisms",
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


def client_security(
    security: SecuritySettings, own: Passthrough, other: Passthrough | None = None
) -> dict[str, Scalar]:
    """How a client gets in: every client of this process has it from here.

    All clients speak to the same brokers, so what the pass-through of one says of security holds
    for the others, too, unless theirs says something else.

    Args:
        security: Our settings.
        own: The pass-through settings of this client.
        other: Those of the other kind of client.

    Raises:
        ConfigurationError: If a secret's file cannot be read.
    """
    given: dict[str, Scalar] = {_PROTOCOL: security.protocol}
    for setting, name in _NAMES.items():
        value = getattr(security, setting)
        if value is not None:
            given[name] = _secret(value) if setting in _SECRETS else str(value)
    for passthrough in (other or {}, own):
        given |= {key: value for key, value in passthrough.items() if _SECURITY.match(key)}
    return given


def contradictions(
    security: SecuritySettings, consumer: Passthrough, producer: Passthrough
) -> Iterator[str]:
    """What is set for nothing, since the protocol has no use for it; reads no file.

    A client would ignore it without a word, and speak in the clear to whoever listens.
    """
    protocols = {
        str(passthrough.get(_PROTOCOL, security.protocol)).upper()
        for passthrough in ({**producer, **consumer}, {**consumer, **producer})
    }
    if len(protocols) > 1:
        yield (
            f"consumer and producer give different {_PROTOCOL}: {' and '.join(sorted(protocols))}"
        )
        return
    (protocol,) = protocols
    named = [
        (name, f"security.{setting}")
        for setting, name in _NAMES.items()
        if getattr(security, setting) is not None
    ]
    for kind, passthrough in (("consumer", consumer), ("producer", producer)):
        named += [(key, f"{kind}.{key}") for key in passthrough if key != _PROTOCOL]
    source = (
        "security.protocol" if security.protocol == protocol else f"the pass-through {_PROTOCOL}"
    )
    for name, setting in named:
        if re.match(r"(enable[.])?sasl[.]", name) and not protocol.startswith("SASL_"):
            wanted = "SASL_SSL" if protocol == "SSL" else "SASL_SSL or SASL_PLAINTEXT"
            yield f"{setting} has no effect: {source} is {protocol}, not {wanted}"
        elif re.match(r"(enable[.])?ssl[.]", name) and not protocol.endswith("SSL"):
            wanted = "SASL_SSL" if protocol.startswith("SASL_") else "SSL or SASL_SSL"
            yield f"{setting} has no effect: {source} is {protocol}, not {wanted}"


def _secret(path: Path) -> str:
    try:
        # Editors and `kubectl create secret --from-file` leave a line end that is no part of it.
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the secret's file {path} cannot be read") from error
