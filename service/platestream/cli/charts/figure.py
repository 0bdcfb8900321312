"""The drawing surface of a chart: axes with round numbers, frame and grid, and the shapes in it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final
from xml.etree import ElementTree as ET

_TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its title and the values at its two ends."""

    title: str
    low: float
    high: float

    def position(self, value: float, start: float, end: float) -> float:
        """Where ``value`` lies between the pixel positions ``start`` and ``end``."""
        span = self.high - self.low
        return start + (value - self.low) / span * (end - start) if span else start


_LEAST_SPAN: Final = 1e-300


def nice_axis(title: str, values: Sequence[float], *, low: float | None = None) -> Axis:
    """An axis that holds ``values`` and ends on round numbers."""
    least = min(values, default=0.0) if low is None else low
    most = max(values, default=1.0)
    span = most - least
    # A fifth of the smallest numbers is 0, which has no logarithm.
    step = _nice_step(span if span > _LEAST_SPAN else 1.0)
    start = math.floor(least / step) * step
    return Axis(title, start, max(math.ceil(most / step) * step, start + step))


def tick_values(axis: Axis) -> list[float]:
    """The round numbers on ``axis``, its ends included where they are round."""
    step = _nice_step(axis.high - axis.low)
    first = math.ceil(axis.low / step - 1e-9)
    last = math.floor(axis.high / step + 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def _nice_step(span: float) -> float:
    raw = span / _TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= raw)


CHART_CSS: Final = """
.chart { font: 12px system-ui, sans-serif; max-width: 100%; height: auto; }
.chart text { fill: var(--muted, #5b6472); }
.chart .axis-title { fill: var(--text, #1b2230); }
.chart .grid { stroke: var(--line, #d9dee7); stroke-width: 1; }
.chart .axis { stroke: var(--muted, #5b6472); stroke-width: 1; }
.chart .ideal { stroke: var(--muted, #5b6472); stroke-dasharray: 4 4; fill: none; }
.chart .bar { fill: var(--accent, #2f6fde); }
.chart .bar-2 { fill: var(--bad, #c9362b); fill-opacity: .38; }
.chart .dot { fill: var(--accent, #2f6fde); fill-opacity: .75; }
.chart .dot-2 { fill: var(--bad, #c9362b); }
.chart .mark { stroke: var(--bad, #c9362b); stroke-width: 1.5; stroke-dasharray: 6 3; }
.chart .mark-text { fill: var(--bad, #c9362b); font-weight: 600; paint-order: stroke;
  stroke: var(--panel, #ffffff); stroke-width: 4px; stroke-linejoin: round; }
"""

_WIDTH, _HEIGHT = 460, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 14, 46
_SVG: Final = "http://www.w3.org/2000/svg"
_ids = count(1)

Span = tuple[float, float]


def drawing(width: float, height: float, **more: str) -> ET.Element:
    """An empty chart of so many pixels; ``more`` attributes go beside."""
    size = {"width": str(width), "height": str(height)}
    view = {"xmlns": _SVG, "viewBox": f"0 0 {width} {height}"}
    return ET.Element("svg", {**view, **size, "class": "chart", "role": "img", **more})


def standalone(svg: str) -> str:
    """The chart as a file of its own: with its style inside and a white ground."""
    ground = f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
    head, _, tail = svg.partition(">")
    return f"{head}><style>{CHART_CSS}</style>{ground}{tail}\n"


