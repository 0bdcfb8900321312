import json
from pathlib import Path
from typing import Any

import avro.schema
import fastavro
import pytest
from fastavro.schema import load_schema

from platestream.contract.readings import PlateColor
from platestream.contract.schemas import (
    Schema,
    SchemaName,
    bundled_schemas,
    schema_folder,
    self_contained,
)

NAMESPACE = "io.platestream.v1"
FOLDER = Path(str(schema_folder()))


def named_types(node: Any) -> list[dict[str, Any]]:
    """Every record and enum that a schema defines, itself included."""
    found = []
    if isinstance(node, dict):
        if node.get("type") in ("record", "enum"):
            found.append(node)
        for key in ("type", "items", "values", "fields"):
            found.extend(named_types(node.get(key)))
    elif isinstance(node, list):
        for item in node:
            found.extend(named_types(item))
    return found


def test_folder_holds_exactly_the_named_schemas() -> None:
    assert {path.stem for path in FOLDER.glob("*.avsc")} == {str(name) for name in SchemaName}


@pytest.mark.parametrize("name", SchemaName)
def test_file_opens_alone_in_two_independent_libraries(name: SchemaName) -> None:
    path = FOLDER / f"{name}.avsc"
    by_fastavro: Any = load_schema(str(path))
    by_apache: Any = avro.schema.parse(path.read_text(encoding="utf-8"))
    assert by_fastavro["name"] == f"{NAMESPACE}.{name}"
    assert by_apache.fullname == f"{NAMESPACE}.{name}"
    assert bundled_schemas()[name].fullname == f"{NAMESPACE}.{name}"


@pytest.mark.parametrize("name", SchemaName)
def test_self_contained_text_needs_no_other_schema(name: SchemaName) -> None:
    assert fastavro.parse_schema(json.loads(self_contained(str(name))))
    assert bundled_schemas()[name].as_dict() == json.loads(self_contained(name))


def test_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="Nothing"):
        self_contained("Nothing")


def test_a_type_used_by_several_schemas_is_the_same_in_each() -> None:
    definitions: dict[str, dict[str, Any]] = {}
    uses: dict[str, int] = {}
    for name in SchemaName:
        for node in named_types(bundled_schemas()[name].as_dict()):
            definitions.setdefault(node["name"], node)
            uses[node["name"]] = uses.get(node["name"], 0) + 1
            assert node == definitions[node["name"]], f"{node['name']} differs in {name}"
    assert {name for name, count in uses.items() if count > 1} == {
        "LicensePlateResult",
        "ModelRef",
        "PlateColor",
        "SourceRef",
    }


@pytest.mark.parametrize("name", SchemaName)
def test_everything_is_documented_and_every_field_has_a_default(name: SchemaName) -> None:
    for node in named_types(bundled_schemas()[name].as_dict()):
        assert len(node["doc"]) > 10
        for field in node.get("fields", ()):
            place = f"{node['name']}.{field['name']}"
            assert len(field["doc"]) > 5, place
            assert "default" in field, place
            if isinstance(field["type"], list):
                # Avro proper: a union's default must fit its first branch.
                assert field["type"][0] == "null", place
                assert field["default"] is None, place


def test_colours_are_those_of_the_readings_and_can_grow() -> None:
    (colour,) = (
        node
        for node in named_types(bundled_schemas()[SchemaName.LICENSE_PLATE_RESULT].as_dict())
        if node["type"] == "enum"
    )
    assert set(colour["symbols"]) == {color.value for color in PlateColor}
    assert colour["default"] == PlateColor.UNKNOWN.value


def test_documented_record_has_the_documented_fields_in_order() -> None:
    schema = bundled_schemas()[SchemaName.LICENSE_PLATE_RESULT].as_dict()
    assert [(field["name"]) for field in schema["fields"]] == [
        "plate_number",
        "plate_color",
        "plate_location",
        "confidence",
    ]


def test_times_are_declared_as_dates_but_parsed_as_numbers() -> None:
    schema = bundled_schemas()[SchemaName.FRAME_EVENT]
    assert '"timestamp-millis"' in schema.text
    assert "logicalType" not in json.dumps(schema.parsed)


@pytest.mark.parametrize(
    "text", ['"string"', '{"type": "record"}', '["null"]', "{", '{"type":"x"}']
)
def test_other_text_is_no_schema(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own error is one too
        Schema.from_text(text)
