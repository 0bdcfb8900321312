"""Writes what each file in ``ci/`` renders to, so that a change of the chart shows in a review.

``python -m tests.deploy.golden`` writes ``tests/deploy/golden/``; with ``--check``, and in a test,
it is an error if a file is out of date.
"""

import hashlib
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from tests.deploy.chart import VARIANTS, render, variant

FOLDER: Final = Path(__file__).with_name("golden")
# What is longer, the dashboards, has a generator and a test of its own: its digest will do.
_LONGEST: Final = 6_000


def golden(name: str) -> str:
    """The objects of a variant in YAML, by kind and name."""
    objects = sorted(render(variant(name)), key=lambda item: (item["kind"], _name(item)))
    return yaml.safe_dump_all(
        [_short(item) for item in objects], allow_unicode=True, sort_keys=True, width=120
    )


def files() -> dict[Path, str]:
    """What the folder should hold."""
    return {FOLDER / f"{name}.yaml": golden(name) for name in VARIANTS}


def stale() -> list[str]:
    """The files that are missing, of a variant that is gone, or not of now."""
    wanted = files()
    there = {path: path.read_text("utf-8") for path in FOLDER.glob("*.yaml")}
    return sorted(
        path.name for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path)
    )


def _name(item: dict[str, Any]) -> str:
    name: str = item["metadata"]["name"]
    return name


def _short(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _short(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_short(value) for value in node]
    if isinstance(node, str) and len(node) > _LONGEST:
        return f"sha256:{hashlib.sha256(node.encode()).hexdigest()}"
    return node


def main(arguments: list[str]) -> int:
    """Write them, or say which are stale."""
    if "--check" in arguments:
        for name in stale():
            sys.stderr.write(f"golden/{name} is not of now: run make chart\n")
        return 1 if stale() else 0
    wanted = files()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.yaml"):
        if path not in wanted:
            path.unlink()
    for path, content in wanted.items():
        path.write_text(content, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
