"""Bars with names, drawn as SVG with the look of the reports' other charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from platestream.cli.charts.figure import CHART_CSS, drawing, nice_axis, tick_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH: Final = 760
_NAMES: Final = 210
_RIGHT: Final = 70
_ROW: Final = 15
_GAP: Final = 10
_COLORS: Final = ("#2f6fde", "#9bb8ee", "#c9362b", "#3c8f5a", "#b07cc6", "#d99a2b")


def grouped_bars(
    groups: Mapping[str, Sequence[float | None]], series: Sequence[str], *, title: str, unit: str
) -> str:
    """Horizontal bars: one group of bars for each name, one bar of it for each of the series.

    Args:
        groups: For each name a value for each of the series; None where there is none.
        series: What the bars of a group are.
        title: What the chart shows.
        unit: Of the values.
    """
    values = [value for row in groups.values() for value in row if value is not None]
    axis = nice_axis(unit, values, low=0.0)
    top = 14 + 16 * len(series)
    height = top + sum(_ROW * len(row) + _GAP for row in groups.values()) + 40
    root = drawing(_WIDTH, height)
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "style").text = CHART_CSS
    _box(root, (0, 0, _WIDTH, height), "#ffffff")
    for index, name in enumerate(series):
        _box(root, (_NAMES, 8 + 16 * index, 10, 10), _COLORS[index % len(_COLORS)])
        _text(root, _NAMES + 16, 17 + 16 * index, name, "start")
    right, floor = _WIDTH - _RIGHT, height - 36
    for value in tick_values(axis):
        at = axis.position(value, _NAMES, right)
        line = {"x1": f"{at:.1f}", "x2": f"{at:.1f}", "y1": str(top), "y2": str(floor)}
        ET.SubElement(root, "line", {"class": "grid", **line})
        _text(root, at, floor + 15, f"{value:g}", "middle")
    _text(root, (_NAMES + right) / 2, height - 6, unit, "middle")
    y = float(top + _GAP / 2)
    for name, row in groups.items():
        _text(root, _NAMES - 8, y + _ROW * len(row) / 2 + 4, name, "end")
        for index, one in enumerate(row):
            if one is not None:
                end = axis.position(one, _NAMES, right)
                _box(root, (_NAMES, y, max(end - _NAMES, 1), _ROW - 2), _COLORS[index % 6])
                _text(root, end + 4, y + _ROW - 4, f"{one:.3g}", "start")
            y += _ROW
        y += _GAP
    return ET.tostring(root, encoding="unicode") + "\n"


def _box(root: ET.Element, place: tuple[float, float, float, float], color: str) -> None:
    names = ("x", "y", "width", "height")
    sides = {name: f"{side:.1f}" for name, side in zip(names, place, strict=True)}
    ET.SubElement(root, "rect", {**sides, "fill": color})


def _text(root: ET.Element, x: float, y: float, text: str, anchor: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    ET.SubElement(root, "text", place).text = text
