"""Number formats of Europe and its neighbours."""

from training.render.latin.districts import GERMAN_DISTRICTS
from training.render.latin.pattern import Format

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
            *("k*AA 9999", "k*AA 999", "k*A 999", "k*A 9999", "k*AA 99", "k*A 99") * 3,
            "k*AA 999H",
            "k*A 999H",
            "k*AA 99H",
            *("k*AA 999E", "k*A 999E", "k*AA 99E", "k*A 9999E") * 2,
            "k*9999",
            "k*99999",
            "k-AA 999",
            "k AA 9999",
            "k*06999",
        ),
        left="D",
        codes=GERMAN_DISTRICTS,
        weight=5,
    ),
    # for some months of the year: the months stand at the right
    Format(
        patterns=("k*AA 999", "k*A 999", "k*AA 99", "k*A 99"),
        left="D",
        right="season",
        codes=GERMAN_DISTRICTS,
        weight=0.8,
    ),
    # any letters as a district, so that what stands there is read and not guessed
    Format(
        patterns=("A*AA 9999", "AA*AA 999", "AAA*AA 99", "AAA*A 999", "AA*A 9999", "A*AA 999E"),
        left="D",
        weight=1.5,
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
    Format(patterns=("AA 999AA", "AA*999AA"), left="I", right="strip", barred_g=0.6, weight=1.5),
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
