"""Writes the Grafana dashboards in ``deploy/grafana/`` from the table ``panels.yaml``.

The chart carries a copy, since Helm reads nothing outside a chart.

``python -m tests.deploy.grafana.dashboards`` writes them, ``--check`` says which are stale.

A panel of the table has a title, the question that it answers, queries (``legend: expression``) and
a unit. ``$s`` in an expression stands for the labels that the reader of the dashboard has chosen.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

_DEPLOY: Final = Path(__file__).parents[3] / "deploy"
FOLDERS: Final = (_DEPLOY / "grafana", _DEPLOY / "helm" / "platestream" / "dashboards")
TABLE: Final = Path(__file__).with_name("panels.yaml")
# What `$s` is in Grafana: the namespaces, releases and pods that are chosen above the panels.
SELECTOR: Final = 'job=~"$job",namespace=~"$namespace",pod=~"$pod"'
_COLUMNS: Final = 24
_HEIGHT: Final = 8
# Grafana 10 and later read it; earlier ones lack the panel options that are used here.
_SCHEMA: Final = 38


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        row: Title of the row that it stands in.
        title: What it shows.
        question: What an operator asks of it.
        queries: PromQL by legend, ``$s`` for the chosen labels.
        kind: Grafana's type: ``timeseries``, ``stat``, ``heatmap`` or ``table``.
        unit: Grafana's unit.
        options: ``stack``, ``max``, ``red`` (threshold), ``width`` (of 24 columns).
        empty: Why it may show nothing in a run where all is well; empty where it may not.
    """

    row: str
    title: str
    question: str
    queries: Mapping[str, str]
    kind: str = "timeseries"
    unit: str = "short"
    options: Mapping[str, Any]
    empty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard.

    Attributes:
        name: Its file and, behind ``platestream-``, its uid.
        title: Shown in Grafana.
        question: What it is for.
        panels: In reading order.
    """

    name: str
    title: str
    question: str
    panels: tuple[Panel, ...]


def dashboards() -> tuple[Dashboard, ...]:
    """The table."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Dashboard(
            name=name,
            title=about["title"],
            question=about["question"],
            panels=tuple(
                Panel(row=row, options=panel.pop("options", {}), **panel)
                for row, panels in about["rows"].items()
                for panel in panels
            ),
        )
        for name, about in table.items()
    )


def grafana_json(dashboard: Dashboard) -> str:
    """The dashboard as Grafana imports and provisions it."""
    content = {
        "uid": f"platestream-{dashboard.name}",
        "title": dashboard.title,
        "description": dashboard.question,
        "tags": ["platestream"],
        "schemaVersion": _SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "",
        "links": [
            {
                "type": "dashboards",
                "title": "Platestream",
                "tags": ["platestream"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
            }
        ],
        "templating": {"list": list(_variables())},
        "panels": list(_panels(dashboard)),
    }
    return json.dumps(content, indent=1) + "\n"


def _variables() -> Iterator[dict[str, Any]]:
    yield {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "current": {},
    }
    known = ""
    for label in ("job", "namespace", "pod"):
        yield {
            "name": label,
            "label": label,
            "type": "query",
            "datasource": _DATASOURCE,
            "query": {
                "query": f"label_values(platestream_build_info{{{known}}}, {label})",
                "refId": label,
            },
            # Without the operator the targets have no namespace and no pod: everything, then.
            "allValue": ".*",
            "includeAll": True,
            "multi": True,
            "current": {"text": ["All"], "value": ["$__all"]},
            "refresh": 2,
            "sort": 1,
        }
        known += ("," if known else "") + f'{label}=~"${label}"'


_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


def _panels(dashboard: Dashboard) -> Iterator[dict[str, Any]]:
    number, x, y, row = 0, 0, 0, ""
    for panel in dashboard.panels:
        number += 1
        if panel.row != row:
            y += _HEIGHT if x else 0
            row, x = panel.row, 0
            place = {"x": 0, "y": y, "w": _COLUMNS, "h": 1}
            yield {"id": number, "type": "row", "title": row, "gridPos": place, "panels": []}
            number += 1
            y += 1
        width = int(panel.options.get("width", 8))
        if x + width > _COLUMNS:
            x, y = 0, y + _HEIGHT
        yield {
            "id": number,
            "type": panel.kind,
            "title": panel.title,
            "description": panel.question,
            "gridPos": {"x": x, "y": y, "w": width, "h": _HEIGHT},
            "datasource": _DATASOURCE,
            "targets": [
                {
                    "refId": chr(ord("A") + place),
                    "datasource": _DATASOURCE,
                    "expr": expression.replace("$s", SELECTOR).strip(),
                    "legendFormat": legend,
                    **_format(panel.kind),
                }
                for place, (legend, expression) in enumerate(panel.queries.items())
            ],
            "fieldConfig": {"defaults": _field(panel), "overrides": []},
            "options": _options(panel.kind),
        }
        x += width


def _format(kind: str) -> dict[str, Any]:
    if kind == "heatmap":
        return {"format": "heatmap"}
    if kind == "table":
        return {"format": "table", "instant": True}
    return {"instant": True} if kind == "stat" else {}


def _field(panel: Panel) -> dict[str, Any]:
    field: dict[str, Any] = {"unit": panel.unit, "min": 0}
    if "max" in panel.options:
        field["max"] = panel.options["max"]
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if "red" in panel.options:
        steps.append({"color": "red", "value": panel.options["red"]})
    field["thresholds"] = {"mode": "absolute", "steps": steps}
    if panel.kind == "timeseries":
        stacked = panel.options.get("stack", False)
        field["custom"] = {
            "fillOpacity": 25 if stacked else 8,
            "lineWidth": 1,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": "normal" if stacked else "none"},
            "thresholdsStyle": {"mode": "line" if "red" in panel.options else "off"},
        }
    return field


def _options(kind: str) -> dict[str, Any]:
    if kind == "timeseries":
        return {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    if kind == "stat":
        return {
            "colorMode": "background",
            "graphMode": "area",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        }
    if kind == "heatmap":
        return {
            "calculate": False,
            "color": {"mode": "scheme", "scheme": "Blues", "steps": 64},
            "cellGap": 1,
            "yAxis": {"unit": "short"},
        }
    return {}


def files() -> dict[Path, str]:
    """What the folders should hold, by path."""
    made = {f"{one.name}.json": grafana_json(one) for one in dashboards()}
    return {folder / name: text for folder in FOLDERS for name, text in made.items()}


def main(arguments: list[str]) -> int:
    """Write the dashboards, or say which are out of date."""
    wanted = files()
    stale = [
        path
        for path in {*wanted, *(path for folder in FOLDERS for path in folder.glob("*.json"))}
        if path not in wanted or not path.is_file() or path.read_text("utf-8") != wanted[path]
    ]
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.name}: out of date, run `make docs`\n")
        return 1 if stale else 0
    for path in stale:
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
