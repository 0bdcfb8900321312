"""How a large picture is cut into overlapping tiles that the detector sees at a finer scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from platestream.vision.arrays import BoolArray, Float32Array
from platestream.vision.detection.letterbox import Canvas, choose_canvas

# Width and height, canvas pixels, from which on the look at the whole picture finds a plate. Tiles
# overlap by a plate of that size: a smaller one lies whole in at least one tile, a larger one is
# found in the whole. Measured: nearly all are found that are 6 high (about 20 wide), 40 % of those
# of 4 to 6, none below; the rest is for tilted plates and those of two rows.
_LEAST_SEEN: Final = (32, 16)
# Canvas pixels. A plate that comes this close to an inner edge of its tile may be cut by it.
_EDGE: Final = 2
# Tiles must be this much finer than the whole, or they show too little for their cost. With the
# default scale that leaves 1920 x 1080 alone and tiles 2560 x 1440.
_WORTHWHILE: Final = 1.3
# Steps in which tiles are made coarser until there are few enough.
_COARSER: Final = 1.1


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture: columns ``left`` to ``right`` and rows ``top`` to ``bottom``, pixels.

    Attributes:
        left: First column.
        top: First row.
        right: Column behind the last.
        bottom: Row behind the last.
        edge: How close to an inner edge a plate may be cut, pixels.
    """

    left: int
    top: int
    right: int
    bottom: int
    edge: float

    def uncut(self, corners: Float32Array, height: int, width: int) -> BoolArray:
        """Return which quads keep clear of the tile's edges that are not the picture's.

        Args:
            corners: float32 ``[N, 4, 2]``, x and y in the picture's pixels.
            height: The picture's, pixels.
            width: The picture's, pixels.
        """
        low = np.array(
            [
                self.left + self.edge if self.left > 0 else -np.inf,
                self.top + self.edge if self.top > 0 else -np.inf,
            ]
        )
        high = np.array(
            [
                self.right - 1 - self.edge if self.right < width else np.inf,
                self.bottom - 1 - self.edge if self.bottom < height else np.inf,
            ]
        )
        return np.asarray(((corners > low) & (corners < high)).all(axis=(1, 2)), np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiling:
    """When and how finely pictures are tiled.

    Attributes:
        scale: Picture pixels per canvas pixel aimed at in a tile.
        most: Most tiles of one picture; where more were needed they get coarser.
    """

    scale: float
    most: int

    def tiles(self, height: int, width: int, canvases: Sequence[Canvas]) -> tuple[Tile, ...]:
        """Return a picture's tiles, row by row; none where the look at the whole is fine enough.

        They follow from the picture's shape alone.

        Args:
            height: The picture's, pixels.
            width: The picture's, pixels.
            canvases: Height and width of the detector's canvases, pixels.
        """
        canvas = choose_canvas(height, width, canvases)
        whole = max(height / canvas[0], width / canvas[1])
        scale = self.scale
        while whole >= _WORTHWHILE * scale:
            overlap = [whole * seen + 2 * _EDGE * scale for seen in _LEAST_SEEN]
            across = _spans(width, canvas[1] * scale, overlap[0])
            along = _spans(height, canvas[0] * scale, overlap[1])
            if across and along and len(across) * len(along) <= self.most:
                edge = _EDGE * scale
                return tuple(
                    Tile(left, top, right, bottom, edge)
                    for top, bottom in along
                    for left, right in across
                )
            scale *= _COARSER
        return ()


def _spans(length: int, most: float, overlap: float) -> list[tuple[int, int]]:
    """Cover ``length`` with the fewest equal spans of at most ``most`` that overlap enough.

    Empty where spans of that size would be little more than overlap.
    """
    if length <= most:
        return [(0, length)]
    if most < 2 * overlap:
        return []
    count = math.ceil((length - overlap) / (most - overlap))
    span = math.ceil((length + (count - 1) * overlap) / count)
    starts = [round(number * (length - span) / (count - 1)) for number in range(count)]
    return [(start, start + span) for start in starts]
