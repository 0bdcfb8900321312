"""Number formats of plates with two rows from the Americas and Europe."""

from training.render.latin.districts import GERMAN_DISTRICTS
from training.render.latin.pattern import NO_IO, Format

_BRAZILIAN_TOWNS = (
    "SP-SAO PAULO",
    "BA-SALVADOR",
    "CE-FORTALEZA",
    "MG-CONTAGEM",
    "PE-RECIFE",
    "RS-PORTO ALEGRE",
)
BRAZIL_TWO_ROWS = (
    Format(
        patterns=("AAA/9999", "AAA/9999", "AAA-/9999"),
        backgrounds=("grey", "grey", "red", "grey"),
        header=_BRAZILIAN_TOWNS,
        caption=(0.1, 0.15),
        aspect=(1.05, 1.3),
        upper=(0.44, 0.52),
    ),
    Format(
        patterns=("AAA/9A99",),
        header=("BRASIL",),
        right="band",
        inks=("black", "black", "red", "navy"),
        aspect=(1.05, 1.3),
        upper=(0.44, 0.54),
        sign_fonts=0.9,
        weight=1.5,
    ),
)
ARGENTINA_TWO_ROWS = (
    Format(
        patterns=("A999/AAA",),
        header=("REPUBLICA ARGENTINA",),
        right="band",
        aspect=(1.15, 1.5),
        upper=(0.44, 0.54),
        sign_fonts=0.9,
        weight=2,
    ),
    Format(
        patterns=("999/AAA", "AAA/999"),
        backgrounds=("black", "black", "white"),
        header=("ARGENTINA", "", ""),
        aspect=(1.15, 1.6),
        upper=(0.44, 0.54),
        weight=2,
    ),
)
AMERICAS_TWO_ROWS = (
    # Colombia
    Format(
        patterns=("AAA/99A", "AAA/99A", "AAA/999"),
        backgrounds=("yellow", "yellow", "white"),
        footer=("BOGOTA D.C.", "MEDELLIN", "CALI", "ENVIGADO", ""),
        aspect=(1.2, 1.6),
        weight=2,
    ),
    # Peru, Ecuador, Paraguay, Chile
    Format(
        patterns=("9999/9A", "99/9999", "9999/AA", "AA/999A", "AAA/999", "999/AAAA"),
        header=("PERU", "PERU", "ECUADOR", "PARAGUAY", ""),
        backgrounds=("white", "white", "yellow", "blue"),
        right="peru",
        aspect=(1.2, 1.6),
        letters=NO_IO,
        weight=1.5,
    ),
    Format(
        patterns=("99/9999", "AA/9999", "AAA/99", "CC/999", "CCC/99"),
        footer=("CHILE", "MOTO", "URUGUAY"),
        backgrounds=("white", "white", "yellow"),
        aspect=(1.2, 1.6),
    ),
    # Mexico's motorcycles
    Format(
        patterns=("99AA/99", "9AAA/9", "AAA/99A", "999/AAA"),
        header=("JALISCO", "CDMX", "PUEBLA"),
        footer=("MEXICO", "MOTO"),
        inks=("black", "green", "red"),
        aspect=(1.3, 1.8),
    ),
)
EUROPE_TWO_ROWS = (
    Format(
        patterns=(
            "k*/AA 9999",
            "k*/AA 999",
            "k*/A 99",
            "k*/A 999",
            "k/*AA 99",
            "k*/AA 99E",
            "k*/A 99H",
        ),
        left="D",
        codes=GERMAN_DISTRICTS,
        aspect=(1.2, 1.7),
        weight=2,
    ),
    Format(
        patterns=("AA99/AAA", "AA99/AAA", "A999/AAA", "AAA/999A"),
        left="GB",
        backgrounds=("white", "yellow", "yellow"),
        aspect=(1.2, 1.7),
        weight=1.5,
    ),
    # Italy
    Format(
        patterns=("AA/99999", "AA/9999A", "AA 9/99AA", "AA/999AA", "A9/9999"),
        left="I",
        aspect=(1.0, 1.6),
        barred_g=0.6,
        weight=1.5,
    ),
    Format(patterns=("AA/999999", "AA*/99 999", "AA/9999", "AA/999 999"), aspect=(1.3, 1.9)),
    Format(
        patterns=("AA-999/AA", "AA/999-AA", "AA 999/AA", "AA-/999-AA"), left="F", aspect=(1.2, 1.6)
    ),
    Format(
        patterns=("AA/99AAA", "AA/99 999", "AA 99/AAA", "AAA/9999", "999 AAA/99", "9999/AAA"),
        left="PL",
        backgrounds=("white", "yellow", "black"),
        aspect=(1.2, 1.8),
        weight=1.5,
    ),
    Format(
        patterns=("99-/AA-99", "AA-/99-99", "99-AA/99", "AA-99/AA", "MA-/99-AA", "99-A/AA-9"),
        left="NL",
        backgrounds=("yellow",),
        aspect=(1.3, 1.8),
    ),
    Format(
        patterns=(
            "9999/CCC",
            "A 9999/AA",
            "AA/9999",
            "99-99/AA",
            "AAA/999",
            "A-AAA/999",
            "9A9/9999",
        ),
        left="E",
        aspect=(1.2, 1.7),
    ),
    Format(
        patterns=("99 A/9999", "99 AA/999", "99 AAA/99", "34 A/9999"),
        left="TR",
        aspect=(1.2, 1.7),
        weight=0.8,
    ),
    Format(
        patterns=("99-999/99", "999-99/999", "99/99999", "999/9999"),
        left="IL",
        backgrounds=("yellow",),
        aspect=(1.2, 1.8),
        weight=0.7,
    ),
)
RUSSIA_TWO_ROWS = (
    Format(
        patterns=("A 999/AA|99", "A 999/AA|999", "9999/AA|99", "9999/AA|999", "AA/9999"),
        aspect=(1.2, 1.75),
        upper=(0.44, 0.52),
        low_letters=0.15,
        box="right",
        letters="ABEKMHOPCTYX",
        backgrounds=("white", "white", "white", "yellow", "black"),
    ),
)
