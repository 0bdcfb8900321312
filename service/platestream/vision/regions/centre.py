"""Region packs of the centre of Europe. German umlauts are letters; other marks are not read."""

from typing import Final

from platestream.vision.regions.pattern import UMLAUTS, without
from platestream.vision.regions.region import Region, series, wikipedia

_CANTON: Final = "(ZH|BE|LU|UR|SZ|OW|NW|GL|ZG|FR|SO|BS|BL|SH|AR|AI|SG|GR|AG|TG|TI|VD|VS|NE|GE|JU)"
# Umlauts are in districts alone: MÜ, TÜ, LÖ, ÖHR.
_GERMAN_DISTRICT: Final = f"[A-Z{UMLAUTS}]{{1,3}}"
_POLISH_FIRST: Final = "[A-PR-Z]"
_POLISH_DISTRICT: Final = _POLISH_FIRST + "[^Q]"
_CZECH_REGION: Final = "[ABCEHJKLMPSTUZ]"
_SLOVAK_DISTRICT: Final = (
    "(BA|BB|BJ|BL|BN|BR|BS|BT|BY|CA|DK|DS|DT|GA|GL|HC|HE|HN|IL|KA|KE|KK|KM|KN|KS|LC|LE|LM|LV|MA|MI|"
    "ML|MT|MY|NM|NO|NR|NZ|PB|PD|PE|PK|PN|PO|PP|PT|PU|PV|PX|RA|RK|RS|RV|SA|SB|SC|SE|SI|SK|SL|SN|SO|"
    "SP|SR|SV|TB|TC|TE|TN|TO|TR|TS|TT|TV|VK|VR|VT|VV|ZA|ZC|ZH|ZI|ZM|ZS|ZV)"
)

GERMANY: Final = Region(
    title="Germany",
    longest=8,
    formats={
        "civil": series(
            _GERMAN_DISTRICT + "@{1,2}[1-9]#{0,3}",
            valid="MAB1234 BA1 FFBAB123 MÜAB123 ÖHRA1 DÜWAB12",
            impossible="M1234AB ABCDÜ12 FFBAB12345",
            source="FZV, annexes 1 and 2",
        ),
        "electric, historic": series(
            _GERMAN_DISTRICT + "@{1,2}[1-9]#{0,3}[EH]",
            valid="HHAB12H FFBAB12E BAB1234E MA1234H TÜAB123E",
            source="kennzeichenwelt.de; FZV, annex 2",
        ),
        "authorities": series(
            _GERMAN_DISTRICT + "[1-9]#{2,5}",
            valid="THW12345 MÜ123 BP12345",
            source=wikipedia("Germany"),
        ),
        "short term, dealers, collectors": series(
            _GERMAN_DISTRICT + "0[3-7]#{2,4}",
            valid="B0412 M06123 B07123 B071234",
            source="kennzeichen-guide.de, red numbers",
        ),
        "diplomats": series("0[1-9]#{2,5}", valid="017123", source=wikipedia("Germany")),
    },
)

AUSTRIA: Final = Region(
    title="Austria",
    letters=without("Q"),
    longest=8,
    formats={
        "civil": series(
            "@{1,2}[1-9]#{0,4}@{1,3}", valid="W12345A LL123AB", source=wikipedia("Austria")
        ),
        "chosen": series("@{1,2}@{1,5}[1-9]#{0,4}", valid="WABC1", source=wikipedia("Austria")),
    },
)

SWITZERLAND: Final = Region(
    title="Switzerland",
    longest=8,
    formats={
        "by canton": series(
            _CANTON + "[1-9]#{0,5}",
            valid="ZH123456 AI1",
            impossible="XX1234 ZH012345",
            source=wikipedia("Switzerland"),
        ),
        "trade, customs": series(
            _CANTON + "[1-9]#{0,4}[UZ]", valid="ZH1234U ZH12345Z", source="suissebook.ch"
        ),
    },
)

LIECHTENSTEIN: Final = Region(
    title="Liechtenstein",
    longest=7,
    formats={
        "civil": series(
            "FL[1-9]#{0,4}",
            valid="FL12345 FL1",
            impossible="FL01234",
            source=wikipedia("Liechtenstein"),
        ),
    },
)

