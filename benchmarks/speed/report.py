"""``docs/PERFORMANCE.md``: what stands between its markers is written from the results' file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from benchmarks.speed.icicle import icicle
from benchmarks.speed.plots import grouped_bars
from benchmarks.speed.stages import Node
from benchmarks.speed.tables import SECTIONS, about

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.speed.results import Figures

PAGE: Final = "PERFORMANCE.md"
_PART: Final = re.compile(r"(<!-- measured: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write_report(parts: Mapping[str, Figures], out: Path) -> str:
    """Write the measured parts of the page and the plots; return what was written.

    Args:
        parts: The figures of each part that was measured.
        out: Folder of the page; the plots go into ``performance`` in it.
    """
    folder = out / "performance"
    folder.mkdir(parents=True, exist_ok=True)

    def section(match: re.Match[str]) -> str:
        name = match[2]
        if name not in parts or name not in SECTIONS:
            return f"{match[1]}Not measured yet.\n{match[3]}"
        text = SECTIONS[name](parts[name])
        return f"{match[1]}{text}\n\n{about(parts[name])}\n{match[3]}"

    page = out / PAGE
    text = page.read_text(encoding="utf-8")
    page.write_text(_PART.sub(section, text), encoding="utf-8")
    for name, title in (("reader", "CPU time of a frame"), ("peers", "Beside other readers")):
        if name in parts:
            (folder / f"{name}.svg").write_text(_plot(parts[name], title), encoding="utf-8")
    for kind, tree in parts.get("profile", {}).get("trees", {}).items():
        svg = icicle(Node.from_json(tree), f"{kind.replace('-', ', plates: ')}, one thread")
        (folder / f"stages-{kind.lower()}.svg").write_text(svg, encoding="utf-8")
    return f"{page} and {folder}"


def _plot(figures: Figures, title: str) -> str:
    contenders = figures["contenders"]
    groups = {kind: [one["ms"].get(kind) for one in contenders] for kind in contenders[0]["ms"]}
    names = [one["name"] for one in contenders]
    return grouped_bars(groups, names, title=title, unit="ms of one thread")


def summary(name: str, figures: Figures) -> str:
    """A part's tables, for the terminal."""
    return f"\n{name}\n\n{SECTIONS[name](figures)}\n" if name in SECTIONS else ""
