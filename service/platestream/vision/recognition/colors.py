"""The background colour of a plate: as the network sees it, unless hidden or proved by the text."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np

from platestream.contract.readings import PlateColor
from platestream.vision.arrays import BoolArray, UInt8Array
from platestream.vision.recognition.format_rules import Reading
from platestream.vision.regions.formats import Formats
from platestream.vision.regions.table import REGIONS

# The largest difference of a pixel's channels that compression and rounding leave of grey, and the
# share of pixels that may have a larger one: a white plate in a colour picture has more of them.
_GREY_SPREAD: Final = 6
_MOST_COLOURED: Final = 0.02
# A text that is less probable proves nothing.
_LIKELY_TEXT: Final = 0.5


def are_grey(crops: UInt8Array) -> BoolArray:
    """Return which crops, uint8 BGR ``[N, H, W, 3]``, have no colours, as in infra-red light."""
    # Channel by channel: numpy takes twenty times as long to reduce an axis of three.
    blue, green, red = crops[..., 0], crops[..., 1], crops[..., 2]
    highest = np.maximum(np.maximum(blue, green), red)
    spread = highest - np.minimum(np.minimum(blue, green), red)
    coloured = (spread > _GREY_SPREAD).mean(axis=(1, 2))
    return np.asarray(coloured <= _MOST_COLOURED, np.bool_)


def color_of(
    likely: Mapping[PlateColor, float], reading: Reading, *, alphabet: str, grey: bool
) -> tuple[PlateColor, float]:
    """Return a plate's colour, and how sure it is, 0..1.

    Args:
        likely: The network's probability of each colour.
        reading: The text as it is reported.
        alphabet: The recognizer's.
        grey: Whether the crop has no colours.
    """
    proves = reading.probability >= _LIKELY_TEXT
    if proves and _new_energy(alphabet).fits(reading.text.text):
        return PlateColor.GREEN, reading.probability
    if grey:
        return PlateColor.UNKNOWN, 1.0
    best = max(likely, key=lambda color: likely[color])
    return best, min(1.0, max(0.0, likely[best]))


@lru_cache(maxsize=2)  # of the bundles of two versions
def _new_energy(alphabet: str) -> Formats:
    """Return the formats of Chinese new-energy vehicles, whose plates are green."""
    china = REGIONS["cn"]
    series = [one for about, one in china.formats.items() if about.startswith("new energy")]
    return Formats((slots for one in series for slots in china.numbers_of(one)), alphabet)
