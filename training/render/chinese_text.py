"""Number formats of mainland China. Provinces, letters and digits are drawn uniformly.

Uniform on purpose: the real photographs come mostly from one province, and a reader trained on
them answers with that province whenever it is unsure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.render.kinds import PlateKind

if TYPE_CHECKING:
    import numpy as np

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
DIGITS = "0123456789"
# I and O are not issued in serials; O does occur as the authority's letter.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def pick(rng: np.random.Generator, choices: str) -> str:
    """Return one character, uniformly."""
    return choices[int(rng.integers(len(choices)))]


def digits(rng: np.random.Generator, count: int) -> str:
    """Return ``count`` digits."""
    return "".join(pick(rng, DIGITS) for _ in range(count))


def serial(rng: np.random.Generator, count: int, most_letters: int | None = None) -> str:
    """Return ``count`` digits of which some, at random places, are letters."""
    if most_letters is None:
        most_letters = count if rng.random() < 0.1 else 2
    chars = [pick(rng, DIGITS) for _ in range(count)]
    letters = int(rng.integers(0, min(most_letters, count) + 1))
    for place in rng.permutation(count)[:letters]:
        chars[int(place)] = pick(rng, LETTERS)
    return "".join(chars)


def authority(rng: np.random.Generator, rare_o: float = 0.05) -> str:
    """Return province and authority letter."""
    return pick(rng, PROVINCES) + ("O" if rng.random() < rare_o else pick(rng, LETTERS))


def _energy(rng: np.random.Generator) -> str:
    """Return the letter that marks a new-energy vehicle."""
    return pick(rng, "DF") if rng.random() < 0.5 else pick(rng, LETTERS)


def number(rng: np.random.Generator, kind: PlateKind) -> str:  # noqa: PLR0911
    """Return a number of a Chinese kind, without separators.

    Raises:
        ValueError: if the kind is not Chinese.
    """
    match kind:
        case PlateKind.BLUE | PlateKind.YELLOW | PlateKind.YELLOW_TWO_ROWS | PlateKind.MOTORCYCLE:
            return authority(rng) + serial(rng, 5)
        case PlateKind.GREEN_SMALL:
            second = pick(rng, DIGITS if rng.random() < 0.7 else LETTERS)
            return authority(rng, 0.02) + _energy(rng) + second + digits(rng, 4)
        case PlateKind.GREEN_LARGE:
            return authority(rng, 0.02) + digits(rng, 5) + _energy(rng)
        case PlateKind.POLICE:
            return authority(rng, 0.2) + serial(rng, 4, 1) + "警"
        case PlateKind.ARMED_POLICE | PlateKind.ARMED_POLICE_TWO_ROWS:
            last = pick(rng, DIGITS + LETTERS) if rng.random() < 0.5 else pick(rng, DIGITS)
            province = pick(rng, PROVINCES) if rng.random() < 0.85 else digits(rng, 2)
            return "WJ" + province + digits(rng, 4) + last
        case PlateKind.MILITARY:
            return pick(rng, LETTERS) + pick(rng, LETTERS + "O") + serial(rng, 5, 1)
        case PlateKind.EMERGENCY:
            return pick(rng, PROVINCES) + pick(rng, "XS" + LETTERS) + serial(rng, 4, 1) + "应急"
        case PlateKind.HONGKONG_MACAU:
            return "粤Z" + serial(rng, 4, 2) + pick(rng, "港澳")
        case PlateKind.EMBASSY:
            return "使" + digits(rng, 6) if rng.random() < 0.5 else digits(rng, 6) + "使"
        case PlateKind.CONSULATE:
            shape = rng.random()
            if shape < 0.5:
                return authority(rng, 0) + digits(rng, 4) + "领"
            return pick(rng, PROVINCES) + digits(rng, 5) + "领"
        case PlateKind.LEARNER:
            return authority(rng) + serial(rng, 4, 1) + "学"
        case PlateKind.TRAILER:
            return authority(rng) + serial(rng, 4, 1) + "挂"
        case PlateKind.CIVIL_AVIATION:
            return "民航" + serial(rng, 5, 1)
        case PlateKind.AGRICULTURAL:
            return pick(rng, PROVINCES) + digits(rng, 2) + serial(rng, 5, 1)
        case _:
            raise ValueError(f"{kind} is not a Chinese kind")
