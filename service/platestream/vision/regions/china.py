"""Region packs of China, its two special regions, Taiwan and Vietnam."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region, series, wikipedia

PROVINCE: Final = "[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新]"
"""The character of a Chinese province."""
# I and O are not in serials, but O is the letter of some authorities (京O).
_AUTHORITY: Final = PROVINCE + "[^I]"
_NEW_ENERGY: Final = "[A-HJK]"
_STANDARD: Final = "GA 36-2018"
# The digit sounds like death: no series since 2012 has it.
_WITHOUT_FOUR: Final = "[0-35-9]"
# Of 11 to 99 those that no province has are left out.
_VIETNAMESE_PROVINCE: Final = "(1[1-24-9]|[23]#|4[0137-9]|[567]#|8[0-689]|9[02-57-9])"

CHINA: Final = Region(
    title="China (mainland)",
    letters=without("IO"),
    formats={
        "civil": series(
            _AUTHORITY + "?{5}",
            valid="皖A12345 京AB1C23 京OA1234",
            impossible="皖A1234O 皖A1234I 皖112345 皖AO12345 皖A123456",
            source=_STANDARD,
        ),
        "new energy, small": series(
            _AUTHORITY + _NEW_ENERGY + "?#{4}",
            valid="粤BD12345 粤BK12345",
            impossible="粤BL12345",
            source=_STANDARD,
        ),
        "new energy, large": series(
            _AUTHORITY + "#{5}" + _NEW_ENERGY, valid="粤B12345D", source=_STANDARD
        ),
        "police": series(_AUTHORITY + "?{4}警", valid="京A1234警", source=_STANDARD),
        "learner": series(_AUTHORITY + "?{4}学", valid="京A1234学", source=_STANDARD),
        "trailer": series(_AUTHORITY + "?{4}挂", valid="京A1234挂", source=_STANDARD),
        "Hong Kong and Macau cars": series(
            "粤Z?{4}[港澳]", valid="粤Z1A23港 粤Z1A23澳", source=_STANDARD
        ),
        "embassy": series("使#{6} #{6}使", valid="使123456 123456使", source=_STANDARD),
        "consulate": series(
            _AUTHORITY + "#{4}领 " + PROVINCE + "#{5}领",
            valid="粤A1234领 粤12345领",
            source=_STANDARD,
        ),
        "emergency": series(
            _AUTHORITY + "?{4}应急", valid="京A1234应急 琼X1234应急", source=_STANDARD
        ),
        "civil aviation": series("民航?{5}", valid="民航A1234", source=wikipedia("China")),
        "armed police": series(
            f"WJ#{{6}}? WJ{PROVINCE}#{{4}}? WJ#{{4}}[A-Z]",
            valid="WJ1212345 WJ京1234X WJ1234J WJ1234X",
            source=wikipedia("China") + "; autohome.com.cn 19646044",
        ),
        "military": series(
            "@[^I]?#{4} @[^I]#?#{3}", valid="VA12345 VA1A234", source=wikipedia("China")
        ),
        "agricultural": series(
            PROVINCE + "#{2}?#{4}", valid="皖0112345 皖01A1234", source=wikipedia("China")
        ),
    },
)

HONG_KONG: Final = Region(
    title="Hong Kong",
    letters=without("IOQ"),
    longest=6,
    formats={
        "usual": series(
            "@{2}[1-9]#{0,3}",
            valid="AB1234 LW2468 CP1 ZG12 VV123",
            impossible="IO1234 AB0123",
            source=wikipedia("Hong Kong"),
        ),
        # One digit alone is far rather a misread.
        "digits": series("[1-9]#{1,3}", valid="9999 28", source=wikipedia("Hong Kong")),
        "fire service, trade": series(
            "[AF][1-9]#{0,3} T[1-9]#{0,4}", valid="A123 F1234 T12345", source=wikipedia("Hong Kong")
        ),
    },
)

MACAU: Final = Region(
    title="Macau",
    longest=6,
    formats={"civil": series("M[A-Z]{0,1}#{4}", valid="M1234 MA1234", source=wikipedia("Macau"))},
)

TAIWAN: Final = Region(
    title="Taiwan",
    letters=without("IO"),
    longest=7,
    formats={
        "cars since 2012": series(
            f"@{{3}}{_WITHOUT_FOUR}{{4}}",
            valid="ABC1235",
            impossible="ABC4444 ABC1234 ABCD123",
            source="tvbs.com.tw 1733302",
        ),
        "earlier cars": series(
            "@{2}#{4} @##{4} #@#{4} #{4}@{2} #{4}@# #{4}#@",
            valid="AB1234 A12345 1A2345 1234AB 1234A5 12345A",
            impossible="123456",
            source=wikipedia("Taiwan"),
        ),
        "lorries, buses, taxis": series(
            "@{2}#{3} @##{3} #@#{3} #{3}@{2} #{3}@# #{3}#@",
            valid="AB123 A1234 1A234 123AB 123A4 1234A",
            source=wikipedia("Taiwan"),
        ),
        "motorcycles": series(
            "@{3}#{3} #{3}@{3} @#@#{3} @{2}##{3}",
            valid="ABC123 123ABC A1B234",
            source=wikipedia("Taiwan"),
        ),
        "small electric two-wheelers": series(
            "@{2}#{5}", valid="AR12345", source="nextapple.com 2023-02-24"
        ),
    },
)

VIETNAM: Final = Region(
    title="Vietnam",
    # The twenty letters of the series.
    letters=without("IJOQRW"),
    longest=10,
    formats={
        "cars": series(
            _VIETNAMESE_PROVINCE + "@#{4,5}",
            valid="51F12345 99A1234",
            impossible="10A12345 13A12345 87A12345 51I12345",
            source="github.com/poohoh/regex_license_plate",
        ),
        "series of two letters": series(
            _VIETNAMESE_PROVINCE + "(@{2}#{4,5}|(LD|DA|KT|MK|TD|HC|R)#{4,5})",
            valid="29LD12345 29AB12345 51R1234",
            source=wikipedia("Vietnam"),
        ),
        "motorcycles": series(
            _VIETNAMESE_PROVINCE + "@#{5,6}",
            valid="29B112345 29B12345",
            source=wikipedia("Vietnam"),
        ),
        "electric motorcycles": series(
            _VIETNAMESE_PROVINCE + "MD#{5,6}", valid="29MD112345", source="plo.vn"
        ),
        "diplomats": series(
            "80#{3}(NG|QT)#{2}", valid="80011NG01 80123QT01", source=wikipedia("Vietnam")
        ),
        "army": series("[A-Z]{2}#{4}", valid="AB1234", source=wikipedia("Vietnam")),
    },
)
