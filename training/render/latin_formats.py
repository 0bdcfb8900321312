"""Number formats of plates in Latin letters, and how each is laid out.

A pattern is written with ``A`` for a letter, ``C`` for a consonant, ``9`` for a digit, ``x`` for
either; ``-``, ``.`` and a space are separators that are drawn but not part of the text, ``*`` is a
round or square seal; any other character stands for itself, and so does one after a backslash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.render.chinese_text import DIGITS, pick

if TYPE_CHECKING:
    import numpy as np

ALL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CLASSES = {
    "A": ALL_LETTERS,
    "C": "BCDFGHJKLPRSTVWXYZ",
    "9": DIGITS,
    "x": DIGITS + ALL_LETTERS,
}
SEPARATORS = "-. *|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One country's (or era's) layout.

    Attributes:
        patterns: the numbers' patterns; two rows are separated by a slash.
        left: lettering on the strip at the left edge, empty for no strip.
        right: what stands at the right edge: ``strip`` (blue, with digits), ``flag`` or nothing.
        backgrounds: names of background colours, equally likely.
        inks: names of ink colours, equally likely; empty for black on light and white on dark.
        header: small words above the number.
        footer: small words below the number.
        aspect: smallest and largest width / height.
        fixed_pitch: every character gets a cell of equal width.
        sign_fonts: share of plates in narrow road-sign lettering.
        weight: how often, relative to the other formats of the kind.
        letters: letters in use where not all are.
    """

    patterns: tuple[str, ...]
    left: str = ""
    right: str = ""
    backgrounds: tuple[str, ...] = ("white",)
    inks: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    aspect: tuple[float, float] = (4.3, 4.8)
    fixed_pitch: float = 0.3
    sign_fonts: float = 0.75
    weight: float = 1.0
    letters: str = ALL_LETTERS


def fill(rng: np.random.Generator, pattern: str, letters: str = ALL_LETTERS) -> str:
    """Return a pattern with its classes replaced by random characters, separators kept."""
    filled = []
    literal = False
    for mark in pattern:
        if literal or mark not in _CLASSES:
            if mark == "\\" and not literal:
                literal = True
                continue
            filled.append(mark)
        else:
            choices = letters if mark == "A" else _CLASSES[mark]
            filled.append(pick(rng, choices))
        literal = False
    return "".join(filled)


_NO_IOQ = "ABCDEFGHJKLMNPRSTUVWXYZ"
_NO_IO = "ABCDEFGHJKLMNPQRSTUVWXYZ"

