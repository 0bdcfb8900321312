"""A run's figures beside those of another and beside what is asked, as Markdown tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks.accuracy.conditions.measure import WORLD_SET
from benchmarks.accuracy.tables import number, percent, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One figure and what is asked of it.

    Attributes:
        title: What it is, in words.
        path: Where it stands in a run's figures.
        must: The least that is asked; None where nothing is.
        goal: What is aimed at.
        lower: Whether less is better.
        plain: A number rather than a share in per cent.
        of_baseline: Must and goal are a part of the other run's figure.
    """

    title: str
    path: tuple[str, ...]
    must: float | None = None
    goal: float | None = None
    lower: bool = False
    plain: bool = False
    of_baseline: bool = False


def _of(name: str, figure: str) -> tuple[str, ...]:
    return ("conditions", name, "figures", figure)


def _variant(name: str, variant: str, figure: str) -> tuple[str, ...]:
    return ("conditions", name, "variants", variant, figure)


ASKED: Final = (
    Asked(title="cut by 20-30 %: wrong at 0.8 or more", path=_of("cut", "wrong_at_0.8"), must=0.08,
          goal=0.02, lower=True),
    Asked(title="… at 0.95 or more", path=_of("cut", "wrong_at_0.95"), lower=True),
    Asked(title="covered: wrong at 0.8 or more", path=_of("covered", "wrong_at_0.8"), must=0.08,
          goal=0.02, lower=True),
    Asked(title="… at 0.95 or more", path=_of("covered", "wrong_at_0.95"), lower=True),
    Asked(title="whole near an edge or among others: read, at 0.8 or more",
          path=_of("whole", "kept_at_0.8"), must=0.97, goal=0.99, of_baseline=True),
    Asked(title="close-ups, 65-95 % of the width: read", path=_of("close_ups", "read_from_65"),
          must=0.95, goal=0.98),
    Asked(title="close-ups: wrong at 0.95 or more", path=_of("close_ups", "wrong_at_0.95"),
          lower=True),
    Asked(title="captions: pictures with one reported at 0.5 or more",
          path=_of("captions", "pictures_reported"), must=0.01, goal=0.002, lower=True),
    Asked(title="sheets: reported at 0.5 or more", path=_of("sheets", "reported"), must=0.05,
          goal=0.01, lower=True),
    Asked(title="unknown scripts: mean confidence", path=_of("scripts", "mean_confidence"),
          must=0.3, goal=0.15, lower=True, plain=True),
    Asked(title="unknown scripts: ECE", path=_of("scripts", "ece"), must=0.15, goal=0.05,
          lower=True, plain=True),
    Asked(title="unknown scripts: found", path=_of("scripts", "found")),
    Asked(title="grey: a wrong colour stated", path=_of("grey", "color_wrong"), must=0.05,
          goal=0.01, lower=True),
    Asked(title="grey: read", path=_of("grey", "read")),
    Asked(title="world photos: found of plates from 48 px",
          path=("sets", WORLD_SET, "found_from_48_px"), must=0.95, goal=0.98),
    Asked(title="world photos: read", path=("sets", WORLD_SET, "read"), must=0.88, goal=0.94),
    Asked(title="two rows, rendered: read", path=_of("two_rows", "read"), must=0.93, goal=0.98),
    Asked(title="US, rendered: read", path=_of("us", "read"), must=0.9, goal=0.96),
    Asked(title="50 px wide in 1920x1080: found",
          path=_variant("small", "50 px wide in 1920x1080", "found")),
    Asked(title="70 px wide in 1920x1080: found",
          path=_variant("small", "70 px wide in 1920x1080", "found")),
    Asked(title="12 px high in 3840x2160: found",
          path=_variant("small", "12 px high in 3840x2160", "found")),
    Asked(title="12 px high in 3840x2160: read",
          path=_variant("small", "12 px high in 3840x2160", "read")),
    Asked(title="all sets and conditions: ECE", path=("everything", "ece"), must=0.02, goal=0.01,
          lower=True, plain=True),
)  # fmt: skip
# What a set may lose: a few plates of the larger ones, less than one of the smaller.
ALLOWED_LOSS: Final = 0.007


def value_of(figures: Figures, path: tuple[str, ...]) -> float | None:
    """Return a figure, or None where the run has none."""
    at: Any = figures
    for name in path:
        if not isinstance(at, dict) or name not in at:
            return None
        at = at[name]
    return None if at is None else float(at)


def asked_table(figures: Figures, baseline: Figures | None = None) -> str:
    """Return what is asked beside what is."""
    rows = []
    for one in ASKED:
        now = value_of(figures, one.path)
        before = value_of(baseline, one.path) if baseline is not None else None
        if now is None and before is None:
            continue
        show = number if one.plain else percent
        cells = [one.title, show(now), *_wanted(one), _verdict(one, now, before)]
        if baseline is not None:
            cells.insert(1, show(before))
        rows.append(cells)
    head = ["figure (% or number)", "now", "must", "goal", ""]
    if baseline is not None:
        head.insert(1, "baseline")
    return table(head, rows)


def _wanted(one: Asked) -> list[str]:
    if one.must is None or one.goal is None:
        return ["", ""]
    if one.of_baseline:
        return [f"{percent(part)} of it" for part in (one.must, one.goal)]
    return [number(part, 2) if one.plain else percent(part) for part in (one.must, one.goal)]


def _verdict(one: Asked, now: float | None, before: float | None) -> str:
    """Say in a word how a figure stands."""
    if now is None or one.must is None or one.goal is None:
        return ""
    must, goal = one.must, one.goal
    if one.of_baseline:
        if before is None:
            return ""
        must, goal = must * before, goal * before
    sign = -1 if one.lower else 1
    if sign * now >= sign * goal:
        return "goal"
    return "must" if sign * now >= sign * must else "short"


def sets_comparison(figures: Figures, baseline: Figures) -> str:
    """Return every set's found and read beside the baseline's, and their sums."""
    rows = []
    sums = {"found": [0.0, 0.0], "read": [0.0, 0.0]}
    for title, now in figures.get("sets", {}).items():
        before = baseline.get("sets", {}).get(title)
        if before is None:
            continue
        cells = [title]
        lost = False
        for name, sum_of in sums.items():
            old, new = before[name], now[name]
            cells.append(f"{percent(old)} → {percent(new)}" if new is not None else "–")
            if old is not None and new is not None:
                sum_of[0] += old
                sum_of[1] += new
                lost |= new < old - ALLOWED_LOSS
        cells += [
            f"{number(before['false_per_picture'])} → {number(now['false_per_picture'])}",
            f"{number(before['ece'])} → {number(now['ece'])}",
            "lower" if lost else "",
        ]
        rows.append(cells)
    totals = [f"{100 * old:.1f} → {100 * new:.1f}" for old, new in sums.values()]
    rows.append(["sum", *totals, "", "", ""])
    return table(["set", "found %", "read %", "false per picture", "ECE", ""], rows)


def variants_table(figures: Figures, name: str) -> str:
    """Return a condition's figures by variant."""
    variants: Figures = figures["conditions"][name]["variants"]
    names = list(next(iter(variants.values()), {}))
    rows = [
        [variant, *(percent(of[figure]) for figure in names)] for variant, of in variants.items()
    ]
    return table(["", *(figure.replace("_", " ") for figure in names)], rows)
