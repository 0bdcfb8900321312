"""Region packs of the east of Europe: Cyrillic letters that look like Latin ones are those."""

from typing import Final

from platestream.vision.regions.region import Region, series, wikipedia

_RUSSIAN_REGION: Final = "(0[1-9]|[1-9]#|[1-9]#{2})"
_UKRAINIAN_REGION: Final = "([ABCEHIKMOPTX]{2}|ED|DC)"

RUSSIA: Final = Region(
    title="Russia",
    letters="ABEKMHOPCTYX",
    longest=9,
    formats={
        "cars": series(
            "@#{3}@{2}" + _RUSSIAN_REGION,
            valid="A123BC77 A123BC777 X001YK01",
            impossible="D123BC77 A123BC00 A123BC077 A123BC7",
            source=wikipedia("Russia"),
        ),
        "trailers": series(
            "@{2}#{4}" + _RUSSIAN_REGION, valid="AA123477 AA1234777", source=wikipedia("Russia")
        ),
        "motorcycles, tractors": series(
            "#{4}@{2}" + _RUSSIAN_REGION, valid="1234AA77 1234AA177", source=wikipedia("Russia")
        ),
        "buses, taxis": series(
            "@{2}#{3}" + _RUSSIAN_REGION, valid="AA12377 AA123777", source=wikipedia("Russia")
        ),
        "police": series(
            "@#{4}" + _RUSSIAN_REGION,
            valid="A123477",
            source="liquisearch.com, " + wikipedia("Russia"),
        ),
    },
)

BELARUS: Final = Region(
    title="Belarus",
    letters="ABCEHIKMOPTX",
    longest=8,
    formats={
        "cars, motorcycles": series(
            "#{4}@{2}[0-7]",
            valid="1234AB7 1234KX1",
            impossible="1234AD7 1234AB9",
            source=wikipedia("Belarus"),
        ),
        "electric": series("E#{3}@{2}[0-7]", valid="E123AB5", source=wikipedia("Belarus")),
        "lorries, buses": series("@{2}#{4}[0-7]", valid="AB12345", source=wikipedia("Belarus")),
        "trailers": series("@#{4}@[0-7]", valid="A1234B5", source=wikipedia("Belarus")),
        "taxis, temporary": series(
            "[0-7]TAX#{4} [0-7]@{2}T#{4}",
            valid="7TAX1234 1ABT1234",
            source="de.zxc.wiki, Kfz-Kennzeichen (Belarus)",
        ),
        "2000 to 2004": series(
            "#{4}@{3}", valid="1234MBA", source="licenseplatemania.com, Belarus"
        ),
    },
)

UKRAINE: Final = Region(
    title="Ukraine",
    # The serial has Latin letters, too: electric vehicles Y, Z, V and W, taxis these after a T.
    letters="ABCDEHIKMOPTXVWYZ",
    longest=8,
    formats={
        "civil": series(
            _UKRAINIAN_REGION + "#{4}@{2}",
            valid="AA1234BB AA1234YA AA1234ZA AA1234TZ AA1234TY AA1234TW AA1234TV DC1234AA",
            impossible="AA1234BG QA1234BB AD1234BB",
            source="uamotors.com.ua 71625; auto.24tv.ua n38705; glavred.info",
        ),
    },
)

MOLDOVA: Final = Region(
    title="Moldova",
    longest=7,
    formats={
        "since 2015": series("@{3}#{3}", valid="ABC123", source=wikipedia("Moldova")),
        "until 2015, by district": series(
            "@{1,2}@{2}#{1,3}", valid="CAB123 BLAB123 KAB1", source=wikipedia("Moldova")
        ),
    },
)

GEORGIA: Final = Region(
    title="Georgia",
    longest=7,
    formats={
        "since 2014": series(
            "@{2}#{3}@{2}", valid="AB123CD", source=wikipedia("Georgia (country)")
        ),
        "until 2014": series("@{3}#{3}", valid="ABC123", source=wikipedia("Georgia (country)")),
        "trailers": series("@{2}#{3}@", valid="AB123A", source="truckonline.de 2021-08"),
    },
)
