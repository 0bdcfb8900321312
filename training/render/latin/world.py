"""Number formats of one row from the rest of the world."""

from training.render.latin.pattern import NO_IO, NO_IOQ, Format

_MONTHS = tuple(
    f"{month:02d}·{year}" for month in (1, 3, 5, 8, 11) for year in (24, 25, 26, 27, 28)
)
_INDONESIAN = (
    *("A", "B", "B", "B", "BA", "BE", "BG", "BH", "BK", "BL", "BM", "D", "DA", "DB", "DD", "DE"),
    *("DK", "E", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "T", "W", "Z", "AA", "AB"),
    *("AD", "AE", "AG", "KB", "KH", "KT"),
)
ASIA = (
    # Indonesia: the month until which it is paid stands below
    Format(
        patterns=("k 9999 AAA", "k 9999 AA", "k 999 A", "k 9999 A", "k 99 AA"),
        codes=_INDONESIAN,
        footer=_MONTHS,
        caption=(0.2, 0.27),
        backgrounds=("black", "black", "white", "white", "yellow", "red"),
        aspect=(2.4, 3.3),
        sign_fonts=0.8,
        weight=3,
    ),
    # Malaysia, Singapore
    Format(
        patterns=(
            "AAA 9999",
            "AA 9999",
            "AAA 999A",
            "AA 999 A",
            "A 9999 A",
            "WAA 9999 A",
            "SAA 9999 A",
        ),
        backgrounds=("black", "black", "black", "black", "white", "yellow"),
        aspect=(3.2, 5.2),
        letters=NO_IO,
        weight=2,
    ),
    # Hong Kong, Macau
    Format(
        patterns=("AA 9999", "AA 999", "AA 99", "AA 9", "A 9999", "9999", "M-99-99", "AA-99-99"),
        backgrounds=("white", "yellow", "yellow", "black"),
        aspect=(3.8, 4.8),
        letters=NO_IOQ,
        weight=2,
    ),
    # Kazakhstan
    Format(
        patterns=("999 AAA|99", "999 AA|99", "A 999 AAA", "999AAA|99"),
        left="KZ",
        strip="sky",
        box="right",
        backgrounds=("white", "white", "white", "yellow"),
        aspect=(4.3, 4.8),
        weight=1.5,
    ),
    # the Philippines, Sri Lanka, Pakistan
    Format(
        patterns=("AAA 9999", "AAA 999", "AA AAA-9999", "AAA-9999", "AA-99 999", "AAA-99-999"),
        header=("", "", "PILIPINAS", "PUNJAB", "SINDH", "ICT ISLAMABAD"),
        footer=("", "", "NATIONAL CAPITAL REGION", "REGION VII", "GOVT OF SINDH"),
        backgrounds=("white", "white", "yellow", "green", "black"),
        inks=("black", "black", "green", "navy"),
        aspect=(2.0, 4.4),
        hand_painted=0.1,
        weight=1.5,
    ),
    # Israel
    Format(
        patterns=("999-99-999", "99-999-99", "999*99*999", "99*999*99"),
        left="IL",
        backgrounds=("yellow",),
        aspect=(4.2, 4.9),
        weight=1.2,
    ),
)
AMERICAS = (
    # Colombia, Ecuador, Venezuela
    Format(
        patterns=("AAA 999", "AAA-999", "AAA*999", "AAA-9999", "AA999AA"),
        footer=("BOGOTA D.C.", "MEDELLIN", "CALI", "ECUADOR", "VENEZUELA", "ANT"),
        backgrounds=("yellow", "yellow", "yellow", "white", "orange"),
        aspect=(1.9, 2.2),
        weight=2,
    ),
    # Uruguay, Paraguay, Bolivia: like the common market's
    Format(
        patterns=("AAA 9999", "AAAA 999", "9999 AAA"),
        header=("URUGUAY", "PARAGUAY", "BOLIVIA", "MERCOSUR"),
        right="band",
        aspect=(2.9, 3.2),
        weight=1.5,
    ),
    # Central America, the Caribbean
    Format(
        patterns=("A 999999", "A999AAA", "P 999999", "AAA-999", "999999", "A 99999", "AA 9999"),
        header=("COSTA RICA", "GUATEMALA", "PANAMA", "HONDURAS", "REPUBLICA DOMINICANA"),
        footer=("CENTROAMERICA", "2024", "", "EL SALVADOR"),
        backgrounds=("white", "white", "yellow", "pale"),
        inks=("navy", "black", "red", "green"),
        aspect=(1.9, 2.2),
    ),
)
AFRICA = (
    # South Africa
    Format(
        patterns=("AA 99 AA GP", "AAA 999 GP", "CA 999-999", "AAA 999 L", "ND 99999", "AAA 999 MP"),
        backgrounds=("white", "yellow"),
        inks=("black", "navy", "green", "red"),
        aspect=(3.8, 4.8),
    ),
    # Nigeria, Ghana
    Format(
        patterns=("AAA-999AA", "AAA 999 AA", "AA 9999-99", "AA 999 A"),
        header=("LAGOS", "FCT - ABUJA", "KANO", ""),
        footer=("CENTRE OF EXCELLENCE", "FEDERAL REPUBLIC OF NIGERIA", ""),
        inks=("navy", "black", "red", "green"),
        aspect=(2.0, 4.2),
    ),
    # Kenya, Tanzania, Uganda
    Format(
        patterns=("KAA 999A", "T 999 AAA", "UAA 999A", "KAAA 999A"),
        backgrounds=("white", "yellow", "blue"),
        aspect=(3.4, 4.8),
    ),
    # Algeria: digits only
    Format(
        patterns=("99999 999 99", "999999 199 99", "99999-199-99"),
        backgrounds=("yellow", "white", "white"),
        aspect=(4.0, 4.8),
    ),
)
RUSSIA = (
    Format(
        patterns=(
            "A 999 AA|99",
            "A999AA|99",
            "A 999 AA|999",
            "A999AA|199",
            "AA 9999|99",
            "AA 999|99",
        ),
        backgrounds=("white", "white", "white", "white", "yellow", "blue", "black"),
        aspect=(4.2, 4.8),
        low_letters=0.2,
        box="right",
        letters="ABEKMHOPCTYX",
        weight=3,
    ),
    # diplomats'
    Format(
        patterns=("999 D 999|77", "999 CD 9|77", "999 T 999|78"),
        backgrounds=("red",),
        low_letters=0.2,
        box="right",
        weight=0.5,
    ),
    # Belarus, Georgia, Armenia
    Format(
        patterns=("9999 AA-9", "9999 AA-9", "AA-999-AA", "99 AA 999", "AAA-999"),
        left="BY",
        weight=1.2,
    ),
)
