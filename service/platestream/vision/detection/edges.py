"""How near a plate lies to the picture's edge: there, a part of it may be missing."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from platestream.vision.arrays import Float32Array

# Pixels. Keeps plates without any height from dividing by nothing.
_LEAST_HEIGHT: Final = 1e-3


@dataclass(frozen=True, slots=True)
class EdgeContact:
    """Where a plate's outline lies with respect to the picture's edges.

    Attributes:
        gap: From the outline to the nearest edge, in heights of the plate; 0 where it touches,
            negative where it reaches beyond.
        outside: Share of the outline's area that lies beyond the edges, 0..1.
    """

    gap: float
    outside: float

    @classmethod
    def of(cls, corners: Float32Array, height: int, width: int) -> "EdgeContact":
        """Return the contact of a plate with the edges of a picture of ``height`` x ``width`` px.

        Args:
            corners: float32 ``[4, 2]``, x and y in pixels; whole numbers are pixels' centres.
            height: The picture's, pixels.
            width: The picture's, pixels.
        """
        quad = np.asarray(corners, np.float32)
        # The outer edges of the outermost pixels.
        low, high = np.float32(-0.5), np.array([width, height], np.float32) - 0.5
        gap = min(float((quad - low).min()), float((high - quad).min()))
        sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
        tall = max(_LEAST_HEIGHT, float(sides[1] + sides[3]) / 2)
        return cls(gap=gap / tall, outside=0.0 if gap >= 0 else _outside(quad, low, high))


def _outside(quad: Float32Array, low: np.float32, high: Float32Array) -> float:
    area = abs(float(cv2.contourArea(quad)))
    if not area:
        return 0.0
    right, bottom = high.tolist()
    picture = np.array([[low, low], [right, low], [right, bottom], [low, bottom]], np.float32)
    shared, _ = cv2.intersectConvexConvex(quad, picture)
    return min(1.0, max(0.0, 1.0 - float(shared) / area))
