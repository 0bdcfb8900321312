"""Region packs of Europe but for its north. Letters with marks are read without them."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region

_NONZERO: Final = "[1-9]"
_CANTONS: Final = (
    "ZH", "BE", "LU", "UR", "SZ", "OW", "NW", "GL", "ZG", "FR", "SO", "BS", "BL", "SH",
    "AR", "AI", "SG", "GR", "AG", "TG", "TI", "VD", "VS", "NE", "GE", "JU",
)  # fmt: skip
_POLISH_DISTRICT: Final = "[B-PR-UWYZ][^Q]"
# The Cyrillic letters that look like Latin ones.
_BULGARIAN: Final = "[ABCEHKMOPTXY]"
_UKRAINIAN: Final = "[ABCEHIKMOPTX]"

GERMANY: Final = Region(
    title="Germany",
    longest=8,
    formats={
        "civil": (
            "@{1,3}@{1,2}" + _NONZERO + "#{0,3}",
            "@{1,3}@{1,2}" + _NONZERO + "#{0,2}[EH]",
        ),
        "authorities": ("@{1,3}" + _NONZERO + "#{2,5}",),
        "short term, dealers": ("@{1,3}0[3456]#{2,4}",),
    },
)

AUSTRIA: Final = Region(
    title="Austria",
    letters=without("Q"),
    longest=8,
    formats={
        "civil": ("@{1,2}" + _NONZERO + "#{0,4}@{1,3}",),
        "chosen": ("@{1,2}@{1,5}" + _NONZERO + "#{0,4}",),
    },
)

SWITZERLAND: Final = Region(
    title="Switzerland",
    longest=8,
    formats={"by canton": tuple(f"{code}{_NONZERO}#{{0,5}}" for code in _CANTONS)},
)

FRANCE: Final = Region(
    title="France",
    letters=without("IOU"),
    longest=8,
    formats={
        "since 2009": ("@{2}#{3}@{2}",),
        "earlier, by department": (
            _NONZERO + "#{1,3}@{2}#{2}",
            _NONZERO + "#{1,3}@{2}2[AB]",
            _NONZERO + "#{1,2}@{3}#{2}",
            _NONZERO + "#{1,2}@{3}2[AB]",
        ),
    },
)

ITALY: Final = Region(
    title="Italy",
    letters=without("IOQU"),
    longest=8,
    formats={
        "since 1994": ("@{2}#{3}@{2}",),
        "motorcycles": ("@{2}#{5}",),
        "earlier, by province": ("[A-Z]{2}[0-9ABD-HKLMNPRTV-Z]#{5}",),
    },
)

SPAIN: Final = Region(
    title="Spain",
    letters=without("AEIOUQ"),
    longest=8,
    formats={
        "since 2000": ("#{4}@{3}",),
        "earlier, by province": ("[A-Z]{1,2}#{4}[A-Z]{1,2}",),
    },
)

PORTUGAL: Final = Region(
    title="Portugal",
    letters=without("KWY"),
    longest=6,
    formats={"civil": ("@{2}#{4}", "#{4}@{2}", "#{2}@{2}#{2}", "@{2}#{2}@{2}")},
)

NETHERLANDS: Final = Region(
    title="Netherlands",
    letters=without("CIOQ"),
    longest=6,
    formats={
        "side codes 1 to 6": (
            *("@{2}#{4}", "#{4}@{2}", "#{2}@{2}#{2}"),
            *("@{2}#{2}@{2}", "@{4}#{2}", "#{2}@{4}"),
        ),
        "side codes 7 to 14": (
            *("#{2}@{3}#", "#@{3}#{2}", "@{2}#{3}@", "@#{3}@{2}"),
            *("@{3}#{2}@", "@#{2}@{3}", "#@{2}#{3}", "#{3}@{2}#"),
        ),
    },
)

BELGIUM: Final = Region(
    title="Belgium",
    longest=7,
    formats={
        "since 2010": (_NONZERO + "@{3}#{3}",),
        "earlier": ("@{3}#{3}", "#{3}@{3}"),
        "trailers and special series": ("Q@{3}#{3}", "@{2}#{3}", "@#{3,4}"),
    },
)

LUXEMBOURG: Final = Region(title="Luxembourg", longest=6, formats={"civil": ("@{2}#{4}", "#{4,5}")})

GREAT_BRITAIN: Final = Region(
    title="United Kingdom",
    letters=without("Q"),
    longest=7,
    formats={
        # O is in use beside 0: their places tell them apart.
        "since 2001": ("[^IQZ]{2}#{2}[^IQ]{3}",),
        "prefix": (f"[^IOQUZ]{_NONZERO}#{{0,2}}[^IQ]{{3}}",),
        "suffix": (f"[^IQ]{{3}}{_NONZERO}#{{0,2}}[^IOQUZ]",),
        "without a year, Northern Ireland": (
            "@{1,3}" + _NONZERO + "#{0,3}",
            _NONZERO + "#{0,3}@{1,3}",
        ),
    },
)

IRELAND: Final = Region(
    title="Ireland",
    longest=9,
    formats={
        "since 2013": ("#{2}[12]@{1,2}" + _NONZERO + "#{0,5}",),
        "since 1987": ("#{2}@{1,2}" + _NONZERO + "#{0,5}",),
    },
)

POLAND: Final = Region(
    title="Poland",
    # Not in the part after the district, where they would look like digits.
    letters=without("BDIOQZ"),
    longest=8,
    formats={
        "district of two letters": tuple(
            _POLISH_DISTRICT + rest for rest in ("#{5}", "#{4}@", "#{3}@{2}", "#@#{3}", "#@{2}#{2}")
        ),
        "district of three letters": tuple(
            _POLISH_DISTRICT + "[^Q]" + rest
            for rest in (
                *("@#{3}", "#{2}@{2}", "#@#{2}", "#{2}@#", "#@{2}#", "@{2}#{2}"),
                *("#{5}", "#{4}@", "#{3}@{2}", "@#{2}@", "@#@{2}"),
            )
        ),
        "chosen": ("[^Q]#[^Q]{3,4}#{0,2}",),
    },
)

CZECHIA: Final = Region(
    title="Czechia",
    letters=without("GOQW"),
    longest=8,
    formats={
        "since 2001": ("#@?#{4}",),
        "earlier": ("@{2,3}#{4}",),
        "electric": ("EL#{3}@{2}", "EL@{2}#{3}"),
    },
)

SLOVAKIA: Final = Region(
    title="Slovakia",
    longest=7,
    formats={"civil": ("@{2}#{3}@{2}",)},
)

HUNGARY: Final = Region(
    title="Hungary",
    longest=7,
    formats={"until 2022": ("@{3}#{3}",), "since 2022": ("@{4}#{3}",)},
)

SLOVENIA: Final = Region(
    title="Slovenia",
    letters=without("QWXY"),
    longest=8,
    formats={
        "by district": tuple(
            "@{2}" + rest for rest in ("#{2}#@{2}", "@#{4}", "#{4}@", "@{2}#{3}", "#{3}@{2}")
        ),
        "with a letter among the digits": ("@{2}#{2}@#{2}", "@{2}#@#{3}", "@{2}@#{2}@#"),
    },
)

CROATIA: Final = Region(
    title="Croatia",
    letters=without("QWXY"),
    longest=8,
    formats={"civil": ("@{2}#{3,4}@{1,2}",)},
)

SERBIA: Final = Region(title="Serbia", longest=9, formats={"civil": ("@{2}#{3,5}@{2}",)})

ROMANIA: Final = Region(
    title="Romania",
    letters=without("Q"),
    longest=8,
    formats={
        "Bucharest": ("B#{2,3}[^IOQ]@{2}",),
        "counties": ("@{2}#{2}[^IOQ]@{2}",),
        "provisional": ("B#{3,6}", "@{2}#{3,6}"),
    },
)

BULGARIA: Final = Region(
    title="Bulgaria",
    longest=8,
    formats={"civil": (f"{_BULGARIAN}{{1,2}}#{{4}}{_BULGARIAN}{{2}}",)},
)

UKRAINE: Final = Region(
    title="Ukraine",
    longest=8,
    formats={"civil": (f"{_UKRAINIAN}{{2}}#{{4}}{_UKRAINIAN}{{2}}",)},
)

GREECE: Final = Region(
    title="Greece",
    letters="ABEZHIKMNOPTYX",
    longest=7,
    formats={"cars": ("@{3}#{4}",), "motorcycles": ("@{3}#{2,3}",)},
)
