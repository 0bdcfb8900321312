"""Writes docs/SETTINGS.md and docs/METRICS.md, from the models and the metrics themselves.

``python -m tests.docs.reference`` writes them; with ``--check`` it says which are out of date, and
fails.
"""

import argparse
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from platestream.config import Settings
from platestream.config.settings import ENV_DELIMITER, ENV_PREFIX
from platestream.telemetry.engine_metrics import EngineMetrics
from platestream.telemetry.feed_metrics import FeedMetrics
from platestream.telemetry.metrics import Metrics
from tests.docs.units import unit_of

_DOCS: Final = Path(__file__).parents[2] / "docs"
_SIGNS: Final = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_MADE: Final = "<!-- Made by `make docs`; `make check` says when it is out of date. -->"
_SETTINGS_HEAD: Final = f"""{_MADE}
# Settings

Flags over environment over file over defaults. `kafka.group_id` is `kafka: {{group_id: …}}` in the
file, `--set kafka.group_id=…` as a flag and `PLATESTREAM_KAFKA__GROUP_ID` in the environment, where
lists and mappings are JSON. Names that do not exist are refused. `platestream run --check-config`
prints what is in force.
"""
_METRICS_HEAD: Final = f"""{_MADE}
# Metrics

Served at `:9108/metrics` (`telemetry.port`) and defined in
[telemetry/](../service/platestream/telemetry). No label carries plate text or a
URL, and none but two of the feed a camera. A histogram has the series `_bucket`,
`_sum` and `_count`.
"""
_ENGINE_HEAD: Final = """
## The passages application

`platestream passages` serves these, and those of the process and of the registry above.
"""
_FEED_HEAD: Final = """
## The feed

[`platestream feed`](FEED.md) serves these and those of the process.
"""


def settings_page() -> str:
    """docs/SETTINGS.md as it should be."""
    lines = [_SETTINGS_HEAD]
    for name, field in Settings.model_fields.items():
        lines += [f"## {name}", "", field.description or "", ""]
        section = _model_of(field.annotation)
        if section is None:
            lines += [f"As JSON in `{ENV_PREFIX}{name.upper()}`.", ""]
            lines += _each_entry(name, next(_entries_of(field.annotation)))
        else:
            lines += _table(name, section, environment=True)
    return "\n".join(lines)


def metrics_page() -> str:
    """docs/METRICS.md as it should be."""
    head = ["| metric | type | unit | labels | meaning |", "|---|---|---|---|---|"]
    metrics = Metrics()
    metrics.describe_process(metrics.registry, version="")
    of_service = _rows(metrics)
    of_engine = [row for row in _rows(EngineMetrics()) if row not in of_service]
    of_feed = [row for row in _rows(FeedMetrics()) if row not in of_service]
    parts = (_METRICS_HEAD, of_service), (_ENGINE_HEAD, of_engine), (_FEED_HEAD, of_feed)
    return "\n".join([line for title, rows in parts for line in (title, *head, *rows)] + [""])


def _rows(metrics: Metrics | EngineMetrics | FeedMetrics) -> list[str]:
    lines = []
    described = {
        family.name: metric
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
    }
    for family in sorted(metrics.registry.collect(), key=lambda family: family.name):
        metric = described.get(family.name)
        labels = ", ".join(f"`{label}`" for label in (metric._labelnames if metric else ()))
        meaning = family.documentation
        if isinstance(metric, Histogram):
            bounds = ", ".join(f"{bound:g}" for bound in metric._upper_bounds[:-1])
            meaning += f" Buckets: {bounds}."
        # What the client library says of its process is named by its own rules.
        unit = unit_of(family.name) if metric else ""
        name = family.name + ("_total" if family.type == "counter" else "")
        cells = (f"`{name}`", family.type, unit, labels, meaning)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return lines


def pages() -> dict[Path, str]:
    """Each page, by its file."""
    return {_DOCS / "SETTINGS.md": settings_page(), _DOCS / "METRICS.md": metrics_page()}


def stale() -> list[str]:
    """The names of those whose files say something else."""
    return [
        path.name
        for path, text in pages().items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def described_fields(path: str, model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Every setting below ``path``, sections taken apart."""
    for name, field in model.model_fields.items():
        section = _model_of(field.annotation)
        if section is None:
            yield f"{path}.{name}", field
        else:
            yield from described_fields(f"{path}.{name}", section)


def _table(path: str, model: type[BaseModel], *, environment: bool) -> list[str]:
    lines = ["| setting | default | unit | allowed | meaning |", "|---|---|---|---|---|"]
    entries: list[tuple[str, type[BaseModel]]] = []
    for name, field in described_fields(path, model):
        if not field.description:
            raise ValueError(f"{name} has no description")
        shown = f"`{name}`"
        if environment:
            shown += f"<br>`{ENV_PREFIX}{name.replace('.', ENV_DELIMITER).upper()}`"
        unit = unit_of(name) if _is_number(field.annotation) else ""
        cells = (
            shown,
            _default(field),
            unit,
            _allowed(field),
            field.description.replace("<", "&lt;"),
        )
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
        entries += [(name, entry) for entry in _entries_of(field.annotation)]
    lines.append("")
    for name, entry in entries:
        lines += _each_entry(name, entry)
    return lines


def _each_entry(name: str, entry: type[BaseModel]) -> list[str]:
    return [f"Each entry of `{name}`:", "", *_table(f"{name}[]", entry, environment=False)]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _default(field: FieldInfo) -> str:
    if field.default_factory in (dict, list, tuple):
        return "`{}`" if field.default_factory is dict else "`[]`"
    if field.default_factory is not None:
        return "see meaning"
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None:
        return "not set"
    return f"`{json.dumps(field.default, default=str, ensure_ascii=False)}`"


def _allowed(field: FieldInfo) -> str:
    values = [str(value) for value in _literals(field.annotation)]
    if values:
        return ", ".join(f"`{value}`" for value in values)
    bounds = [
        f"{sign} {getattr(rule, name):,}"
        for rule in field.metadata
        for name, sign in _SIGNS.items()
        if hasattr(rule, name)
    ]
    return ", ".join(bounds)


def _parts(annotation: Any) -> Iterator[Any]:
    """``annotation``, or what its union is made of."""
    if get_origin(annotation) in (Union, types.UnionType):
        yield from get_args(annotation)
    else:
        yield annotation


def _literals(annotation: Any) -> Iterator[Any]:
    for part in _parts(annotation):
        if get_origin(part) is Literal:
            yield from get_args(part)


def _is_number(annotation: Any) -> bool:
    parts = set(_parts(annotation)) - {type(None)}
    return bool(parts) and parts <= {int, float}


def _model_of(annotation: Any) -> type[BaseModel] | None:
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model else None


def _entries_of(annotation: Any) -> Iterator[type[BaseModel]]:
    for part in get_args(annotation):
        if (model := _model_of(part)) is not None:
            yield model


def main() -> None:
    """Write the pages, or say which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        if names := stale():
            sys.exit(f"out of date: {', '.join(names)}; run `make docs`")
        return
    for path, text in pages().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
