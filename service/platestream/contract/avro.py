"""Avro messages in the Confluent wire format: ``0x00``, a 4-byte schema id, the Avro body.

Strict in both directions. A body must fit its schema and end where the message ends; a record is
validated before it is written, because the library by itself would cut 1.7 to 1, take 2**40 as an
``int`` and write NaN.
"""

import math
from io import BytesIO
from typing import Any, Final, Protocol

import fastavro
from fastavro.validation import ValidationError, validate

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.schemas import Schema, SchemaName, bundled_schemas, released_schemas

MAGIC_BYTE: Final = 0
HEADER_BYTES: Final = 5

# Local ids are 0x5053 (ASCII "PS"), a byte for the version, a byte for the place in SchemaName.
# A registry counts up from 1, so that one of its ids is never taken for one of these.
_LOCAL_ID_BASE: Final = 0x5053_0000


class UnknownSchemaError(Exception):
    """The store has no usable schema of this id. Other failures are not the message's fault.

    Args:
        schema_id: The id.
        reason: Predicate for the sender, such as "is not known".
    """

    def __init__(self, schema_id: int, reason: str = "is not known") -> None:
        super().__init__(schema_id, reason)
        self.reason = reason


class SchemaStore(Protocol):
    """Where schema ids come from: the local one below, or a registry behind the same two calls."""

    def schema_id(self, name: SchemaName) -> int:
        """Return the id under which records of bundled schema ``name`` are written."""
        ...

    def writer(self, schema_id: int) -> Schema:
        """Return the schema that a message names.

        Raises:
            UnknownSchemaError: There is none of this id.
        """
        ...


def local_schema_id(name: SchemaName, version: int) -> int:
    """Return the fixed id of a released schema where there is no registry."""
    return _LOCAL_ID_BASE | version << 8 | list(SchemaName).index(name) + 1


class LocalSchemaStore:
    """The bundled schemas, every released version, under fixed ids. Immutable, thread-safe.

    Records are written under the id of the version that brought their schema's present fields, so
    that a release that changes one record leaves the ids of the others as readers know them.
    """

    def __init__(self) -> None:
        self._schemas: dict[int, Schema] = {}
        self._ids: dict[SchemaName, int] = {}
        for version, schemas in released_schemas().items():
            for name, schema in schemas.items():
                schema_id = local_schema_id(name, version)
                self._schemas[schema_id] = schema
                before = self._ids.get(name)
                if before is None or self._schemas[before].parsed != schema.parsed:
                    self._ids[name] = schema_id

    def schema_id(self, name: SchemaName) -> int:
        """Return the id of the newest version of ``name``."""
        return self._ids[name]

    def writer(self, schema_id: int) -> Schema:
        """Return the released schema of this id, or raise :class:`UnknownSchemaError`."""
        try:
            return self._schemas[schema_id]
        except KeyError:
            raise UnknownSchemaError(schema_id) from None


def encode(name: SchemaName, record: dict[str, Any], store: SchemaStore) -> bytes:
    """Write ``record`` by bundled schema ``name``, with the wire format's header.

    Raises:
        ValueError: The record does not fit: a field too many or too few, a wrong type, a number
            out of range or not finite. The text names the field, never its value.
    """
    schema = bundled_schemas()[name]
    try:
        validate(record, schema.parsed, strict=True)
    except ValidationError as error:
        fields = ", ".join(sorted({str(item.field) for item in error.errors}))
        raise ValueError(f"the record does not fit {name}: {fields}") from None
    _refuse_not_finite(record, str(name))
    out = BytesIO()
    out.write(bytes((MAGIC_BYTE,)) + store.schema_id(name).to_bytes(4, "big"))
    try:
        fastavro.schemaless_writer(out, schema.parsed, record, strict=True)
    except UnicodeEncodeError:
        raise ValueError(f"the record does not fit {name}: text that is not Unicode") from None
    return out.getvalue()


def decode(value: bytes, name: SchemaName, store: SchemaStore) -> dict[str, Any]:
    """Read a message that must hold a record of schema ``name``, whatever its version.

    Returns:
        The record in the shape of the bundled schema; times are milliseconds since the epoch.

    Raises:
        FrameError: ``INVALID_PARAMETER``: no header, unknown id, another kind of record, a body
            that is cut short, does not fit its schema, or does not end where the message ends.
    """
    if len(value) < HEADER_BYTES or value[0] != MAGIC_BYTE:
        raise _invalid("The Avro header (0x00 and a 4-byte schema id) is missing or cut short.")
    schema_id = int.from_bytes(value[1:HEADER_BYTES], "big")
    try:
        writer = store.writer(schema_id)
    except UnknownSchemaError as error:
        raise _invalid(f"Avro schema id {schema_id} {error.reason}.") from None
    reader = bundled_schemas()[name]
    if writer.fullname != reader.fullname:
        raise _invalid(f"Avro schema id {schema_id} is {writer.fullname}, not {reader.fullname}.")
    # BytesIO shares the memory of a bytes object until it is written to: the picture is copied
    # once, into the record.
    body = BytesIO(value)
    body.seek(HEADER_BYTES)
    try:
        record = fastavro.schemaless_reader(body, writer.parsed, reader.parsed)
    except Exception:  # noqa: BLE001 - hostile bytes make the library raise about anything
        raise _invalid("The Avro body is cut short or does not fit its schema.") from None
    if body.tell() != len(value):
        raise _invalid(f"{len(value) - body.tell()} bytes follow the end of the Avro record.")
    if not isinstance(record, dict):
        raise _invalid("The Avro body is not a record.")
    return record


def _invalid(detail: str) -> FrameError:
    return FrameError(ErrorCode.INVALID_PARAMETER, detail)


def _refuse_not_finite(node: Any, path: str) -> None:
    if isinstance(node, float):
        if not math.isfinite(node):
            raise ValueError(f"{path} is not a finite number")
    elif isinstance(node, dict):
        for key, value in node.items():
            _refuse_not_finite(value, f"{path}.{key}")
    elif isinstance(node, list | tuple):
        for value in node:
            _refuse_not_finite(value, f"{path}[]")
