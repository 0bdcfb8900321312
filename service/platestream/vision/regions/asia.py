"""Region packs of Asia."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region

PROVINCE: Final = "[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新]"
"""The character of a Chinese province."""
# I and O are not in serials, but O is the letter of some authorities (京O).
_AUTHORITY: Final = PROVINCE + "[^I]"
_NEW_ENERGY: Final = "[A-HJK]"
_NONZERO: Final = "[1-9]"

CHINA: Final = Region(
    title="China (mainland)",
    letters=without("IO"),
    formats={
        "civil": (_AUTHORITY + "?{5}",),
        "new energy, small": (_AUTHORITY + _NEW_ENERGY + "?#{4}",),
        "new energy, large": (_AUTHORITY + "#{5}" + _NEW_ENERGY,),
        "police": (_AUTHORITY + "?{4}警",),
        "learner": (_AUTHORITY + "?{4}学",),
        "trailer": (_AUTHORITY + "?{4}挂",),
        "Hong Kong and Macau cars": ("粤Z?{4}[港澳]",),
        "embassy": ("使#{6}", "#{6}使"),
        "consulate": (_AUTHORITY + "#{4}领", PROVINCE + "#{5}领"),
        "emergency": (_AUTHORITY + "?{4}应急",),
        "civil aviation": ("民航?{5}",),
        "armed police": ("WJ#{6}?", "WJ" + PROVINCE + "#{4}?"),
        "military": ("@[^I]?#{4}", "@[^I]#?#{3}"),
        "agricultural": (PROVINCE + "#{2}?#{4}",),
    },
)

TAIWAN: Final = Region(
    title="Taiwan",
    letters=without("IO"),
    longest=7,
    formats={
        "cars since 2012": ("@{3}#{4}",),
        "earlier cars": (
            *("@{2}#{4}", "@##{4}", "#@#{4}"),
            *("#{4}@{2}", "#{4}@#", "#{4}#@"),
        ),
        "lorries, buses, taxis": (
            *("@{2}#{3}", "@##{3}", "#@#{3}"),
            *("#{3}@{2}", "#{3}@#", "#{3}#@"),
        ),
        "motorcycles": ("@{3}#{3}", "#{3}@{3}", "@#@#{3}", "@{2}##{3}"),
    },
)

VIETNAM: Final = Region(
    title="Vietnam",
    # The twenty letters of the series.
    letters=without("IJOQRW"),
    formats={
        "cars": (_NONZERO + "#@#{4,5}",),
        "series of two letters": (
            _NONZERO + "#@{2}#{4,5}",
            *(f"{_NONZERO}#{series}#{{4,5}}" for series in ("LD", "DA", "KT", "MK", "TD", "HC")),
            _NONZERO + "#R#{4,5}",
        ),
        "motorcycles": (_NONZERO + "#@#{5,6}",),
        "army": ("[A-Z]{2}#{4}",),
    },
)

UZBEKISTAN: Final = Region(
    title="Uzbekistan",
    formats={
        "private": ("#{2}@#{3}@{2}",),
        "companies": ("#{2}#{3}@{3}",),
        "trailers and motorcycles": ("#{2}#{4}@{2}", "#{2}@{2}#{4}"),
        "diplomats and foreigners": ("[TXDUM]#{6}", "#{2}[HMT]#{6}", "CMD#{4}", "UN#{4}"),
    },
)

_INDIAN_STATES: Final = (
    "AN", "AP", "AR", "AS", "BR", "CG", "CH", "DD", "DL", "DN", "GA", "GJ", "HP", "HR",
    "JH", "JK", "KA", "KL", "LA", "LD", "MH", "ML", "MN", "MP", "MZ", "NL", "OD", "OR",
    "PB", "PY", "RJ", "SK", "TG", "TN", "TR", "TS", "UK", "UP", "UA", "WB",
)  # fmt: skip

INDIA: Final = Region(
    title="India",
    letters=without("IO"),
    longest=10,
    formats={
        "by state": tuple(f"{state}#{{1,2}}@{{0,3}}#{{1,4}}" for state in _INDIAN_STATES),
        "Bharat series": ("#{2}BH#{4}@{1,2}",),
    },
)

TURKEY: Final = Region(
    title="Turkey",
    letters=without("QWX"),
    longest=8,
    formats={
        "civil": ("[0-7]#@#{4,5}", "[0-7]#@{2}#{3,4}", "[0-7]#@{3}#{2,3}"),
    },
)
