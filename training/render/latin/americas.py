"""Number formats of the Americas."""

from training.render.latin.pattern import NO_IO, Format

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
        letters=NO_IO,
    ),
)