class Figure:
    """Frame, grid and ticks of one chart, and the shapes drawn into it.

    Shapes are placed by the axes' values; ``kind`` is a shape's CSS class, see :data:`CHART_CSS`.

    Args:
        title: What the chart shows.
        description: The same for a screen reader, with the figures that matter.
        x_axis: The horizontal axis.
        y_axis: The vertical axis.
    """

    def __init__(self, title: str, description: str, x_axis: Axis, y_axis: Axis) -> None:
        number = next(_ids)
        self._x_axis, self._y_axis = x_axis, y_axis
        names = f"chart-{number}-title chart-{number}-desc"
        self._root = drawing(_WIDTH, _HEIGHT, **{"aria-labelledby": names})
        ET.SubElement(self._root, "title", {"id": f"chart-{number}-title"}).text = title
        ET.SubElement(self._root, "desc", {"id": f"chart-{number}-desc"}).text = description
        self._draw_frame()

    def bar(self, x: Span, y: Span, kind: str, hint: str) -> None:
        """Fill the area between two values of each axis; ``hint`` shows under the pointer."""
        left, right = self._x(x[0]), self._x(x[1])
        top, bottom = self._y(y[1]), self._y(y[0])
        shape = ET.SubElement(
            self._root,
            "rect",
            {
                "class": kind,
                "x": f"{left + 0.5:.1f}",
                "y": f"{top:.1f}",
                "width": f"{max(right - left - 1, 1):.1f}",
                "height": f"{max(bottom - top, 0):.1f}",
            },
        )
        ET.SubElement(shape, "title").text = hint

    def dot(self, x: float, y: float, radius: float, kind: str, hint: str) -> None:
        """Draw a dot of ``radius`` pixels; ``hint`` shows under the pointer."""
        shape = ET.SubElement(
            self._root,
            "circle",
            {
                "class": kind,
                "cx": f"{self._x(x):.1f}",
                "cy": f"{self._y(y):.1f}",
                "r": f"{radius:.1f}",
            },
        )
        ET.SubElement(shape, "title").text = hint

    def line(self, x: Span, y: Span, kind: str) -> None:
        """Draw a line from the first values to the second."""
        self._line((self._x(x[0]), self._x(x[1])), (self._y(y[0]), self._y(y[1])), kind)

    def mark(self, x: float, label: str) -> None:
        """Draw a labelled vertical line at ``x``."""
        at = self._x(x)
        self._line((at, at), (_TOP, _HEIGHT - _BOTTOM), "mark")
        # Marks near the right edge are labelled to their left, so that the label stays inside.
        is_right = at > (_WIDTH - _RIGHT + _LEFT) / 2
        depth = sum(1 for child in self._root if child.get("class") == "mark-text")
        self._text(
            at + (-5 if is_right else 5),
            _TOP + 12 + 15 * depth,
            label,
            "mark-text",
            anchor="end" if is_right else "start",
        )

    def text(self) -> str:
        """The chart as one ``svg`` element."""
        return ET.tostring(self._root, encoding="unicode")

    def _x(self, value: float) -> float:
        return self._x_axis.position(value, _LEFT, _WIDTH - _RIGHT)

    def _y(self, value: float) -> float:
        return self._y_axis.position(value, _HEIGHT - _BOTTOM, _TOP)

    def _draw_frame(self) -> None:
        floor = _HEIGHT - _BOTTOM
        for value in tick_values(self._y_axis):
            self._line((_LEFT, _WIDTH - _RIGHT), (self._y(value), self._y(value)), "grid")
            self._text(_LEFT - 7, self._y(value) + 4, f"{value:g}", "tick", anchor="end")
        for value in tick_values(self._x_axis):
            self._line((self._x(value), self._x(value)), (floor, floor + 4), "axis")
            self._text(self._x(value), floor + 17, f"{value:g}", "tick", anchor="middle")
        self._line((_LEFT, _WIDTH - _RIGHT), (floor, floor), "axis")
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        self._text(middle, _HEIGHT - 8, self._x_axis.title, "axis-title", anchor="middle")
        half = (_TOP + floor) / 2
        title = self._text(14, half, self._y_axis.title, "axis-title", anchor="middle")
        title.set("transform", f"rotate(-90 14 {half:g})")

    def _line(self, x: Span, y: Span, kind: str) -> None:
        ends = {"x1": x[0], "y1": y[0], "x2": x[1], "y2": y[1]}
        places = {name: f"{value:.1f}" for name, value in ends.items()}
        ET.SubElement(self._root, "line", {"class": kind, **places})

    def _text(self, x: float, y: float, text: str, kind: str, *, anchor: str) -> ET.Element:
        element = ET.SubElement(
            self._root,
            "text",
            {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor},
        )
        element.text = text
        return element
