"""Region packs of the Americas."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region, series, wikipedia

_SERIALS: Final = "github.com/patrik-csak/license-plate-serial-generator"

UNITED_STATES: Final = Region(
    title="United States (usual passenger and commercial series)",
    longest=8,
    # Fifty issuers: only the shapes that several of them use. What drivers choose fits none.
    formats={
        "three letters": series(
            "@{3}#{3,4} #{3,4}@{3} #@{3}#{2,3} @{3}#{2}@ @{3}#@{2}",
            valid="ABC123 ABC1234 123ABC 1234ABC 1ABC23 1ABC234 ABC12D ABC1DE",
            source=_SERIALS + "; atroq.com, US License Plate Serial Formats",
        ),
        "three letters among digits": series(
            "#{3}@{3}#",
            valid="123ABC1 001AAA0",
            source="California from 2026: timeout.com 2025-04; dnyuz.com",
        ),
        "four letters": series(
            "@{4}#{2}",
            valid="ABCD12",
            source="Colorado, Florida: " + _SERIALS + "; wikiclassic.com",
        ),
        "two letters": series(
            "@{2}#{4,5} #{4,5}@{2} @{2}#{3}@{2} #{2,3}@{2}#{2} @#{2}@{2}#",
            valid="AB1234 AB12345 1234AB 12345AB AB123CD 12AB34 123AB45 A12BC3",
            source=_SERIALS,
        ),
        "letter, digits, letters": series(
            "@#{2}@{3} #{3}@{2}# #@{2}#{3,4} @#{3}@{2}",
            valid="A12BCD 123AB4 1AB2345 1AB234 A123BC",
            source="Florida, New Jersey, Maryland, West Virginia: " + _SERIALS,
        ),
        "letters and digits in turn": series(
            "@{2}#@#@", valid="XA1B2C", source="Missouri: " + _SERIALS
        ),
        "one letter": series(
            "@#{5,6} #{5,6}@ #{2,3}@#{3} #{3}@#{2}",
            valid="A12345 A123456 12345A 123456A 12A345 123A456 123A45",
            source="Nevada, Montana, Idaho, South Dakota: " + _SERIALS,
        ),
        "by county, Alabama": series(
            "#{1,2}@{2}#{3,4} #@#{5} #{2}@#{4}",
            valid="1AB2345 12AB345 37KA7685 1A23456 12A3456",
            source=_SERIALS + "; atroq.com, US License Plate Serial Formats",
        ),
        "commercial, California": series(
            "#@#{5} #{5}@#",
            valid="1A23456 12345A1",
            source="flonchi.org, Kaliforniens registreringsskyltar",
        ),
        "digits": series(
            "#{5,7}", valid="12345 123456 1234567", source="New Hampshire: " + _SERIALS
        ),
    },
)

CANADA: Final = Region(
    title="Canada",
    longest=7,
    formats={
        "three letters": series(
            "@{3}#{3,4} #{3}@{3}",
            valid="ABC123 ABC1234 123ABC",
            source=wikipedia("Canada") + "; Canadian licence plate designs and serial formats",
        ),
        "Ontario": series(
            "@{4}#{3}", valid="ABCD123", source="Canadian licence plate designs and serial formats"
        ),
        "Quebec": series("@#{2}@{3}", valid="A12BCD", source=wikipedia("Quebec")),
        "British Columbia": series(
            "@{2}#{3}@", valid="AB123C", source=wikipedia("British Columbia")
        ),
        "commercial": series(
            "@{2}#{4,5} @#{5,6}", valid="AB12345 AB1234 L123456", source=wikipedia("Ontario")
        ),
    },
)

MEXICO: Final = Region(
    title="Mexico",
    letters=without("IOQ"),
    longest=7,
    formats={
        "private cars": series(
            "@{3}#{3,4} @{3}#{3}@",
            valid="ABC1234 ABC123 ABC123D",
            impossible="AOC1234",
            source="NOM-001-SCT-2-2016; es.wikipedia.org, Matrículas automovilísticas de México",
        ),
        "Mexico City": series(
            "#{3}@{3} @#{2}@{3}", valid="123ABC A12BCD", source="NOM-001-SCT-2-2016"
        ),
        "lorries": series(
            "@{2}#{4,5} @{2}#{4}@",
            valid="AB12345 AB1234 AB1234C",
            source="NOM-001-SCT-2-2016; es.wikipedia.org, Matrículas automovilísticas de México",
        ),
        "public service": series("@#{3}@{3}", valid="A123BCD", source="NOM-001-SCT-2-2016"),
    },
)

BRAZIL: Final = Region(
    title="Brazil",
    longest=7,
    formats={
        "until 2018": series("@{3}#{4}", valid="ABC1234", source=wikipedia("Brazil")),
        "Mercosur": series("@{3}#@#{2}", valid="ABC1D23", source=wikipedia("Brazil")),
    },
)

ARGENTINA: Final = Region(
    title="Argentina",
    longest=7,
    formats={
        "until 2016": series("@{3}#{3}", valid="ABC123", source=wikipedia("Argentina")),
        "Mercosur": series("@{2}#{3}@{2}", valid="AB123CD", source=wikipedia("Argentina")),
        "motorcycles": series(
            "#{3}@{3} @#{3}@{3}", valid="123ABC A123BCD", source=wikipedia("Argentina")
        ),
    },
)

CHILE: Final = Region(
    title="Chile",
    # Series without vowels, M, N and Q; the older ones of two letters have more of them.
    letters=without("AEIOUMNQ"),
    longest=6,
    formats={
        "until 2007": series("[A-Z]{2}#{4}", valid="AB1234", source=wikipedia("Chile")),
        "since 2007": series(
            "@{4}#{2}", valid="BCDF12", impossible="BCDA12", source=wikipedia("Chile")
        ),
        "five letters": series("@{5}#", valid="BCDFG1", source="textual.cl 2026-01-16"),
        "motorcycles": series(
            "@{2}#{3} @{3}#{2,3} @{4}#",
            valid="BC123 BCD12 BCD123 BCDF1",
            source="textual.cl 2026-01-16; mega.cl",
        ),
        "police": series("Z#{4} RP#{4}", valid="Z1234 RP1234", source=wikipedia("Chile")),
    },
)

PERU: Final = Region(
    title="Peru",
    longest=6,
    formats={
        "since 2010": series("@?{2}#{3}", valid="A1B234 ABC123", source=wikipedia("Peru")),
        "earlier": series("@{2}#{4} @{3}#{3}", valid="AB1234 ABC123", source=wikipedia("Peru")),
        "motorcycles and mototaxis": series(
            "#{4}?@ #{4}@? @{2}#{4}", valid="12341A 1234A1 AB1234", source=wikipedia("Peru")
        ),
        "state": series("E[PGUXA]#{4}", valid="EP1234", source=wikipedia("Peru")),
    },
)
