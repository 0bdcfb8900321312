"""Places: where a plate is in the picture, and how it moves. All in plate sizes, not pixels."""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from platestream.contract.readings import Quad

# Cameras that stamp whole seconds give several frames one time; they are at least this far apart.
_LEAST_SECONDS: Final = 0.04
# Weight of the newest look in the velocity: corners jitter by a few hundredths of a plate.
_FRESH: Final = 0.6
# Spread of a place, plate widths: jitter of the corners, then how fast vehicles may pass (a car at
# 50 km/h crosses 28 plate widths a second; half of that is one spread) and how far one that moves
# evenly leaves its line.
_JITTER: Final = 0.25
_UNKNOWN_SPEED: Final = 9.0
_KNOWN_SPEED: Final = 1.5
_SPEED_SHARE: Final = 0.35
# Spread of the logarithm of the size, likewise.
_SIZE_JITTER: Final = 0.12
_SIZE_SPEED: Final = 0.5
# Another plate stands somewhere in a picture of so many square plate widths, and is of any of so
# many sizes (logarithm of the largest by the smallest).
_PICTURE: Final = 150.0
_SIZES: Final = 2.5
# Motion alone never speaks louder against than this: the model of motion fails first.
_BOUND: Final = 8.0


class Place(NamedTuple):
    """Centre, width and height of a plate, pixels."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, corners: Quad) -> "Place":
        """The place of a plate with these corners; never of no size."""
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
        width = (math.hypot(x1 - x0, y1 - y0) + math.hypot(x2 - x3, y2 - y3)) / 2
        height = (math.hypot(x3 - x0, y3 - y0) + math.hypot(x2 - x1, y2 - y1)) / 2
        return cls((x0 + x1 + x2 + x3) / 4, (y0 + y1 + y2 + y3) / 4, max(width, 1), max(height, 1))

    def distance(self, other: "Place") -> float:
        """How far apart two places are: of centres in plate widths, or of sizes."""
        size = abs(math.log(other.height / self.height))
        width = math.sqrt(self.width * other.width)
        return max(math.hypot(other.x - self.x, other.y - self.y) / width, 4 * size)


@dataclass(slots=True, kw_only=True)
class Motion:
    """Where a vehicle was last and how it moves.

    Attributes:
        place: The last place.
        at: When, milliseconds.
        speed_x: Pixels a second; likewise ``speed_y``.
        speed_y: See above.
        growth: Change of the logarithm of the height a second.
        known: Whether it was seen often enough to have a speed.
    """

    place: Place
    at: int
    speed_x: float = 0.0
    speed_y: float = 0.0
    growth: float = 0.0
    known: bool = False

    def move(self, place: Place, at: int) -> None:
        """Take a newer place."""
        seconds = _seconds(self.at, at)
        fresh = _FRESH if self.known else 1.0
        speed_x = (place.x - self.place.x) / seconds
        speed_y = (place.y - self.place.y) / seconds
        growth = math.log(place.height / self.place.height) / seconds
        self.speed_x += fresh * (speed_x - self.speed_x)
        self.speed_y += fresh * (speed_y - self.speed_y)
        self.growth += fresh * (growth - self.growth)
        self.place, self.at, self.known = place, at, True

    def likelihood(self, place: Place, at: int) -> float:
        """How much more likely a plate there is this vehicle's than another's, a logarithm."""
        seconds = _seconds(self.at, at)
        last, width = self.place, math.sqrt(self.place.width * place.width)
        off_x = place.x - last.x - self.speed_x * seconds
        off_y = place.y - last.y - self.speed_y * seconds
        if self.known:
            speed = math.hypot(self.speed_x, self.speed_y) / width
            spread = _JITTER + (_KNOWN_SPEED + _SPEED_SHARE * speed) * seconds
        else:
            spread = _JITTER + _UNKNOWN_SPEED * seconds
        squared = (off_x * off_x + off_y * off_y) / (spread * spread * width * width)
        size_spread = _SIZE_JITTER + _SIZE_SPEED * seconds
        # Growth is not carried on for long: it is the least steady of all.
        off_size = math.log(place.height / last.height) - self.growth * min(seconds, 0.5)
        size_squared = (off_size / size_spread) ** 2
        ratio = (
            math.log(_PICTURE / (2 * math.pi * spread * spread))
            + math.log(_SIZES / (math.sqrt(2 * math.pi) * size_spread))
            - (squared + size_squared) / 2
        )
        return max(ratio, -_BOUND)


def _seconds(before: int, after: int) -> float:
    return max((after - before) / 1000, _LEAST_SECONDS)
