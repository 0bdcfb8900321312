"""Plans of clips: which vehicles drive where and when, and what is in their way. No pixels yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 960, 540
# Frames a second that cameras really send.
RATES = (1, 5, 12, 25)
# Frames of a clip, by rate: a drive is shown over about a second, or over several at gates.
_LENGTHS = {1: (8, 12), 5: (8, 14), 12: (10, 16), 25: (12, 20)}


class Manner(StrEnum):
    """How a vehicle moves through the picture."""

    APPROACHING = "approaching"
    LEAVING = "leaving"
    RIGHT = "right"
    LEFT = "left"
    STANDING = "standing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where the vehicle's face is: middle of its foot, and its width, pixels."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """One vehicle's way from one spot to another, evenly in frames ``begin`` to ``end``."""

    manner: Manner
    start: Spot
    stop: Spot
    begin: int
    end: int

    def at(self, frame: int) -> Spot | None:
        """Where it is in a frame; None before and after."""
        if not self.begin <= frame <= self.end:
            return None
        part = (frame - self.begin) / max(self.end - self.begin, 1)
        # Sizes follow 1/distance: even speed on the road is a rush at the end in the picture.
        width = 1 / ((1 - part) / self.start.width + part / self.stop.width)
        if abs(self.stop.width - self.start.width) > 1:
            part = (width - self.start.width) / (self.stop.width - self.start.width)
        return Spot(
            x=self.start.x + part * (self.stop.x - self.start.x),
            y=self.start.y + part * (self.stop.y - self.start.y),
            width=width,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A clip.

    Attributes:
        rate: Frames a second.
        frames: How many.
        drives: The vehicles.
        pole: Left and right edge of something upright that hides what passes behind, or None.
        hidden: Frames in which something drives by in front of everything.
        caption: Whether a caption is written over the picture.
        night: Whether it is dark.
        blurred: Strength of the blur of each frame, pixels; 0 for none.
    """

    rate: int
    frames: int
    drives: tuple[Drive, ...]
    pole: tuple[float, float] | None = None
    hidden: frozenset[int] = frozenset()
    caption: bool = False
    night: bool = False
    blurred: tuple[float, ...] = field(default=())


def _depth(rng: np.random.Generator, lane: float, begin: int, end: int, *, near: bool) -> Drive:
    """A drive along a lane, which is -1..1 across the picture."""
    far_width, near_width = rng.uniform(230, 300), rng.uniform(400, 560)
    far = Spot(x=WIDTH * (0.5 + 0.17 * lane), y=HEIGHT * rng.uniform(0.55, 0.65), width=far_width)
    # Some leave over the lower edge, cut; others stop before it.
    last = rng.uniform(1.02, 1.2) if rng.random() < 0.5 else rng.uniform(0.9, 0.99)
    close = Spot(x=WIDTH * (0.5 + 0.33 * lane), y=HEIGHT * last, width=near_width)
    if near:
        return Drive(manner=Manner.APPROACHING, start=far, stop=close, begin=begin, end=end)
    return Drive(manner=Manner.LEAVING, start=close, stop=far, begin=begin, end=end)


def _across(
    rng: np.random.Generator, *, right: bool, y: float, width: float, begin: int, end: int
) -> Drive:
    """A drive across the picture, in and out over its sides."""
    out = width * rng.uniform(0.0, 0.3)
    sides = (-out, WIDTH + out) if right else (WIDTH + out, -out)
    level = HEIGHT * y
    return Drive(
        manner=Manner.RIGHT if right else Manner.LEFT,
        start=Spot(x=sides[0], y=level, width=width),
        stop=Spot(x=sides[1], y=level + rng.normal(0, 8), width=width),
        begin=begin,
        end=end,
    )


def _in_line(rng: np.random.Generator, kind: str, frames: int) -> list[Drive]:
    last = frames - 1
    if kind == "queue":
        # The next one at the same place as soon as the first one is gone.
        middle = frames // 2
        lane = rng.uniform(-0.4, 0.4)
        return [
            _depth(rng, lane, 0, middle - 1, near=True),
            _depth(rng, lane, middle, last, near=True),
        ]
    if kind == "standing":
        spot = Spot(x=WIDTH * rng.uniform(0.35, 0.65), y=HEIGHT * 0.9, width=rng.uniform(300, 450))
        return [Drive(manner=Manner.STANDING, start=spot, stop=spot, begin=0, end=last)]
    return []


def _drives(rng: np.random.Generator, kind: str, frames: int) -> list[Drive]:
    last = frames - 1
    late = int(rng.integers(0, max(frames // 4, 1)))
    if kind == "one":
        return [_depth(rng, rng.uniform(-0.6, 0.6), 0, last, near=bool(rng.random() < 0.6))]
    if kind == "lanes":
        ways = [bool(v) for v in rng.random(2) < 0.6]
        return [
            _depth(rng, -1.0, 0, last - late, near=ways[0]),
            _depth(rng, 1.0, late, last, near=ways[1]),
        ]
    if kind == "crossing":
        return [
            _across(rng, right=True, y=0.68, width=rng.uniform(250, 330), begin=0, end=last),
            _across(rng, right=False, y=0.97, width=rng.uniform(330, 420), begin=0, end=last),
        ]
    if kind == "across":
        right = bool(rng.random() < 0.5)
        wide = rng.uniform(280, 400)
        return [_across(rng, right=right, y=rng.uniform(0.75, 0.95), width=wide, begin=0, end=last)]
    return _in_line(rng, kind, frames)


KINDS = ("one", "lanes", "crossing", "across", "queue", "standing", "empty")
_CHANCES = (0.26, 0.26, 0.14, 0.12, 0.10, 0.07, 0.05)


def plan(rng: np.random.Generator, kinds: Sequence[str] = KINDS) -> Plan:
    """Draw a plan."""
    chances = np.array([_CHANCES[KINDS.index(kind)] for kind in kinds])
    kind = str(rng.choice(kinds, p=chances / chances.sum()))
    rate = int(rng.choice(RATES))
    low, high = _LENGTHS[rate]
    frames = int(rng.integers(low, high + 1)) + (4 if kind == "queue" else 0)
    pole = None
    if kind in ("crossing", "across") and rng.random() < 0.6:
        left = WIDTH * rng.uniform(0.35, 0.55)
        pole = (left, left + rng.uniform(60, 120))
    hidden: frozenset[int] = frozenset()
    if kind in ("one", "lanes", "standing") and rng.random() < 0.35:
        # At one frame a second a lorry hides what is behind it for a frame or two.
        first, length = (
            int(rng.integers(2, frames - 4)),
            int(rng.integers(1, 3 if rate == 1 else 4)),
        )
        hidden = frozenset(range(first, first + length))
    blur = rng.uniform(0.0, 1.0) if rng.random() < 0.3 else 0.0
    blurred = tuple(float(v) for v in np.where(rng.random(frames) < blur, rng.uniform(2, 9), 0.0))
    return Plan(
        rate=rate,
        frames=frames,
        drives=tuple(_drives(rng, kind, frames)),
        pole=pole,
        hidden=hidden,
        caption=kind == "empty" or bool(rng.random() < 0.4),
        night=bool(rng.random() < 0.25),
        blurred=blurred,
    )
