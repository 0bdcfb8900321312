"""What was measured, part by part, in one JSON file that further runs add to."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from platestream.cli.capacity.machine import processor

if TYPE_CHECKING:
    from pathlib import Path

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Results:
    """The results' file: one entry for each part, each with where and when it was measured."""

    file: Path

    def load(self) -> dict[str, Figures]:
        """All parts that there are."""
        if not self.file.exists():
            return {}
        parts: dict[str, Figures] = json.loads(self.file.read_text(encoding="utf-8"))
        return parts

    def save(self, part: str, figures: Figures, *, command: str, revision: str) -> None:
        """Put a part in the place of what was known of it."""
        about = {"command": command, "revision": revision, **machine()}
        parts = self.load() | {part: {"about": about, **figures}}
        self.file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dict(sorted(parts.items())), ensure_ascii=False, indent=1)
        self.file.write_text(text + "\n", encoding="utf-8")


def machine() -> Figures:
    """The processor, its cores, how busy they are with other work, and the day."""
    return {
        "cpu": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "day": time.strftime("%Y-%m-%d"),
    }


def rounded(value: float) -> float:
    """A measured figure with three digits that count."""
    return float(f"{value:.3g}")
