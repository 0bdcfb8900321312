"""Puts the schema of the service's settings into the chart's values.schema.json, for ``config:``.

``python -m tests.deploy.config_schema`` writes it; with ``--check``, and in a test, it is an error
if the file is out of date. So a setting that the service does not know, or a value that it would
refuse, is refused by Helm, not by a pod.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from platestream.config import Settings
from tests.deploy.chart import CHART

PATH: Final = CHART / "values.schema.json"
# What only other readers of a schema need. Formats go too: those of pydantic are not JSON schema's.
_LEFT_OUT: Final = frozenset({"title", "default", "format", "writeOnly"})


def schema() -> str:
    """The chart's schema with the settings of now, as the file holds it."""
    values: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
    written_by_hand = {
        name: value for name, value in values["$defs"].items() if not name[0].isupper()
    }
    values["properties"]["config"] = {"$ref": "#/$defs/Settings"}
    values["$defs"] = {**written_by_hand, **definitions()}
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def definitions() -> dict[str, Any]:
    """The settings' models by name, capitalised as classes are; all of them under ``Settings``."""
    generated = Settings.model_json_schema()
    models = generated.pop("$defs")
    return {
        name: _plain(model) for name, model in sorted({**models, "Settings": generated}.items())
    }


def _plain(node: Any, *, names: bool = False) -> Any:
    """Without what is left out; ``names`` where the keys are names of settings, not words."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    return {
        key: _plain(value, names=key == "properties" and not names)
        for key, value in node.items()
        if names or not (key in _LEFT_OUT or (key, value) == ("additionalProperties", True))
    }


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        PATH.write_text(schema(), "utf-8")
    elif PATH.read_text("utf-8") != schema():
        sys.exit(f"{PATH} is not of now: run make chart")
