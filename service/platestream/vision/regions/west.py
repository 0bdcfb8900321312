"""Region packs of the west of Europe, Iberia and the British Isles."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region, series, wikipedia

_NONZERO: Final = "[1-9]"
# The half-years of issue, with room until 2029: a table must not refuse next spring's cars.
_BRITISH_AGE: Final = "(0[2-9]|[12]#|5[1-9]|[67]#)"
_IRISH_COUNTY: Final = (
    "(C|CE|CN|CW|D|DL|G|KE|KK|KY|L|LD|LH|LK|LM|LS|MH|MN|MO|OY|RN|SO|T|TN|TS|W|WD|WH|WX|WW)"
)
_SPANISH: Final = without("AEIOUQ")
# No pair is SS.
_FRENCH_PAIR: Final = "([^IOSU][^IOU]|S[^IOSU])"

FRANCE: Final = Region(
    title="France",
    letters=without("IOU"),
    longest=8,
    formats={
        "since 2009": series(
            _FRENCH_PAIR + "#{3}" + _FRENCH_PAIR,
            valid="AB123CD SA123AS",
            impossible="SS123AB AB123SS AO123CD AB123CU",
            source="lagazettedescommunes.com, SIV",
        ),
        "garages": series("W#{3}@{2}", valid="W123AB", source="inaxys.com, immatriculation W"),
        "mopeds": series(
            "@{1,2}#{2,3}@",
            valid="A11A ZZ999Z AB123C",
            source="France Titres, fr.headtopics.com 2025-02",
        ),
        "earlier, by department": series(
            "[1-9]#{1,3}@{2}(#{2}|2[AB]) [1-9]#{1,2}@{3}(#{2}|2[AB])",
            valid="1234AB75 123ABC2A",
            source=wikipedia("France"),
        ),
    },
)

SPAIN: Final = Region(
    title="Spain",
    letters=_SPANISH,
    longest=8,
    formats={
        "since 2000": series(
            "#{4}@{3}", valid="1234BCD", impossible="1234ABC 1234BQD", source=wikipedia("Spain")
        ),
        "mopeds, trailers, special, historic, temporary": series(
            "[CREHPSV]#{4}@{3}",
            valid="C1234BCD R1234BCD E1234BCD H1234BCD P1234BCD",
            source="matriculasdelmundo.com, especiales; motor16.com",
        ),
        "earlier, by province": series(
            "[A-Z]{1,2}#{4}[A-Z]{1,2}", valid="M1234AB", source=wikipedia("Spain")
        ),
    },
)

PORTUGAL: Final = Region(
    title="Portugal",
    letters=without("KWY"),
    longest=6,
    formats={
        "since 2020": series(
            "[A-Z]{2}#{2}[A-Z]{2}",
            valid="AB12CD AK12KA AY01WZ",
            source="madeira.rtp.pt 2019-01-07; sabado.pt 2018-12",
        ),
        "earlier": series(
            "@{2}#{4} #{4}@{2} #{2}@{2}#{2}",
            valid="AB1234 1234AB 12AB34",
            impossible="12KA34",
            source=wikipedia("Portugal"),
        ),
    },
)

NETHERLANDS: Final = Region(
    title="Netherlands",
    letters=without("CIOQ"),
    longest=6,
    formats={
        "side codes 1 to 6": series(
            "@{2}#{4} #{4}@{2} #{2}@{2}#{2} @{2}#{2}@{2} @{4}#{2} #{2}@{4}",
            valid="AB1234 1234AB 12AB34 AB12DF ABDF12 12ABDF",
            source=wikipedia("the Netherlands"),
        ),
        "side codes 7 to 14": series(
            "#{2}@{3}# #@{3}#{2} @{2}#{3}@ @#{3}@{2} @{3}#{2}@ @#{2}@{3} #@{2}#{3} #{3}@{2}#",
            valid="12ABD3 1ABD23 AB123D A123BD GBB01B A12BDF 1AB234 123AB4",
            impossible="A1B2D3",
            source="dutchnews.nl 2024-06; " + wikipedia("the Netherlands"),
        ),
        "semi-trailers": series(
            "O@#{2}[^AEIOQU]{2}", valid="OD12BC OG12BC", source=wikipedia("the Netherlands")
        ),
        "diplomats": series("CD@#{2}", valid="CDA12", source="pastebin.com wbUb2Gqs"),
    },
)

BELGIUM: Final = Region(
    title="Belgium",
    longest=7,
    formats={
        "since 2010": series(
            _NONZERO + "@{3}#{3}",
            valid="1ABC234",
            impossible="0ABC123",
            source=wikipedia("Belgium"),
        ),
        "taxis, old, agricultural, motorcycles, mopeds, dealers, trailers": series(
            "[GMOQSTZ]@{3}#{3}",
            valid="TXAA123 OAAA123 SAAA123 ZAAA123 MAAA123 GAAA123 QABC123",
            source="signsandtagsonline.com, Belgian licence plate letter codes; pj-web.de",
        ),
        "earlier": series("@{3}#{3} #{3}@{3}", valid="ABC123 123ABC", source=wikipedia("Belgium")),
        "earlier special series": series(
            "@{2}#{3} @#{3,4}", valid="AB123 A1234", source=wikipedia("Belgium")
        ),
    },
)

LUXEMBOURG: Final = Region(
    title="Luxembourg",
    letters=without("IO"),
    longest=6,
    formats={
        "civil": series(
            "@{2}#{4} #{4,5}",
            valid="AB1234 1234 12345",
            impossible="IO1234",
            source="europlate.org, Luxembourg; podalnici.cz",
        ),
        "mopeds, earlier": series(
            "@{2}#{2,3} @#{4}", valid="AB12 AB123 P1234", source=wikipedia("Luxembourg")
        ),
    },
)

ANDORRA: Final = Region(
    title="Andorra",
    longest=5,
    formats={"civil": series("@#{4}", valid="A1234", source=wikipedia("Andorra"))},
)

GREAT_BRITAIN: Final = Region(
    title="United Kingdom",
    letters=without("Q"),
    longest=7,
    formats={
        # O is in use beside 0: their places tell them apart.
        "since 2001": series(
            "[^IQZ]{2}" + _BRITISH_AGE + "[^IQ]{3}",
            valid="AB12CDE AB02CDE AB26CDE AB51CDE AB76CDE",
            impossible="AB00CDE AB01CDE AB40CDE AB50CDE AB99CDE AI12CDE",
            source="ultimatecarcheck.co.uk; DVLA leaflet INF104",
        ),
        "prefix": series(
            f"[^IOQUZ]{_NONZERO}#{{0,2}}[^IQ]{{3}}",
            valid="A123BCD A1BCD",
            source="DVLA leaflet INF104",
        ),
        "rebuilt": series(
            f"Q{_NONZERO}#{{0,2}}[^IQ]{{3}}", valid="Q123ABC", source="nationalnumbers.co.uk 2006"
        ),
        "suffix": series(
            f"[^IQ]{{3}}{_NONZERO}#{{0,2}}[^IOQUZ]", valid="ABC123D", source="DVLA leaflet INF104"
        ),
        "without a year, Northern Ireland": series(
            "@{1,3}[1-9]#{0,3} [1-9]#{0,3}@{1,3}",
            valid="ABC1234 1234AB ABZ1234",
            source=wikipedia("the United Kingdom"),
        ),
    },
)

IRELAND: Final = Region(
    title="Ireland",
    longest=9,
    formats={
        "since 2013": series(
            f"(1[3-9]|2#)[12]{_IRISH_COUNTY}[1-9]#{{0,5}}",
            valid="131D12345 241WX1",
            impossible="131Q12345 133D12345",
            source=wikipedia("the Republic of Ireland"),
        ),
        "1987 to 2012": series(
            f"(8[7-9]|9#|0#|1[0-2]){_IRISH_COUNTY}[1-9]#{{0,5}}",
            valid="05D1234 87C1",
            impossible="50D1234",
            source=wikipedia("the Republic of Ireland"),
        ),
        "vintage, temporary": series(
            "(ZV|ZZ)[1-9]#{0,4}",
            valid="ZV12345 ZZ12345",
            source=wikipedia("the Republic of Ireland"),
        ),
    },
)
