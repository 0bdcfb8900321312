"""Logistic regression with weights that are not negative, and a monotone correction of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

# Pull of the weights towards 0, in samples: with a dozen wrong readings among two hundred a free
# fit would trust chance.
_RIDGE = 2.0
_STEPS = 60
_NO_STEP = 1e-9


@dataclass(frozen=True, slots=True)
class Logistic:
    """``P(right) = logistic(bias + weights . log-odds of the inputs)``."""

    bias: float
    weights: tuple[float, ...]

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Probabilities ``[N]`` for log-odds ``[N, inputs]``."""
        value = self.bias + inputs @ np.array(self.weights)
        return np.asarray(1 / (1 + np.exp(-np.clip(value, -50, 50))))


def fit_logistic(inputs: FloatArray, right: FloatArray, importance: FloatArray) -> Logistic:
    """Fit by Newton's method; a weight that would be negative stays at 0.

    Args:
        inputs: log-odds, ``[N, inputs]``.
        right: 0 or 1, ``[N]``.
        importance: how much each sample counts, ``[N]``.
    """
    active = np.ones(inputs.shape[1], bool)
    while True:
        fitted = _newton(inputs[:, active], right, importance)
        negative = fitted[1:] < 0
        if not negative.any():
            weights = np.zeros(inputs.shape[1])
            weights[active] = fitted[1:]
            return Logistic(float(fitted[0]), tuple(weights.tolist()))
        active[np.flatnonzero(active)[negative]] = False


def _newton(inputs: FloatArray, right: FloatArray, importance: FloatArray) -> FloatArray:
    design = np.column_stack([np.ones(len(inputs)), inputs])
    ridge = np.full(design.shape[1], _RIDGE)
    ridge[0] = 0.0
    fitted = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ fitted, -50, 50)))
        slope = design.T @ (importance * (right - chance)) - ridge * fitted
        bend = (design.T * (importance * chance * (1 - chance))) @ design + np.diag(ridge)
        bend += 1e-9 * np.eye(len(fitted))
        step = np.linalg.solve(bend, slope)
        fitted = fitted + step
        if np.abs(step).max() < _NO_STEP:
            break
    return np.asarray(fitted)


def isotonic(raw: Sequence[float], right: Sequence[float], importance: Sequence[float]) -> Steps:
    """Fit the best non-descending step function (pool adjacent violators).

    Returns:
        The pools in ascending order of the raw score.
    """
    pools: list[list[float]] = []
    for score, value, weight in sorted(zip(raw, right, importance, strict=True)):
        pools.append([weight * score, weight * value, weight])
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    return Steps(tuple((total / n, good / n, n) for total, good, n in pools))


@dataclass(frozen=True, slots=True)
class Steps:
    """Pools of an isotonic fit: mean raw score, share right, weight; ascending."""

    pools: tuple[tuple[float, float, float], ...]

    def knots(self, prior: float) -> tuple[list[float], list[float]]:
        """Return a piecewise-linear map through the pools.

        Each pool is drawn towards the raw score itself by ``prior`` samples, so that a pool of a
        few lucky readings is no certainty and the ends never are exactly 0 or 1.
        """
        xs, ys = [0.0], [0.0]
        for raw, share, weight in self.pools:
            drawn = (share * weight + raw * prior) / (weight + prior)
            if raw > xs[-1] + 1e-6:
                xs.append(raw)
                ys.append(max(drawn, ys[-1]))
        xs.append(1.0 if xs[-1] < 1 - 1e-6 else 1.0 + 1e-6)
        ys.append(max(ys[-1], min(1.0, ys[-1] + (1 - xs[-2]) * 0.5)))
        ys[0] = min(ys[1] * 0.5, 0.005)
        return xs, ys
