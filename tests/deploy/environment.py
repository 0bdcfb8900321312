"""Writes the names of the service's variables into the chart, which refuses any other.

``python -m tests.deploy.environment`` writes ``environment.txt``; with ``--check``, and in a test,
it is an error if the file is out of date. A ``*`` at the end stands for the keys of a mapping.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final, get_origin

from pydantic import BaseModel

from platestream.config.settings import ENV_DELIMITER, ENV_PREFIX, Settings
from tests.deploy.chart import CHART

PATH: Final = CHART / "environment.txt"
# No settings: the file's own path, and what the container is given.
_OTHERS: Final = ("CONFIG", "CPU_LIMIT", "CPU_REQUEST", "MEMORY_LIMIT")


def names() -> list[str]:
    """Every name, and those of sections, which are given as JSON."""
    found = [*_OTHERS, *_below("", Settings)]
    return sorted(ENV_PREFIX + name for name in found)


def _below(path: str, model: type[BaseModel]) -> Iterator[str]:
    for key, field in model.model_fields.items():
        name = path + key.upper()
        yield name
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _below(name + ENV_DELIMITER, kind)
        elif get_origin(kind) is dict:
            yield f"{name}{ENV_DELIMITER}*"


def text() -> str:
    """The file of now."""
    return "".join(f"{name}\n" for name in names())


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        PATH.write_text(text(), "utf-8")
    elif PATH.read_text("utf-8") != text():
        sys.exit(f"{PATH} is not of now: run make chart")
