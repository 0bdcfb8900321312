"""Number formats of plates with two rows from Asia: motorcycles, three-wheelers, square plates."""

from training.render.latin.asia import INDIAN_STATES
from training.render.latin.pattern import NO_IO, NO_IOQ, Format

_VIETNAMESE = "ABCDEFGHKLMNPSTUVXYZ"
VIETNAM_TWO_ROWS = (
    # motorcycles
    Format(
        patterns=(
            *("99-A9/999.99", "99-A9/999.99", "99-A9/9999", "99-AA/999.99") * 2,
            "99-A9/99999",
            "99A9/9999",
            "99-MD9/999.99",
        ),
        backgrounds=("white", "white", "white", "white", "yellow", "blue"),
        aspect=(1.22, 1.5),
        upper=(0.42, 0.52),
        sign_fonts=0.95,
        letters=_VIETNAMESE,
        weight=3,
    ),
    # cars
    Format(
        patterns=("99A/999.99", "99A/9999", "99-AA/999.99", "99AA/999.99"),
        backgrounds=("white", "white", "yellow", "blue"),
        aspect=(1.25, 2.1),
        sign_fonts=0.95,
        letters=_VIETNAMESE,
    ),
)
_INDIAN_BACKGROUNDS = (*("white",) * 4, *("yellow",) * 4, "black", "black", "red", "green", "green")
INDIA_TWO_ROWS = (
    # three-wheelers and lorries, much of it painted
    Format(
        patterns=(
            "k 99/A 9999",
            "k 99/AA 9999",
            "k99/AA9999",
            "k 99 A/9999",
            "k-99-AA/9999",
            "k 99 AA/9999",
            "k99/9999",
            "k 99/9999",
            "k/99 A 9999",
            "k.99.A/9999",
            "k 9C/AA 9999",
            "k 99/A-9999",
        ),
        backgrounds=_INDIAN_BACKGROUNDS,
        inks=("", "", "yellow"),
        codes=INDIAN_STATES,
        aspect=(1.2, 2.4),
        upper=(0.4, 0.54),
        sign_fonts=0.3,
        hand_painted=0.45,
        letters=NO_IOQ,
        weight=2,
    ),
    # as the standard wants them
    Format(
        patterns=("k 99/AA 9999", "k99AA/9999", "k 99 AA/9999", "k99A/9999", "k99/A9999"),
        left="IND",
        backgrounds=_INDIAN_BACKGROUNDS,
        inks=("", "", "yellow"),
        codes=INDIAN_STATES,
        aspect=(1.3, 2.2),
        upper=(0.42, 0.52),
        sign_fonts=0.6,
        letters=NO_IOQ,
        weight=1.5,
    ),
    Format(
        patterns=("AA 99/AA 9999", "AA-99/A-9999", "AA 99/9999", "99 BH/9999 AA", "99BH9999/AA"),
        backgrounds=_INDIAN_BACKGROUNDS,
        aspect=(1.3, 2.2),
        sign_fonts=0.5,
        letters=NO_IOQ,
        weight=0.5,
    ),
)
ASIA_TWO_ROWS = (
    # Malaysia, Singapore
    Format(
        patterns=("AAA/9999", "AA/9999", "AAA/999A", "A/9999", "AA 9/99A", "AA/9999A"),
        backgrounds=("black", "black", "black", "white", "yellow"),
        aspect=(1.2, 1.9),
        letters=NO_IO,
        weight=2,
    ),
    # Hong Kong, Macau
    Format(
        patterns=("AA/9999", "AA/999", "AA/99", "A-99/99", "MA-/99-99"),
        backgrounds=("white", "yellow", "black"),
        aspect=(1.2, 1.7),
        letters=NO_IOQ,
    ),
    # the Philippines, Sri Lanka, Pakistan, Kazakhstan
    Format(
        patterns=(
            "999/AAA",
            "9999/AA",
            "AAA/999",
            "AA/99999",
            "AA AAA/9999",
            "AAA-/9999",
            "999/AA 99",
        ),
        header=("", "", "REGION IV-A", "PUNJAB", "SINDH"),
        footer=("", "", "PILIPINAS", "MATATAG NA REPUBLIKA", "KZ"),
        backgrounds=("white", "white", "yellow", "blue", "green"),
        inks=("black", "black", "green", "navy"),
        aspect=(1.2, 2.0),
        hand_painted=0.15,
        weight=1.5,
    ),
)
