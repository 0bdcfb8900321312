"""A plate as the recognizer is to see it: which pixels, and where in them."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from platestream.vision.arrays import Float32Array, UInt8Array
from platestream.vision.detection.letterbox import reduced
from platestream.vision.picture.picture import Picture
from platestream.vision.recognition.rectify import CropGeometry

# A plate that is not this many times as wide as high may have two rows, each of which is then shown
# over the whole height. One-row plates are from three times on.
_MAY_HAVE_TWO_ROWS: Final = 2.6


@dataclass(frozen=True, slots=True)
class PlateView:
    """A plate to read: the picture, uint8 BGR ``[H, W, 3]``, and its corners, ``[4, 2]``.

    ``regions`` stand in place of those that the recognizer has rules for; None for these. What the
    first look gives less than ``least_plate`` of being a plate is not looked at again: whatever its
    text, it will be taken for a false alarm.
    """

    picture: UInt8Array
    corners: Float32Array
    regions: tuple[str, ...] | None = None
    least_plate: float = 0.0

    @classmethod
    def of(
        cls,
        picture: Picture,
        corners: Float32Array,
        geometry: CropGeometry,
        *,
        regions: tuple[str, ...] | None = None,
        least_plate: float = 0.0,
    ) -> Self:
        """Return a plate in no more pixels than the network can see.

        Args:
            picture: The picture.
            corners: float32 ``[4, 2]``, its pixels.
            geometry: Shape of the network's input.
            regions: As above.
            least_plate: As above.
        """
        divisor = picture.divisor(_pixels_per_column(corners, geometry))
        return cls(picture.at(divisor), reduced(corners, divisor), regions, least_plate)


def _pixels_per_column(corners: Float32Array, geometry: CropGeometry) -> float:
    """How many of the picture's pixels one of the input shows, in the direction of the fewest."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    across, along = min(sides[0], sides[2]), min(sides[1], sides[3])
    rows = 2 if across < _MAY_HAVE_TWO_ROWS * along else 1
    return float(min(across / geometry.width, along / rows / geometry.height))
