"""How far the readings of two bundles agree on a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from platestream.contract.readings import PlateReading

# As docs/ACCURACY.md counts a plate as found.
_LEAST_IOU: Final = 0.5


@dataclass(frozen=True, slots=True)
class Comparison:
    """The plates of one picture, as the active bundle and the shadow see them.

    Attributes:
        both: Plates that both found, the active bundle's reading first.
        only_active: Plates that only the active bundle found.
        only_shadow: Plates that only the shadow found.
    """

    both: tuple[tuple[PlateReading, PlateReading], ...]
    only_active: tuple[PlateReading, ...]
    only_shadow: tuple[PlateReading, ...]

    @property
    def same_text(self) -> int:
        """How many plates have the same text in both."""
        return sum(one.plate_number == other.plate_number for one, other in self.both)


def compare(active: Sequence[PlateReading], shadow: Sequence[PlateReading]) -> Comparison:
    """Pair the plates that lie in the same place (IoU of their boxes 0.5 or more), best first."""
    pairs = sorted(
        (
            (overlap, i, j)
            for i, one in enumerate(active)
            for j, other in enumerate(shadow)
            if (overlap := _iou(one, other)) >= _LEAST_IOU
        ),
        reverse=True,
    )
    mine, theirs = dict[int, int](), set[int]()
    for _, i, j in pairs:
        if i not in mine and j not in theirs:
            mine[i] = j
            theirs.add(j)
    return Comparison(
        both=tuple((active[i], shadow[j]) for i, j in sorted(mine.items())),
        only_active=tuple(one for i, one in enumerate(active) if i not in mine),
        only_shadow=tuple(one for j, one in enumerate(shadow) if j not in theirs),
    )


def _iou(one: PlateReading, other: PlateReading) -> float:
    a, b = _box(one), _box(other)
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (_area(a) + _area(b) - common)


def _box(reading: PlateReading) -> tuple[int, int, int, int]:
    xs = [x for x, _ in reading.plate_location]
    ys = [y for _, y in reading.plate_location]
    return min(xs), min(ys), max(xs), max(ys)


def _area(box: tuple[int, int, int, int]) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