EUROPE = (
    Format(
        patterns=("AA-999-AA",),
        left="F",
        right="strip",
        weight=5,
        letters="ABCDEFGHJKLMNPQRSTVWXYZ",
    ),
    Format(
        patterns=("9999 AA 99", "999 AAA 99", "999 AA 99", "9999 AA 9A"),
        left="F",
        backgrounds=("white", "yellow", "black"),
        weight=2.5,
    ),
    Format(
        patterns=(
            "A*AA 9999",
            "AA*AA 999",
            "AAA*AA 99",
            "A*A 999",
            "AA*A 9999",
            "AAA*A 999",
            "AA*AA 9999",
            "AAA*A 9999",
            "AA*A 999",
            "A*AA 999",
            "AA*A 99",
            "AAA*A 99",
            "A*A 9999",
            "A*AA 99",
            "AA*AA 99",
            "AA*9999",
            "AA*AA 999H",
            "AAA*9999",
            "A*99999",
            "AA*99999",
        ),
        left="D",
        weight=6,
    ),
    Format(patterns=("AA99 AAA",), left="GB", backgrounds=("white", "yellow"), weight=2.5),
    Format(
        patterns=("A999 AAA", "AAA 999A", "AAA 9999", "AA 9999"),
        left="GB",
        backgrounds=("white", "yellow", "black"),
        weight=1.2,
    ),
    Format(
        patterns=(
            "99-AAA-9",
            "AA-999-A",
            "A-999-AA",
            "AA-99-AA",
            "99-AA-99",
            "AA-99-99",
            "9-AAA-99",
            "99-99-AA",
            "AA-AA-99",
            "AAA-99-A",
            "99-AA-AA",
        ),
        left="NL",
        backgrounds=("yellow", "yellow", "yellow", "blue", "white"),
        weight=2.5,
    ),
    Format(
        patterns=(
            "AA 99999",
            "AA 9999A",
            "AAA 9999",
            "AAA 99999",
            "AAA 9AA99",
            "AAA 99AA",
            "AAA 9A999",
            "AA 999AA",
            "AAA A999",
            "AAA 99A9",
        ),
        left="PL",
        backgrounds=("white", "white", "white", "black"),
        weight=2.5,
    ),
    Format(
        patterns=(
            "AA 99 AAA",
            "B 99 AAA",
            "B 999 AAA",
            "AA-99-AAA",
            "B-999-AAA",
            "AA 999999",
            "B 099999",
        ),
        left="RO",
        inks=("black", "black", "black", "red"),
        weight=4,
    ),
    Format(
        patterns=("AA*999999", "AA*99999", "AA.99999", "AA.999999", "AA-9999", "AA.9999", "AA 999"),
        left="",
        right="flag",
        weight=3,
        aspect=(4.6, 5.2),
    ),
    Format(
        patterns=("AA*999-AA", "AA*9999-AA", "AA 999 AA", "AA 9999 AA", "AA-9999-AA"),
        left="HR",
        weight=2,
    ),
    Format(
        patterns=("AA*A9-999", "AA*99-99A", "AA*A9-99A", "AA*AA-999", "AA*9A-999", "AA*99-AAA"),
        left="SLO",
        weight=2,
    ),
    Format(
        patterns=("9-AAA-999", "AAA-999", "999-AAA", "9 AAA 999", "A-AAA-999"),
        left="B",
        inks=("red", "red", "green", "black"),
        weight=2,
    ),
    Format(
        patterns=("99 AAA 99", "99 A 9999", "99 AA 999", "99 AA 9999", "99 AAA 999", "99 A 99999"),
        left="TR",
        weight=1,
    ),
    Format(patterns=("AA 9999 AA",), left="UA", weight=1),
    Format(patterns=("AAA-9999", "AAA 9999"), left="GR", weight=0.8),
    Format(patterns=("AA 999AA", "AA*999AA"), left="I", right="strip", weight=1),
    Format(patterns=("9999 CCC", "9999-CCC", "A 9999 AA"), left="E", weight=1),
    Format(
        patterns=("99-AA-99", "99-99-AA", "AA-99-99", "AA-99-AA"),
        left="P",
        right="strip",
        weight=0.7,
    ),
    Format(
        patterns=("99-A-9999", "999-A-99999", "99-A-99999", "99-AA-999", "99-AA-9999"),
        left="IRL",
        weight=0.8,
    ),
    Format(patterns=("9A9 9999", "9AA 9999", "9A* 9999", "AAA 99-99"), left="CZ", weight=0.8),
    Format(patterns=("AA*999AA", "AA 999 AA", "AAA-999", "AA AA-999"), left="SK", weight=0.8),
    Format(
        patterns=("AA*9999A", "A*99999A", "AA*999AA", "A 9999A", "AA-99AAA"), left="A", weight=1
    ),
    Format(
        patterns=("AA 99999", "AAA 999", "AAA 99A", "AA 99 999", "AAA*999"),
        left="S",
        backgrounds=("white", "white", "yellow"),
        weight=1.2,
    ),
    Format(
        patterns=("A 999 AA 99", "A 999 AA 999", "A 999 AA", "AA 999 99"),
        weight=0.8,
        right="flag",
        letters="ABEKMHOPCTYX",
    ),
    Format(
        patterns=("A 9999 AA", "AA 9999 AA", "AA-9999", "999 AAA", "AA 999 AA"),
        left="BG",
        weight=0.8,
    ),
    Format(
        patterns=("9999999", "999-99-999", "99-999-99"),
        left="IL",
        backgrounds=("yellow",),
        weight=0.6,
    ),
    Format(
        patterns=("A 9999", "AA 99999", "99999", "9999999", "AA 9999", "99 9999"),
        backgrounds=("white", "yellow", "black"),
        weight=1.2,
    ),
)
EUROPE_TWO_ROWS = (
    Format(
        patterns=("A*/AA 9999", "AA*/AA 999", "AAA*/A 99", "AA*/A 999"),
        left="D",
        aspect=(1.3, 2.0),
        weight=2,
    ),
    Format(
        patterns=("AA99/AAA", "A999/AAA"),
        left="GB",
        backgrounds=("white", "yellow"),
        aspect=(1.3, 1.7),
    ),
    Format(patterns=("AA/999999", "AA*/99 999", "AA/9999"), aspect=(1.4, 1.9)),
    Format(patterns=("AA-999/AA", "AA/999-AA", "AA 999/AA"), left="F", aspect=(1.3, 1.6)),
    Format(
        patterns=("AA/99AAA", "AA/99 999", "AA 99/AAA", "AAA/9999", "999 AAA/99", "9999/AAA"),
        left="PL",
        backgrounds=("white", "yellow", "black"),
        aspect=(1.2, 1.8),
        weight=2,
    ),
    Format(
        patterns=("99-/AA-99", "AA-/99-99", "99-AA/99"),
        left="NL",
        backgrounds=("yellow",),
        aspect=(1.4, 1.8),
    ),
)
US = (
    Format(
        patterns=(
            "AAA 9999",
            "AAA-9999",
            "9AAA999",
            "AAA 999",
            "999 AAA",
            "AA 99999",
            "AAA9999",
            "999 999",
            "AAAA 99",
            "A99 99A",
            "999*AAA",
            "AAA*9999",
            "9A 99999",
            "AA9 9AA",
            "xxxxxx",
            "xxxxxxx",
            "AAA 9A9",
            "99A*999",
        ),
        backgrounds=("white", "white", "pale", "blue", "yellow", "sunset"),
        inks=("black", "navy", "green", "red", "black", ""),
        header=(
            "CALIFORNIA",
            "Texas",
            "NEW YORK",
            "FLORIDA",
            "OHIO",
            "Virginia",
            "GEORGIA",
            "NEVADA",
            "Oregon",
            "ARIZONA",
            "Michigan",
            "COLORADO",
            "UTAH",
            "MAINE",
            "Iowa",
        ),
        footer=(
            "dmv.ca.gov",
            "THE LONE STAR STATE",
            "EMPIRE STATE",
            "SUNSHINE STATE",
            "",
            "",
            "Grand Canyon State",
            "Live Free",
            "PURE MICHIGAN",
            "JAN 21",
        ),
        aspect=(1.9, 2.2),
        fixed_pitch=0.7,
        sign_fonts=0.6,
    ),
)
BRAZIL = (
    Format(
        patterns=("AAA-9999", "AAA 9999", "AAA.9999"),
        backgrounds=("grey", "grey", "red"),
        header=("SP-SAO PAULO", "RJ-RIO DE JANEIRO", "MG-BELO HORIZONTE", "PR-CURITIBA"),
        aspect=(2.9, 3.2),
        sign_fonts=0.8,
    ),
    Format(
        patterns=("AAA9A99", "AAA 9A99"),
        header=("BRASIL",),
        right="band",
        aspect=(2.9, 3.2),
        sign_fonts=0.9,
    ),
)
BRAZIL_TWO_ROWS = (
    Format(
        patterns=("AAA/9999",),
        backgrounds=("grey", "red", "grey"),
        header=("SP-SAO PAULO", "BA-SALVADOR"),
        aspect=(1.1, 1.3),
    ),
    Format(patterns=("AAA/9A99",), header=("BRASIL",), right="band", aspect=(1.1, 1.3)),
)
ARGENTINA = (
    Format(
        patterns=("AA 999 AA",),
        header=("REPUBLICA ARGENTINA",),
        right="band",
        aspect=(2.9, 3.2),
        sign_fonts=0.9,
    ),
    Format(
        patterns=("AAA 999", "AAA*999"),
        backgrounds=("black",),
        header=("ARGENTINA", ""),
        aspect=(2.2, 2.5),
    ),
)
CHILE = (
    Format(
        patterns=("CC.CC-99", "CC*CC-99"),
        footer=("CHILE", "C H I L E"),
        backgrounds=("white", "white", "white", "white", "orange", "pale"),
        aspect=(2.6, 3.2),
        sign_fonts=0.5,
        fixed_pitch=0.6,
        weight=4,
    ),
    Format(
        patterns=("AA.99-99", "AA-99-99", "AA*99-99"),
        footer=("CHILE", "C H I L E"),
        backgrounds=("white", "white", "orange"),
        aspect=(2.6, 3.2),
        sign_fonts=0.5,
        fixed_pitch=0.6,
    ),
)
PERU = (
    Format(
        patterns=("A9A-999", "A9A-999", "A9A-999", "AAA-999", "A99-999", "AA-9999"),
        header=("PERU", "PERU", "P E R U"),
        backgrounds=("white", "white", "pale", "yellow"),
        right="peru",
        aspect=(1.9, 2.3),
        sign_fonts=0.8,
        fixed_pitch=0.5,
        letters=_NO_IO,
    ),
)
TAIWAN = (
    Format(
        patterns=(
            *("9999-AA", "AA-9999", "9A-9999", "A9-9999") * 3,
            "999-AAA",
            "AA-999",
            "999-AA",
            "A9-999",
            "99-9999",
            "9999-A9",
        ),
        aspect=(2.0, 2.5),
        inks=("black", "black", "black", "red", "green"),
        sign_fonts=0.6,
        weight=3,
        letters=_NO_IO,
        header=("", "", "TAIWAN"),
    ),
    Format(
        patterns=("AAA-9999", "AAA-999", "EAA-9999"),
        aspect=(2.2, 2.6),
        backgrounds=("white", "white", "white", "yellow", "green"),
        letters=_NO_IO,
        sign_fonts=0.6,
    ),
)
VIETNAM = (
    Format(
        patterns=("99A-999.99", "99A-999.99", "99A-999.99", "99A-9999", "99AA-999.99"),
        backgrounds=("white", "white", "white", "yellow", "blue"),
        aspect=(4.0, 4.9),
        sign_fonts=0.95,
        letters="ABCDEFGHKLMNPSTUVXYZ",
    ),
)
VIETNAM_TWO_ROWS = (
    Format(
        patterns=("99A/999.99", "99-A9/999.99", "99-A9/9999", "99A/9999", "99-AA/999.99"),
        backgrounds=("white", "white", "yellow", "blue"),
        aspect=(1.25, 1.5),
        sign_fonts=0.95,
        letters="ABCDEFGHKLMNPSTUVXYZ",
    ),
    Format(
        patterns=("99A/999.99",),
        backgrounds=("white", "yellow"),
        aspect=(1.9, 2.1),
        sign_fonts=0.95,
        letters="ABCDEFGHKLMNPSTUVXYZ",
    ),
)
# The regions' numbers in use; a few others keep the reader from answering with these alone.
_UZBEK_REGIONS = (
    "01",
    "10",
    "20",
    "25",
    "30",
    "40",
    "50",
    "60",
    "70",
    "75",
    "80",
    "85",
    "90",
    "95",
)
UZBEKISTAN = (
    Format(
        patterns=(
            *(
                f"{region}|A 999 AA".replace("9", "\\9", region.count("9"))
                for region in (*_UZBEK_REGIONS, "01", "01", "10")
            ),
            *(
                f"{region}|999 AAA".replace("9", "\\9", region.count("9"))
                for region in _UZBEK_REGIONS[::3]
            ),
            *("99|A 999 AA",) * 3,
            "99|A999AA",
        ),
        right="uz",
        aspect=(4.3, 4.9),
        sign_fonts=0.9,
        letters="ABCDEFGHJKLMNOPQRSTUVWXYZ",
    ),
)
INDIA = (
    Format(
        patterns=(
            "AA 99 AA 9999",
            "AA99AA9999",
            "AA-99-AA-9999",
            "AA 99 A 9999",
            "AA99A9999",
            "AA 9 AA 9999",
            "AA 99 9999",
            "AA9CAA9999",
        ),
        left="IND",
        backgrounds=("white", "white", "white", "yellow", "yellow", "black", "red", "green"),
        aspect=(4.0, 4.9),
        sign_fonts=0.4,
        letters=_NO_IOQ,
    ),
)
INDIA_TWO_ROWS = (
    Format(
        patterns=(
            "AA 99/AA 9999",
            "AA99AA/9999",
            "AA 99 A/9999",
            "AA-99/A-9999",
            "AA99/A9999",
            "AA 99/9999",
        ),
        left="IND",
        backgrounds=("white", "white", "white", "yellow", "yellow", "black", "red", "green"),
        aspect=(1.3, 2.2),
        sign_fonts=0.4,
        letters=_NO_IOQ,
    ),
)
GENERIC = (
    Format(
        patterns=(
            "AAA 999",
            "AAA-999",
            "999-AAA",
            "AAA 9999",
            "9999 AAA",
            "AA 999 AA",
            "A 99999",
            "AA-9999",
            "99 AA 99",
            "99999",
            "999999",
            "AAAA99",
            "A9999A",
            "AA 999999",
            "9 AAA 99",
            "AAA 99 A",
            "999 AA 9",
            "xxxxx",
            "xxxxxx",
            "xxxxxxx",
            "xxxxxxxx",
            "AAA 99-99",
            "99 999 AA",
        ),
        backgrounds=("white", "yellow", "black", "blue", "green", "red", "pale", "grey", "orange"),
        aspect=(1.9, 4.9),
        sign_fonts=0.4,
        fixed_pitch=0.4,
        header=("", "", "", "CITY"),
        footer=("", "", "", "AUTO"),
    ),
)