POLAND: Final = Region(
    title="Poland",
    # Not in the part after the district, where they would look like digits.
    letters=without("BDIOQZ"),
    longest=8,
    formats={
        "district of two letters": series(
            _POLISH_DISTRICT + "(#{5}|#{4}@|#{3}@{2}|#@#{3}|#@{2}#{2})",
            valid="WA12345 KR1AC23 XD12345 VW12345 MO1234A YZ123AA IK1A234",
            impossible="WA1234O QA12345",
            source="motonowosci.pl; moto.pl 2023-06, XD, IK, JR, MO, YZ, VW",
        ),
        "district of three letters": series(
            f"{_POLISH_DISTRICT}[^Q]"
            "(@#{3}|#{2}@{2}|#@#{2}|#{2}@#|#@{2}#|@{2}#{2}|#{5}|#{4}@|#{3}@{2}|@#{2}@|@#@{2})",
            valid="WPR1A23 WPR12345 WPRA123",
            source="stacja.com.pl; Dz.U. 2016 item 1038",
        ),
        "short": series(
            _POLISH_FIRST + "(#{3}|#{2}@|#@#|@#{2})",
            valid="K123 X123 V12A",
            source="moto.pl 2023-06",
        ),
        "motorcycles, mopeds": series(
            _POLISH_DISTRICT + "(#{4}|#{3}@|@#{3})",
            valid="KR1234 KR123A KRA123",
            source="stacja.com.pl; Dz.U. 2016 item 1038, par. 21",
        ),
        "chosen": series(
            _POLISH_FIRST + "#([^Q]{3,5}|[^Q]{2,4}#|[^Q]{1,3}#{2})",
            valid="W0KOWAL W1ABC W1ABC12",
            impossible="W0KOWA12",
            source="motoklub.pl, indywidualne",
        ),
        "professional": series(
            _POLISH_FIRST + "#{2}?{2}P?{2}",
            valid="W1212P34 W12P1P23",
            source="tabla.pl 2019-06-26; Dz.U. 2019 item 546",
        ),
    },
)

CZECHIA: Final = Region(
    title="Czechia",
    letters=without("GOQW"),
    longest=8,
    formats={
        "since 2001": series(
            f"#{_CZECH_REGION}?#{{4}}",
            valid="1A23456 1AB2345 2C12345",
            impossible="1D12345 1F12345 1AO1234",
            source=wikipedia("the Czech Republic"),
        ),
        "two letters after the region, since 2023": series(
            f"#{_CZECH_REGION}@{{2}}#{{3}}",
            valid="1AAA123 1ABA123 1ABB123",
            source="idnes.cz 2023-06; auto.cz 2023-06",
        ),
        "motorcycles": series(
            f"#{_CZECH_REGION}#{{4}}", valid="1A1234", source="vyhl. 243/2001, par. 16"
        ),
        "historic": series(
            "#{2}V#{4}", valid="01V1234", source="policka.org; vyhl. 243/2001, par. 16"
        ),
        "earlier": series(
            "@{2,3}#{4}", valid="ABC1234 AB1234", source=wikipedia("the Czech Republic")
        ),
        "electric": series(
            "EL#{3}@{2} EL@{2}#{3}", valid="EL123AB", source=wikipedia("the Czech Republic")
        ),
    },
)

SLOVAKIA: Final = Region(
    title="Slovakia",
    longest=7,
    formats={
        "civil": series("@{2}#{3}@{2}", valid="BA123AB AA001AA", source="topky.sk 2023-01"),
        "chosen": series(
            # Since 2023 any seven characters may be chosen: a shape that all would fit.
            _SLOVAK_DISTRICT + "(@{5}|@{4}#|@{3}#{2}) @{3}#@#@",
            valid="BAABCDE BAABC12 BAABCD1 AAA1B2C",
            impossible="XXABCDE",
            source="poisti.sk; topky.sk 2023-01",
        ),
        "diplomats, police": series(
            "(EE|ZZ|P)#{5}", valid="EE12345 ZZ12345 P12345", source="poisti.sk"
        ),
    },
)

HUNGARY: Final = Region(
    title="Hungary",
    longest=8,
    formats={
        "until 2022": series("@{3}#{3}", valid="ABC123", source=wikipedia("Hungary")),
        "since 2022": series(
            # The first two are both vowels or both consonants; Y may be either.
            "([AEIOUY]{2}|[^AEIOU]{2})@{2}#{3}",
            valid="AAAA001 BCDE123 AIBC123",
            impossible="ABCD123 BACD123",
            source=wikipedia("Hungary") + "; civilek.info",
        ),
        "chosen": series(
            "@{4}#{2} @{5}#{1,2} @{6}# @{3}#{4}",
            valid="ABCD12 ABCDE1 ABCDE12 ABCDEF1",
            source=wikipedia("Hungary"),
        ),
        "state, special": series(
            "(RA|MA|NA)#{5} (CK|DT|OT|RB)#{4} [EMPVZ]#{5} CD#{6}",
            valid="RA12345 MA12345 NA12345 CK1234 DT1234 OT1234 RB1234 E12345 CD123456",
            source="podalnici.cz, Hungary; liquisearch.com",
        ),
    },
)
