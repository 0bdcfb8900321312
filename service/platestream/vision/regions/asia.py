"""Region packs of the south and west of Asia, and of its south-eastern islands."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region, series, wikipedia

_INDIAN_STATE: Final = (
    "(AN|AP|AR|AS|BR|CG|CH|DD|DL|DN|GA|GJ|HP|HR|JH|JK|KA|KL|LA|LD|MH|ML|MN|MP|MZ|NL|OD|OR|PB|PY|RJ|"
    "SK|TG|TN|TR|TS|UK|UP|UA|WB)"
)
_INDONESIAN_AREA: Final = (
    "([ABDEFGHKLMNPRSTWZ]|AA|AB|AD|AE|AG|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|DA|DB|DC|DD|DE|DG|DH|DK|"
    "DL|DM|DN|DP|DR|DS|DT|DW|EA|EB|ED|KB|KH|KT|KU|P[A-Z])"
)
_TURKISH_PROVINCE: Final = "(0[1-9]|[1-7]#|8[01])"
_KAZAKH_REGION: Final = "(0[1-9]|1#|20)"
# Tashkent began with 01; no region is 00.
_UZBEK_REGION: Final = "(0[1-9]|[1-9]#)"

INDIA: Final = Region(
    title="India",
    letters=without("IO"),
    longest=13,
    formats={
        "by state": series(
            _INDIAN_STATE + "#{1,2}@{0,3}#{1,4}",
            valid="MH12AB1234 DL3CAB1234 DL10CAB1234 DL01CAA0707",
            impossible="XX12AB1234",
            source="better.in.net; indieventz.in",
        ),
        "Bharat series": series(
            "2[1-9]BH#{4}@{1,2}",
            valid="22BH1234AA 21BH1234A",
            impossible="05BH1234AA 99BH1234AA",
            source=wikipedia("India"),
        ),
        "vintage": series(_INDIAN_STATE + "VA@{2}#{4}", valid="MHVAAA1234", source="team-bhp.com"),
        "diplomats": series("#{1,3}(CD|CC|UN)#{1,4}", valid="77CD123", source=wikipedia("India")),
        "temporary": series(
            f"T#{{4}}{_INDIAN_STATE}#{{4}}@{{1,2}}", valid="T1223MH0123AB", source="team-bhp.com"
        ),
    },
)

TURKEY: Final = Region(
    title="Turkey",
    letters=without("QWX"),
    longest=8,
    formats={
        "civil": series(
            _TURKISH_PROVINCE + "(@#{4,5}|@{2}#{3,4}|@{3}#{2,3})",
            valid="34AB1234 06A12345 80AB123 81A1234 80ABC123 81AB1234 01ABC12",
            impossible="00AB123 82AB123 99A1234 34QW123",
            source="cs.frwiki.wiki, Plaque d'immatriculation turque",
        ),
    },
)

ISRAEL: Final = Region(
    title="Israel",
    longest=8,
    formats={
        "since 2017": series(
            "#{8}",
            valid="12345678",
            source="hamodia.com 2017-07-11; de.wiki.li, Kfz-Kennzeichen (Israel)",
        ),
        "earlier": series("#{5,7}", valid="1234567 123456 12345", source=wikipedia("Israel")),
    },
)

KAZAKHSTAN: Final = Region(
    title="Kazakhstan",
    longest=8,
    formats={
        "since 2012": series(
            "#{3}@{2,3}" + _KAZAKH_REGION,
            valid="123ABC01 123AB20",
            impossible="123ABC00 123ABC21",
            source=wikipedia("Kazakhstan"),
        ),
        "until 2012": series("@#{3}@{2,3}", valid="A123BCD A123BC", source=wikipedia("Kazakhstan")),
    },
)

UZBEKISTAN: Final = Region(
    title="Uzbekistan",
    formats={
        "private": series(
            _UZBEK_REGION + "@#{3}@{2}",
            valid="01A123BC 95A123BC",
            impossible="00A123BC 01A1234B",
            source=wikipedia("Uzbekistan"),
        ),
        "companies": series(
            _UZBEK_REGION + "#{3}@{3}",
            valid="01123ABC",
            impossible="00123ABC",
            source=wikipedia("Uzbekistan"),
        ),
        "motorcycles, tractors": series(
            _UZBEK_REGION + "#{3}@{2}",
            valid="01123AB",
            source="de.zxc.wiki, Kfz-Kennzeichen (Usbekistan)",
        ),
        "trailers and motorcycles": series(
            _UZBEK_REGION + "(#{4}@{2}|@{2}#{4})",
            valid="011234AB 01AB1234",
            source=wikipedia("Uzbekistan"),
        ),
        "diplomats and foreigners": series(
            "[TXDUM]#{6} #{2}[HMT]#{6} CMD#{4} UN#{4}",
            valid="T123456 01H123456 CMD1234 UN1234",
            source=wikipedia("Uzbekistan"),
        ),
    },
)

INDONESIA: Final = Region(
    title="Indonesia",
    longest=9,
    formats={
        "by area": series(
            _INDONESIAN_AREA + "[1-9]#{0,3}@{0,3}",
            valid="B1234ABC D1028EB DK1 AB1234XY",
            impossible="B0123AB J1234AB B1234ABCD",
            source=wikipedia("Indonesia"),
        ),
    },
)

MALAYSIA: Final = Region(
    title="Malaysia",
    letters=without("IO"),
    longest=8,
    formats={
        "by state": series(
            "@{1,3}[1-9]#{0,3}",
            valid="ABC4567 W1 JQR1234",
            impossible="ABC0123 AIC123 ABCD1234",
            source=wikipedia("Malaysia"),
        ),
        "with a letter at the end": series(
            "([QSVW]@{0,2}|KV)[1-9]#{0,3}@",
            valid="WAB4567C SA12B KV6829A QAA1C",
            source="blog.europlate.org.uk 2014-05-01; " + wikipedia("Malaysia"),
        ),
        "temporary": series("@#{4}@", valid="A2341A", source=wikipedia("Malaysia")),
    },
)
