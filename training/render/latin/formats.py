"""The number formats of every kind of plate in Latin letters."""

from training.render.kinds import PlateKind
from training.render.latin import americas, asia, europe
from training.render.latin.pattern import Format
from training.render.scripts import arabic, east_asia, others, southeast_asia

# Of nobody in particular.
_GENERIC = (
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

FORMATS: dict[PlateKind, tuple[Format, ...]] = {
    PlateKind.EUROPE: europe.EUROPE,
    PlateKind.EUROPE_TWO_ROWS: europe.EUROPE_TWO_ROWS,
    PlateKind.US: americas.US,
    PlateKind.BRAZIL: americas.BRAZIL,
    PlateKind.BRAZIL_TWO_ROWS: americas.BRAZIL_TWO_ROWS,
    PlateKind.ARGENTINA: americas.ARGENTINA,
    PlateKind.CHILE: americas.CHILE,
    PlateKind.PERU: americas.PERU,
    PlateKind.TAIWAN: asia.TAIWAN,
    PlateKind.VIETNAM: asia.VIETNAM,
    PlateKind.VIETNAM_TWO_ROWS: asia.VIETNAM_TWO_ROWS,
    PlateKind.UZBEKISTAN: asia.UZBEKISTAN,
    PlateKind.INDIA: asia.INDIA,
    PlateKind.INDIA_TWO_ROWS: asia.INDIA_TWO_ROWS,
    PlateKind.GENERIC: _GENERIC,
    PlateKind.ARABIC: arabic.ARABIC,
    PlateKind.ARABIC_TWO_ROWS: arabic.ARABIC_TWO_ROWS,
    PlateKind.SAUDI: arabic.SAUDI,
    PlateKind.THAILAND: southeast_asia.THAILAND,
    PlateKind.THAILAND_TWO_ROWS: southeast_asia.THAILAND_TWO_ROWS,
    PlateKind.KOREA: east_asia.KOREA,
    PlateKind.KOREA_TWO_ROWS: east_asia.KOREA_TWO_ROWS,
    PlateKind.CYRILLIC: others.CYRILLIC,
    PlateKind.DEVANAGARI: others.DEVANAGARI,
    PlateKind.BENGALI: others.BENGALI,
    PlateKind.LAO: southeast_asia.LAO,
    PlateKind.KHMER: southeast_asia.KHMER,
    PlateKind.JAPAN: east_asia.JAPAN,
}
