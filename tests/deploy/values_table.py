"""Makes the table of values in the chart's README from the comments in values.yaml.

``python -m tests.deploy.values_table`` writes it; a test says when it is out of date.
"""

import json
import re
from typing import Any, Final

from tests.deploy.chart import CHART, default_values

README: Final = CHART / "README.md"
_BEGIN: Final = "<!-- values: begin -->\n"
_END: Final = "<!-- values: end -->"
_KEY: Final = re.compile(r"( *)([A-Za-z]+):")
_INDENT: Final = 2


def descriptions() -> dict[str, str]:
    """The ``# --`` comments of values.yaml, by the dotted path of the key below them."""
    found: dict[str, str] = {}
    path: list[str] = []
    comment: list[str] = []
    for line in (CHART / "values.yaml").read_text("utf-8").splitlines():
        stripped = line.strip()
        if stripped.startswith("# --"):
            comment = [stripped.removeprefix("# --").strip()]
        elif stripped.startswith("#") and comment:
            comment.append(stripped.removeprefix("#").strip())
        elif match := _KEY.match(line):
            del path[len(match[1]) // _INDENT :]
            path.append(match[2])
            if comment:
                found[".".join(path)] = " ".join(comment)
            comment = []
        else:
            comment = []
    return found


def undocumented() -> list[str]:
    """Keys that neither they nor a key above them has a description."""
    described = descriptions()
    return [
        path
        for path, _ in _leaves(default_values(), "", frozenset(described))
        if path not in described
    ]


def table() -> str:
    """The table in Markdown."""
    described = descriptions()
    lines = ["| Key | Default | What it is |", "|---|---|---|"]
    for path, value in _leaves(default_values(), "", frozenset(described)):
        default = json.dumps(value, ensure_ascii=False) if value != "" else '""'
        lines.append(f"| `{path}` | `{default}` | {described[path]} |")
    return "\n".join(lines) + "\n"


def readme() -> str:
    """The README with the table of now."""
    before, rest = README.read_text("utf-8").split(_BEGIN)
    _, after = rest.split(_END)
    return f"{before}{_BEGIN}{table()}{_END}{after}"


def _leaves(node: dict[str, Any], path: str, stop: frozenset[str]) -> list[tuple[str, Any]]:
    """The keys to list: those with a description, and those that have none anywhere above."""
    found: list[tuple[str, Any]] = []
    for key, value in node.items():
        here = f"{path}.{key}" if path else key
        if here not in stop and isinstance(value, dict) and value:
            found += _leaves(value, here, stop)
        else:
            found.append((here, value))
    return found


if __name__ == "__main__":
    README.write_text(readme(), "utf-8")
