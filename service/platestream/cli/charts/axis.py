"""Axes: from values to positions, with ends and ticks on round numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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


def nice_axis(title: str, values: Sequence[float], *, low: float | None = None) -> Axis:
    """An axis that holds ``values`` and ends on round numbers."""
    least = min(values, default=0.0) if low is None else low
    most = max(values, default=1.0)
    step = _nice_step((most - least) or 1.0)
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
