"""What a rendered plate is: its kind and its picture with the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PlateKind(StrEnum):
    """A family of plates that share a layout."""

    BLUE = "blue"
    YELLOW = "yellow"
    YELLOW_TWO_ROWS = "yellow_two_rows"
    GREEN_SMALL = "green_small"
    GREEN_LARGE = "green_large"
    POLICE = "police"
    ARMED_POLICE = "armed_police"
    ARMED_POLICE_TWO_ROWS = "armed_police_two_rows"
    MILITARY = "military"
    EMERGENCY = "emergency"
    HONGKONG_MACAU = "hongkong_macau"
    EMBASSY = "embassy"
    CONSULATE = "consulate"
    LEARNER = "learner"
    TRAILER = "trailer"
    CIVIL_AVIATION = "civil_aviation"
    AGRICULTURAL = "agricultural"
    MOTORCYCLE = "motorcycle"
    EUROPE = "europe"
    EUROPE_TWO_ROWS = "europe_two_rows"
    US = "us"
    BRAZIL = "brazil"
    BRAZIL_TWO_ROWS = "brazil_two_rows"
    ARGENTINA = "argentina"
    CHILE = "chile"
    PERU = "peru"
    TAIWAN = "taiwan"
    VIETNAM = "vietnam"
    VIETNAM_TWO_ROWS = "vietnam_two_rows"
    UZBEKISTAN = "uzbekistan"
    INDIA = "india"
    INDIA_TWO_ROWS = "india_two_rows"
    GENERIC = "generic"
    ARABIC = "arabic"
    ARABIC_TWO_ROWS = "arabic_two_rows"
    SAUDI = "saudi"
    THAILAND = "thailand"
    THAILAND_TWO_ROWS = "thailand_two_rows"
    KOREA = "korea"
    KOREA_TWO_ROWS = "korea_two_rows"
    CYRILLIC = "cyrillic"
    DEVANAGARI = "devanagari"
    BENGALI = "bengali"
    LAO = "lao"
    KHMER = "khmer"
    JAPAN = "japan"
    CANADA = "canada"
    MEXICO = "mexico"
    AUSTRALIA = "australia"
    AMERICAS = "americas"
    AMERICAS_TWO_ROWS = "americas_two_rows"
    ARGENTINA_TWO_ROWS = "argentina_two_rows"
    ASIA = "asia"
    ASIA_TWO_ROWS = "asia_two_rows"
    AFRICA = "africa"
    RUSSIA = "russia"
    RUSSIA_TWO_ROWS = "russia_two_rows"

    @property
    def chinese(self) -> bool:
        """Whether mainland China issues this kind."""
        return self in CHINESE_KINDS


CHINESE_KINDS = frozenset(list(PlateKind)[: list(PlateKind).index(PlateKind.EUROPE)])
# Kinds whose numbers have characters that the reader does not know.
UNKNOWN_KINDS = frozenset(
    {
        PlateKind.ARABIC,
        PlateKind.ARABIC_TWO_ROWS,
        PlateKind.THAILAND,
        PlateKind.THAILAND_TWO_ROWS,
        PlateKind.KOREA,
        PlateKind.KOREA_TWO_ROWS,
        PlateKind.CYRILLIC,
        PlateKind.DEVANAGARI,
        PlateKind.BENGALI,
        PlateKind.LAO,
        PlateKind.KHMER,
        PlateKind.JAPAN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPlate:
    """A flat plate seen from straight ahead.

    Attributes:
        image: uint8 BGR ``[H, W, 3]``, nothing but the plate.
        text: characters in reading order, without separators, the top row first; U+FFFD for each
            group of letters that the reader does not know.
        color: background: blue, green, black, white, yellow or unknown.
        rows: 1 or 2.
        kind: the layout's family.
        char_centers: float32 ``[len(text), 2]``, each character's centre ``x, y`` in pixels.
    """

    image: NDArray[np.uint8]
    text: str
    color: str
    rows: int
    kind: PlateKind
    char_centers: NDArray[np.float32]
