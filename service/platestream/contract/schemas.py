"""The bundled Avro schemas: read and parsed once, handed out by name.

The files of ``schemas/`` at the top of the repository are the single source; a wheel carries the
same files inside the package. Each file is self-contained, so that any Avro library can open it
alone and a registry can take it as it stands.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import fastavro

# The newest folder of schemas/history. A change to a schema adds a folder and raises this number.
SCHEMA_VERSION: Final = 3


class SchemaName(StrEnum):
    """Short names of the bundled schemas; also the names of their files.

    Their order is in the fixed ids of :mod:`~platestream.contract.avro`: new ones come last.
    """

    LICENSE_PLATE_RESULT = "LicensePlateResult"
    FRAME_EVENT = "FrameEvent"
    PLATE_EVENT = "PlateEvent"
    FRAME_FAILURE = "FrameFailure"
    FRAME_RESULT = "FrameResult"
    PASSAGE = "Passage"
    ALERT = "Alert"
    HOTLIST_ENTRY = "HotlistEntry"


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """One Avro record schema.

    Attributes:
        fullname: Name with namespace, such as ``io.platestream.v1.PlateEvent``.
        text: The JSON text as in its file, docs included.
        parsed: The form that the codec works with. Logical types are left out of it, so that
            times stay whole milliseconds: as dates they would lose precision, and a hostile one
            would raise from inside the library.
    """

    fullname: str
    text: str
    parsed: Any

    @classmethod
    def from_text(cls, text: str) -> "Schema":
        """Parse ``text``.

        Raises:
            ValueError: It is not the JSON of a named Avro record.
        """
        try:
            parsed = fastavro.parse_schema(_without_logical_types(json.loads(text)))
        except (fastavro.schema.SchemaParseException, fastavro.schema.UnknownType) as error:
            raise ValueError(f"not an Avro schema: {error}") from error
        if not isinstance(parsed, dict) or parsed.get("type") != "record":
            raise ValueError("not an Avro record schema")
        return cls(parsed["name"], text, parsed)

    def as_dict(self) -> dict[str, Any]:
        """Return the schema as plain JSON objects, logical types and docs included."""
        loaded: dict[str, Any] = json.loads(self.text)
        return loaded


def _without_logical_types(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            # A default is data: a field that happens to be called logicalType must survive in it.
            key: value if key == "default" else _without_logical_types(value)
            for key, value in node.items()
            if not (key == "logicalType" and isinstance(value, str))
        }
    if isinstance(node, list):
        return [_without_logical_types(item) for item in node]
    return node


def schema_folder() -> Traversable:
    """Return the folder of the ``.avsc`` files, in the wheel or in the checkout.

    Raises:
        FileNotFoundError: The installation is broken: neither has them.
    """
    packaged = resources.files("platestream.contract") / "schemas"
    if (packaged / f"{SchemaName.FRAME_EVENT}.avsc").is_file():
        return packaged
    checkout = Path(__file__).resolve().parents[3] / "schemas"
    if (checkout / f"{SchemaName.FRAME_EVENT}.avsc").is_file():
        return checkout
    raise FileNotFoundError("the Avro schemas are missing from this installation")


def _load(folder: Traversable) -> Mapping[SchemaName, Schema]:
    return MappingProxyType(
        {
            name: Schema.from_text((folder / f"{name}.avsc").read_text(encoding="utf-8"))
            for name in SchemaName
            # Older versions had fewer.
            if (folder / f"{name}.avsc").is_file()
        }
    )


@cache
def bundled_schemas() -> Mapping[SchemaName, Schema]:
    """Return the current schemas by short name; parsed at the first call only."""
    return _load(schema_folder())


@cache
def released_schemas() -> Mapping[int, Mapping[SchemaName, Schema]]:
    """Return every released version of the schemas, by version number from 1."""
    history = schema_folder() / "history"
    return MappingProxyType(
        {version: _load(history / f"v{version}") for version in range(1, SCHEMA_VERSION + 1)}
    )


def self_contained(name: SchemaName | str) -> str:
    """Return the JSON text of schema ``name``: complete, ready for a registry or any Avro library.

    Raises:
        ValueError: There is no such schema.
    """
    return bundled_schemas()[SchemaName(name)].text
