"""FULL_TRANSITIVE: every version reads every other one, in both directions."""

import copy
import io
import itertools
import json
from collections.abc import Callable
from typing import Any

import avro.schema
import fastavro
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from platestream.contract.avro import LocalSchemaStore, decode, encode
from platestream.contract.events import plate_records
from platestream.contract.schemas import (
    SCHEMA_VERSION,
    Schema,
    SchemaName,
    bundled_schemas,
    released_schemas,
    schema_folder,
)
from tests.contract.samples import MODEL, READING, frame

Json = dict[str, Any]


def reads(reader: Json, writer: Json) -> bool:
    """Whether the Apache rules let ``reader`` take whatever ``writer`` writes."""
    checker: Any = ReaderWriterCompatibilityChecker
    result = checker().get_compatibility(
        avro.schema.parse(json.dumps(reader)), avro.schema.parse(json.dumps(writer))
    )
    return bool(result.compatibility is SchemaCompatibilityType.compatible)


def full(one: Json, other: Json) -> bool:
    return reads(one, other) and reads(other, one)


def without_docs(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: without_docs(value) for key, value in node.items() if key != "doc"}
    if isinstance(node, list):
        return [without_docs(item) for item in node]
    return node


@pytest.mark.parametrize("name", SchemaName)
def test_current_schema_is_the_newest_release(name: SchemaName) -> None:
    """A change needs a new folder in schemas/history; only the words may change without."""
    current = without_docs(bundled_schemas()[name].as_dict())
    assert current == without_docs(released_schemas()[SCHEMA_VERSION][name].as_dict())


def test_every_folder_of_the_history_is_known() -> None:
    folders = {path.name for path in (schema_folder() / "history").iterdir()}
    assert folders == {f"v{version}" for version in released_schemas()}


@pytest.mark.parametrize("name", SchemaName)
def test_all_versions_read_one_another(name: SchemaName) -> None:
    released = (each[name] for each in released_schemas().values() if name in each)
    versions = [bundled_schemas()[name], *released]
    for one, other in itertools.combinations_with_replacement(versions, 2):
        assert full(one.as_dict(), other.as_dict())


def _change(edit: Callable[[Json], object]) -> Json:
    schema = copy.deepcopy(bundled_schemas()[SchemaName.PLATE_EVENT].as_dict())
    edit(schema)
    return schema


def _field(schema: Json, name: str) -> Json:
    return next(field for field in schema["fields"] if field["name"] == name)


def _plate(schema: Json) -> Json:
    plate: Json = _field(schema, "plate")["type"]
    return plate


def _colours(schema: Json) -> Json:
    colours: Json = _field(_plate(schema), "plate_color")["type"]
    return colours


BREAKING: dict[str, Callable[[Json], object]] = {
    "new field without default": lambda s: s["fields"].append({"name": "x", "type": "int"}),
    "other type": lambda s: _field(s, "plate_index").update(type="string", default=""),
    "narrowed": lambda s: _field(s, "captured_at").update(type="int"),
    "widened": lambda s: _field(s, "plate_index").update(type="long"),
    "null allowed where it was not": lambda s: _field(s, "event_id").update(
        type=["null", "string"], default=None
    ),
    "colours without a default": lambda s: (
        _colours(s).pop("default"),
        _colours(s)["symbols"].remove("blue"),
    ),
    "other corner type": lambda s: _field(_plate(s), "plate_location").update(
        type={"type": "array", "items": {"type": "array", "items": "float"}}
    ),
    "record renamed": lambda s: s.update(name="Plate"),
}
SOUND: dict[str, Callable[[Json], object]] = {
    "new field with default": lambda s: s["fields"].append(
        {"name": "x", "type": ["null", "string"], "default": None}
    ),
    "field dropped": lambda s: s["fields"].remove(_field(s, "plate_count")),
    "optional field dropped": lambda s: s["fields"].remove(_field(s, "complete")),
    "nested field dropped": lambda s: _plate(s)["fields"].remove(_field(_plate(s), "confidence")),
    "colour added": lambda s: _colours(s)["symbols"].append("red"),
    "colour dropped": lambda s: _colours(s)["symbols"].remove("black"),
    "words changed": lambda s: s.update(doc="Other words."),
}


@pytest.mark.parametrize("change", BREAKING)
def test_a_breaking_change_is_caught(change: str) -> None:
    current = bundled_schemas()[SchemaName.PLATE_EVENT].as_dict()
    assert not full(_change(BREAKING[change]), current)


@pytest.mark.parametrize("change", SOUND)
def test_a_sound_change_is_let_through(change: str) -> None:
    current = bundled_schemas()[SchemaName.PLATE_EVENT].as_dict()
    assert full(_change(SOUND[change]), current)


class ForeignStore(LocalSchemaStore):
    """The local store with one more schema, as a registry would know it."""

    def __init__(self, schema_id: int, schema: Schema) -> None:
        super().__init__()
        self._schemas[schema_id] = schema


@pytest.mark.parametrize("change", SOUND)
def test_our_reader_takes_what_a_sound_other_version_wrote(change: str) -> None:
    other = Schema.from_text(json.dumps(_change(SOUND[change])))
    (record,) = plate_records(frame(), [READING], MODEL, 7)
    written = {field["name"]: record[field["name"]] for field in other.parsed["fields"] if
               field["name"] in record}  # fmt: skip
    with_id = b"\x00" + (77).to_bytes(4, "big") + _body(other, written)
    read = decode(with_id, SchemaName.PLATE_EVENT, ForeignStore(77, other))
    assert read["event_id"] == record["event_id"]
    assert read["plate"]["plate_number"] == READING.plate_number
    assert read["plate_count"] == 1
    assert read["plate"]["confidence"] == (
        0.0 if change == "nested field dropped" else READING.confidence
    )


def test_a_colour_we_do_not_know_is_read_as_unknown() -> None:
    other = Schema.from_text(json.dumps(_change(SOUND["colour added"])))
    (record,) = plate_records(frame(), [READING], MODEL, 7)
    record["plate"]["plate_color"] = "red"
    with_id = b"\x00" + (77).to_bytes(4, "big") + _body(other, record)
    read = decode(with_id, SchemaName.PLATE_EVENT, ForeignStore(77, other))
    assert read["plate"]["plate_color"] == "unknown"


def test_a_reader_of_another_sound_version_takes_what_we_write() -> None:
    (record,) = plate_records(frame(), [READING], MODEL, 7)
    value = encode(SchemaName.PLATE_EVENT, record, LocalSchemaStore())
    for change in SOUND.values():
        read = fastavro.schemaless_reader(
            io.BytesIO(value[5:]),
            bundled_schemas()[SchemaName.PLATE_EVENT].as_dict(),
            _change(change),
        )
        assert isinstance(read, dict)
        assert read["event_id"] == record["event_id"]


def _body(schema: Schema, record: Json) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema.parsed, record)
    return out.getvalue()
