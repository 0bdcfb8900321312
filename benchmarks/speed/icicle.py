"""A tree of calls as an icicle: width is time, each row calls the row below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from platestream.cli.charts.figure import CHART_CSS, drawing

if TYPE_CHECKING:
    from benchmarks.speed.stages import Node

_WIDTH: Final = 1000
_ROW: Final = 22
_TOP: Final = 26
# Pixels of a letter of 11 px, about; a name that does not fit is cut.
_LETTER: Final = 6.2
_CALL_CSS: Final = ".chart .call { font-size: 11px; fill: #1b2230; }"
_LEAST_PX: Final = 0.6
_OURS: Final = ("#c9dcfb", "#b3cdf8")
_NATIVE: Final = ("#f6d5b8", "#f2c49c")
_OPERATOR: Final = "#d9efd9"


def icicle(root: Node, title: str) -> str:
    """Draw it: ours in blue, native code in orange, a model's operators in green."""
    depth = _depth(root)
    height = _TOP + depth * _ROW + 6
    svg = drawing(_WIDTH, height)
    ET.SubElement(svg, "title").text = title
    ET.SubElement(svg, "style").text = CHART_CSS + _CALL_CSS
    ground = {"width": str(_WIDTH), "height": str(height), "fill": "#ffffff"}
    ET.SubElement(svg, "rect", ground)
    heading = ET.SubElement(svg, "text", {"x": "4", "y": "17", "class": "axis-title"})
    heading.text = f"{title}: {root.total_ms:.1f} ms"
    _Drawing(svg, root.total_ms).draw(root, 0.0, 0, native=False)
    return ET.tostring(svg, encoding="unicode") + "\n"


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The icicle of ``whole`` milliseconds in ``svg``."""

    svg: ET.Element
    whole: float

    def draw(self, node: Node, left: float, row: int, *, native: bool) -> None:
        """Draw a call ``left`` pixels from the left, and below it what it calls."""
        scale = _WIDTH / max(self.whole, 1e-9)
        width = node.total_ms * scale
        if width < _LEAST_PX:
            return
        crosses = _is_native(node)
        color = _OPERATOR if native else (_NATIVE if crosses else _OURS)[row % 2]
        top = _TOP + row * _ROW
        box = ET.SubElement(
            self.svg,
            "rect",
            {
                "x": f"{left:.1f}",
                "y": str(top),
                "width": f"{max(width - 0.6, 0.4):.1f}",
                "height": str(_ROW - 1),
                "fill": color,
                "rx": "2",
            },
        )
        share = node.total_ms / self.whole
        ET.SubElement(box, "title").text = f"{node.name}: {node.total_ms:.2f} ms, {share:.1%}"
        room = int((width - 6) / _LETTER)
        if room >= 3:
            place = {"x": f"{left + 3:.1f}", "y": str(top + 15), "class": "call"}
            label = f"{node.name} {node.total_ms:.1f}"
            ET.SubElement(self.svg, "text", place).text = label[:room]
        at = left
        for child in sorted(node.children.values(), key=lambda one: -one.total_ms):
            self.draw(child, at, row + 1, native=native or crosses)
            at += child.total_ms * scale


def _is_native(node: Node) -> bool:
    """Whether it is a call into native code: ``cv2.resize``; a model's file is none."""
    module, _, name = node.name.partition(".")
    return bool(name) and module.islower() and not node.name.endswith(".onnx")


def _depth(node: Node) -> int:
    return 1 + max(map(_depth, node.children.values()), default=0)
