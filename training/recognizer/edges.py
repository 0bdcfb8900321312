"""The picture's end, through a plate or beside it, and the corners that a detector gives then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

# How much of the plate's extent is missing where the picture ends within it: from a plate's rim to
# nearly half. A detector does not find much less than half a plate.
_CUT = (0.04, 0.45)
# How far beyond the plate, in the same unit, a picture ends that holds it whole.
_BESIDE = (0.0, 0.06)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of a larger picture that the camera took.

    Attributes:
        low: first column and row, int64 ``[2]``.
        high: one past the last column and row, int64 ``[2]``.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]

    def of(self, picture: UInt8Array) -> UInt8Array:
        """Return this part of the picture."""
        return picture[self.low[1] : self.high[1], self.low[0] : self.high[0]]


def picture_end(
    rng: np.random.Generator,
    size: tuple[int, int],
    corners: Float32Array,
    *,
    through: bool,
) -> Window:
    """Return a window that ends within the plate, or just beside it.

    Args:
        rng: source of randomness.
        size: the picture's height and width.
        corners: the plate's, float32 ``[4, 2]``.
        through: whether the picture ends within the plate.
    """
    low, high = np.zeros(2, np.int64), np.array([size[1], size[0]], np.int64)
    first, last = corners.min(0), corners.max(0)
    # more often at the sides: that is where vehicles enter and leave
    axis = 0 if rng.random() < 0.7 else 1
    share = float(rng.uniform(*_CUT)) if through else -float(rng.uniform(*_BESIDE))
    inwards = share * float(last[axis] - first[axis])
    if rng.random() < 0.5:
        low[axis] = np.clip(round(float(first[axis]) + inwards), 0, high[axis] - 8)
    else:
        high[axis] = np.clip(round(float(last[axis]) - inwards) + 1, 8, high[axis])
    return Window(low=low, high=high)


def detected(
    rng: np.random.Generator, corners: Float32Array, size: tuple[int, int]
) -> Float32Array:
    """Return the corners as a detector gives them for a plate that leaves the picture.

    It may end the plate where the picture ends, or guess how far it goes on, or anything between.

    Args:
        rng: source of randomness.
        corners: the whole plate's, float32 ``[4, 2]``, in the picture's pixels.
        size: the picture's height and width.
    """
    choice = rng.random()
    guessed = 0.0 if choice < 0.5 else 1.0 if choice < 0.75 else float(rng.random())
    whole = corners.astype(np.float64)
    given = whole.copy()
    for place, corner in enumerate(whole):
        if _inside(corner, size):
            continue
        # along the edge of the plate that leads back into the picture soonest
        ends = [
            _on_the_edge(corner, near, size)
            for near in (whole[place - 1], whole[(place + 1) % 4])
            if _inside(near, size)
        ] or [corner.clip(-0.5, np.array([size[1], size[0]]) - 0.5)]
        end = ends[int(np.argmin([np.linalg.norm(point - corner) for point in ends]))]
        given[place] = end + guessed * (corner - end)
    return np.asarray(given, np.float32)


def _inside(point: NDArray[np.float64], size: tuple[int, int]) -> bool:
    return bool((point >= -0.5).all() and (point <= np.array([size[1], size[0]]) - 0.5).all())


def _on_the_edge(
    far: NDArray[np.float64], near: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Return where the line from ``near`` to ``far`` leaves the picture; ``far`` if it does not."""
    high = np.array([size[1], size[0]], np.float64) - 0.5
    along = 1.0
    for axis in (0, 1):
        step = far[axis] - near[axis]
        for bound, leaves in ((-0.5, far[axis] < -0.5), (high[axis], far[axis] > high[axis])):
            if leaves and abs(step) > 1e-6:
                reach = (bound - near[axis]) / step
                if 0 < reach < along:
                    along = reach
    return np.asarray(near + along * (far - near))
