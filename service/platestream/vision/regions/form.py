"""What a text's form says for or against its being a registration number.

A reading that no country's formats allow is a caption, a date or a misread far more often than a
plate, however surely its characters were read.
"""

from functools import lru_cache
from typing import Final, Literal

from platestream.vision.regions.formats import Formats
from platestream.vision.regions.region import Region
from platestream.vision.regions.table import REGIONS, regions_of

Form = Literal["region", "world", "none", "too_long"]
"""A number of a configured region; of some other region of the world; of none; of none, and longer
than any number is."""

LONGEST: Final = max(region.longest for region in REGIONS.values())
"""Most characters of a number anywhere."""


def form(text: str, alphabet: str, *, in_region: bool) -> Form:
    """Return the form of a text without separators; the empty text is of none.

    Some microseconds: a step of the automaton for each character.

    Args:
        text: Of any characters.
        alphabet: The characters that the recognizer knows.
        in_region: Whether it is a number of one of the configured regions.
    """
    if in_region:
        return "region"
    if len(text) > LONGEST:
        return "too_long"
    return "world" if _world(regions_of(["all"]), alphabet).fits(text) else "none"


# By the packs, too: a name stands for what the table has under it at the time.
@lru_cache(maxsize=2)  # of the bundles of two versions
def _world(_packs: tuple[Region, ...], alphabet: str) -> Formats:
    return Formats.of(["all"], alphabet)
