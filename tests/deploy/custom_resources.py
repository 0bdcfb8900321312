"""Validates objects of KEDA, the Prometheus operator and the Gateway API, and is strict about it.

An API server drops a field that the structural schema does not know; here it is an error, since the
chart wrote it for something.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from tests.deploy.chart import Manifest

_FOLDER: Final = Path(__file__).with_name("crds")
KINDS: Final[Mapping[str, str]] = {
    path.stem: json.loads(path.read_text("utf-8"))["apiVersion"]
    for path in sorted(_FOLDER.glob("*.json"))
}


def problems(item: Manifest) -> list[str]:
    """What is wrong with an object: one line a fault, none where it would be accepted whole."""
    if item["apiVersion"] != KINDS[item["kind"]]:
        return [f"apiVersion {item['apiVersion']} is not {KINDS[item['kind']]}"]
    errors = _validator(item["kind"]).iter_errors(item)
    return [f"{error.json_path}: {error.message}" for error in errors]


@cache
def _validator(kind: str) -> Draft202012Validator:
    document = json.loads((_FOLDER / f"{kind}.json").read_text("utf-8"))
    schema = _strict(document["schema"])
    # The API server checks the metadata of every object itself; kubernetes-validate does it for us.
    schema["properties"]["metadata"] = {"type": "object"}
    return Draft202012Validator(schema)


def _strict(schema: Any) -> Any:
    """The structural schema as JSON schema, closed wherever it lists properties."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _strict(value) for key, value in schema.items() if key != "properties"}
    if "properties" in schema:
        closed["properties"] = {key: _strict(value) for key, value in schema["properties"].items()}
        # ``anyOf`` of a structural schema repeats properties without their types: those stay open.
        if schema.get("type") == "object" and not schema.get(
            "x-kubernetes-preserve-unknown-fields"
        ):
            closed.setdefault("additionalProperties", False)
    return closed
