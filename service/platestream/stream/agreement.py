"""How far the readings of two bundles agree on a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from platestream.contract.readings import PlateReading
from platestream.vision.matching import match_one_to_one


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
    """Pair the plates that lie in the same place, as docs/ACCURACY.md counts one as found."""
    pairs = match_one_to_one(
        [one.plate_location for one in active], [one.plate_location for one in shadow]
    )
    theirs = set(pairs.values())
    return Comparison(
        both=tuple((active[i], shadow[j]) for i, j in sorted(pairs.items())),
        only_active=tuple(one for i, one in enumerate(active) if i not in pairs),
        only_shadow=tuple(one for j, one in enumerate(shadow) if j not in theirs),
    )
