"""Finds plates in large pictures: in the whole, and in tiles at a finer scale."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from platestream.vision.arrays import UInt8Array
from platestream.vision.detection.detector import Detector, Look
from platestream.vision.detection.proposer import Proposals
from platestream.vision.detection.tiles import Tile, Tiling


class TiledDetector:
    """A detector that looks at large pictures in tiles, too. Holds no state between calls.

    Pictures that the detector sees finely enough as a whole are looked at once, as without tiling.
    The tiles of all pictures run through the same session and the same canvases as whole pictures.
    What the looks propose is refined once.
    """

    def __init__(self, detector: Detector, tiling: Tiling) -> None:
        self._detector = detector
        self._tiling = tiling

    def warm_up(self) -> None:
        """Run every shape once; tiles take the shapes of whole pictures."""
        self._detector.warm_up()

    def look(self, pictures: Sequence[UInt8Array]) -> list[Look]:
        """Find the plates of each picture, in the whole and in its tiles.

        Args:
            pictures: uint8 BGR ``[H, W, 3]`` each, any sizes.
        """
        looks = self._detector.propose(pictures)
        tiles = [
            (index, tile)
            for index, picture in enumerate(pictures)
            for tile in self._tiling.tiles(
                picture.shape[0], picture.shape[1], self._detector.canvases
            )
        ]
        parts = [pictures[index][t.top : t.bottom, t.left : t.right] for index, t in tiles]
        closer: dict[int, list[Proposals]] = defaultdict(list)
        for (index, tile), proposals in zip(tiles, self._detector.propose(parts), strict=True):
            closer[index].append(_of_tile(tile, proposals, pictures[index]))
        for index, more in closer.items():
            looks[index] = Proposals.joined([*more, looks[index]])
        return self._detector.refine(pictures, looks)


def _of_tile(tile: Tile, proposals: Proposals, picture: UInt8Array) -> Proposals:
    """A tile's proposals in the picture's pixels, without those that its edge may have cut.

    A plate that is cut here is whole in the next tile or, if it is too large for the overlap, found
    in the whole picture.
    """
    corners = proposals.corners + np.array([tile.left, tile.top], np.float32)
    clear = tile.uncut(corners, *picture.shape[:2])
    return Proposals(corners[clear], proposals.scores[clear])
