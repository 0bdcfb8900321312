"""What the answers of a Confluent-compatible registry mean: values, "there is none", or errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from platestream.bus.errors import BusError


class RegistryError(BusError):
    """The registry cannot be worked with as it stands; somebody has to change something.

    Attributes:
        transient: Whether the same call may work later without anybody changing anything.
    """

    transient = False


class RegistryUnavailableError(RegistryError):
    """The registry gives no usable answer just now. Never the fault of a frame.

    Args:
        message: What happened, and where; no credentials.
        retry_after: Seconds before which another call cannot succeed.
    """

    transient = True

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SchemaNotRegisteredError(RegistryError):
    """One of our schemas is missing from its subject, and the mode forbids registering it."""


class IncompatibleSchemaError(RegistryError):
    """The registry refuses one of our schemas beside what its subject holds already."""


class AnswerTooLargeError(RegistryError):
    """The answer is larger than any schema of frames; it was not read to its end."""


Answer = Mapping[str, Any]

# The wire format has four bytes, and the registries count in Java's int.
LARGEST_ID: Final = 2**31 - 1
# Enough of a registry's reasons to act on, without filling the log.
_MAX_REASON_CHARS: Final = 1000
_BUSY: Final = frozenset({408, 425, 429})


class NotARegistryError(Exception):
    """An answer without what the API promises."""

    def __init__(self) -> None:
        super().__init__("the answer is not that of a schema registry")


@dataclass(frozen=True, slots=True)
class StoredSchema:
    """A schema as the registry holds it.

    Attributes:
        text: The schema in its own language.
        kind: ``AVRO``, ``JSON`` or ``PROTOBUF``.
        has_references: Whether parts of it are in other subjects.
    """

    text: str
    kind: str
    has_references: bool


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a subject."""

    schema_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a schema fits beside the latest version of a subject, and if not, why."""

    compatible: bool
    reason: str


def content_of(url: str, status: int, body: bytes) -> dict[str, Any] | None:
    """What an answer means: its content, None for "there is none", or the error it stands for.

    Raises:
        RegistryUnavailableError: The registry is away or busy.
        NotARegistryError: Something else answers in its place.
        IncompatibleSchemaError: A schema does not fit beside what its subject holds.
        RegistryError: The registry refuses us, or there is none at ``url``.
    """
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in _BUSY:
        raise RegistryUnavailableError(f"{url}: HTTP {status}")
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise RegistryError(f"{url}: the registry refuses our credentials (HTTP {status})")
    answer = _json_object(body)
    if httpx.codes.is_success(status):
        if answer is None:  # a page of a proxy, or a registry that is not up yet
            raise NotARegistryError
        return answer
    code = (answer or {}).get("error_code")
    if status == httpx.codes.NOT_FOUND and isinstance(code, int):
        return None
    if status == httpx.codes.NOT_FOUND:
        # Not "unknown id": else a wrong URL would turn every frame into a failed one.
        raise RegistryError(f"{url}: no registry API there (HTTP 404); is its path right?")
    message = shortened(str((answer or {}).get("message", "")))
    if status == httpx.codes.CONFLICT:
        raise IncompatibleSchemaError(message or "HTTP 409")
    raise RegistryError(f"{url}: HTTP {status} {message}".rstrip())


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        loaded = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def stored_schema_of(answer: Answer) -> StoredSchema:
    """The schema that an answer holds.

    Raises:
        NotARegistryError: It says none.
    """
    text, kind = answer.get("schema"), answer.get("schemaType") or "AVRO"
    if not isinstance(text, str) or not isinstance(kind, str):
        raise NotARegistryError
    return StoredSchema(text, kind, bool(answer.get("references")))


def version_of(answer: Answer) -> Version:
    """The version of a subject that an answer tells.

    Raises:
        NotARegistryError: It says none.
    """
    number = answer.get("version")
    if not isinstance(number, int):
        raise NotARegistryError
    return Version(schema_id_of(answer), number)


def schema_id_of(answer: Answer) -> int:
    """The schema id that an answer tells.

    Raises:
        NotARegistryError: It says none.
    """
    schema_id = answer.get("id")
    if not isinstance(schema_id, int) or not 0 <= schema_id <= LARGEST_ID:
        raise NotARegistryError
    return schema_id


def verdict_of(answer: Answer) -> Verdict:
    """The verdict about a schema that an answer tells.

    Raises:
        NotARegistryError: It says none.
    """
    compatible, reasons = answer.get("is_compatible"), answer.get("messages")
    if not isinstance(compatible, bool):
        raise NotARegistryError
    listed = reasons if isinstance(reasons, list) else []
    return Verdict(compatible, shortened("; ".join(map(str, listed))))


def shortened(text: str) -> str:
    """``text`` in one line, of a length that may be logged."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _MAX_REASON_CHARS else plain[:_MAX_REASON_CHARS] + " …"
