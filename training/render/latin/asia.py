"""Number formats of Asia, China's mainland left out."""

from training.render.latin.pattern import NO_IO, NO_IOQ, Format

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
        letters=NO_IO,
        header=("", "", "TAIWAN"),
    ),
    Format(
        patterns=("AAA-9999", "AAA-999", "EAA-9999"),
        aspect=(2.2, 2.6),
        backgrounds=("white", "white", "white", "yellow", "green"),
        letters=NO_IO,
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
        box="left",
        aspect=(4.3, 4.9),
        sign_fonts=0.9,
        letters="ABCDEFGHJKLMNOPQRSTUVWXYZ",
    ),
)
INDIAN_STATES = (
    *("AP", "AR", "AS", "BR", "CG", "CH", "DD", "DL", "GA", "GJ", "HP", "HR", "JH", "JK", "KA"),
    *("KL", "LA", "MH", "ML", "MN", "MP", "MZ", "NL", "OD", "PB", "PY", "RJ", "SK", "TN", "TR"),
    *("TS", "UK", "UP", "WB", "KA", "MH", "TN", "DL", "KL", "UP", "GJ"),
)
INDIA = (
    Format(
        patterns=(
            "k 99 AA 9999",
            "k99AA9999",
            "k-99-AA-9999",
            "k 99 A 9999",
            "k99A9999",
            "k 9 AA 9999",
            "k 99 9999",
            "k9CAA9999",
        ),
        left="IND",
        backgrounds=("white", "white", "white", "yellow", "yellow", "black", "red", "green"),
        codes=INDIAN_STATES,
        aspect=(4.0, 4.9),
        sign_fonts=0.4,
        letters=NO_IOQ,
    ),
)
