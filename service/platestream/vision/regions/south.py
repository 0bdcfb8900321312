"""Region packs of Italy, Greece and the Balkans. Letters with marks are read without them."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region, series, wikipedia

_BULGARIAN: Final = "[ABCEHKMOPTXY]"
_BULGARIAN_SERIAL: Final = "[ABCEHKMPTX]"
_BOSNIAN: Final = "AEJKMOT"
_CROATIAN_TOWN: Final = (
    "(BJ|BM|CK|DA|DE|DJ|DU|GS|IM|KA|KC|KR|KT|KZ|MA|NA|NG|OG|OS|PS|PU|PZ|RI|SB|SI|SK|SL|ST|VK|VT|VU|"
    "VZ|ZD|ZG|ZU)"
)
_SLOVENIAN_TOWN: Final = "(CE|GO|KK|KP|KR|LJ|MB|MS|NM|PO|SG)"
_ROMANIAN_COUNTY: Final = (
    "(AB|AR|AG|BC|BH|BN|BR|BT|BV|BZ|CJ|CL|CS|CT|CV|DB|DJ|GJ|GL|GR|HD|HR|IF|IL|IS|MH|MM|MS|NT|OT|PH|"
    "SB|SJ|SM|SV|TL|TM|TR|VL|VN|VS)"
)
_MACEDONIAN_TOWN: Final = (
    "(BE|BT|DB|DE|DH|GE|GV|KA|KI|KO|KP|KS|KU|NE|OH|PP|RA|RE|SK|SN|SR|ST|SU|TE|TV|VE|VI|VV)"
)

_MONTENEGRIN_TOWN: Final = (
    "(AN|BA|BD|BP|BR|CT|DG|GS|HN|KL|KO|MK|NK|PG|PL|PT|PV|PZ|RO|SN|TV|TZ|UL|ZB|ZT)"
)

ITALY: Final = Region(
    title="Italy",
    letters=without("IOQU"),
    longest=8,
    formats={
        "since 1994": series(
            "@{2}#{3}@{2}", valid="AB123CD", impossible="AO123CD AB123CU", source=wikipedia("Italy")
        ),
        "motorcycles": series("@{2}#{5}", valid="AB12345", source=wikipedia("Italy")),
        "mopeds": series(
            "X[2-9BCDFGHJ-NPRSTV-Z]{5}",
            valid="X22222 X2BCDF",
            impossible="X2A222 X1BCDF",
            source="it.discussioni.codice-della-strada, X del nuovo targhino",
        ),
        "earlier, by province": series(
            "[A-Z]{2}[0-9ABD-HKLMNPRTV-Z]#{5}", valid="RM123456 RMA12345", source=wikipedia("Italy")
        ),
    },
)

SAN_MARINO: Final = Region(
    title="San Marino",
    longest=5,
    formats={"civil": series("@#{4}", valid="A1234", source=wikipedia("San Marino"))},
)

VATICAN: Final = Region(
    title="Vatican City",
    longest=8,
    formats={
        "all": series(
            "SCV#{1,5} CV#{5}",
            valid="SCV1 SCV12345 CV12345",
            source="de.wiki.li, Kfz-Kennzeichen (Vatikanstadt)",
        )
    },
)

MALTA: Final = Region(
    title="Malta",
    longest=6,
    formats={
        "since 1995": series("@{3}#{3}", valid="ABC123", source="kennzeichen-guide.de, Malta")
    },
)

CYPRUS: Final = Region(
    title="Cyprus",
    longest=6,
    formats={"civil": series("@{3}#{3}", valid="ABC123 ZAB123", source=wikipedia("Cyprus"))},
)

GREECE: Final = Region(
    title="Greece",
    letters="ABEZHIKMNOPTYX",
    longest=7,
    formats={
        "cars": series(
            "@{3}#{4}", valid="ABE1234", impossible="ABC1234", source=wikipedia("Greece")
        ),
        "motorcycles": series("@{3}#{2,3}", valid="ABE123 ABE12", source=wikipedia("Greece")),
    },
)

SLOVENIA: Final = Region(
    title="Slovenia",
    letters=without("QWXY"),
    longest=8,
    formats={
        "by district": series(
            _SLOVENIAN_TOWN + "(#{3}@{2}|@#{4}|#{4}@|@{2}#{3})",
            valid="LJ123AB MBA1234",
            impossible="ZZ123AB",
            source=wikipedia("Slovenia"),
        ),
        "with a letter among the digits": series(
            _SLOVENIAN_TOWN + "(#{2}@#{2}|#@#{3}|@#{2}@#)",
            valid="LJ12A34 LJ1A234 LJA12B3",
            source=wikipedia("Slovenia"),
        ),
    },
)

CROATIA: Final = Region(
    title="Croatia",
    letters=without("QWXY"),
    longest=8,
    formats={
        "civil": series(
            _CROATIAN_TOWN + "#{3,4}@{1,2}",
            valid="ZG1234AB CK123A",
            impossible="ZZ1234AB",
            source=wikipedia("Croatia"),
        ),
    },
)

BOSNIA: Final = Region(
    title="Bosnia and Herzegovina",
    letters=_BOSNIAN,
    longest=8,
    formats={
        "since 1998": series(
            "@#{2}@#{3}",
            valid="A12K345 T99O001",
            impossible="B12K345 A12C345",
            source=wikipedia("Bosnia and Herzegovina"),
        ),
        "taxis, temporary": series(
            "(TA|TT)#{6}", valid="TA123456 TT123456", source=wikipedia("Bosnia and Herzegovina")
        ),
        "diplomats": series(
            "#{2}[ACEM]#{3}", valid="12A345", source=wikipedia("Bosnia and Herzegovina")
        ),
    },
)

SERBIA: Final = Region(
    title="Serbia",
    longest=9,
    formats={
        "civil": series("@{2}#{3,5}@{2}", valid="BG123AB BG12345AB", source=wikipedia("Serbia"))
    },
)

MONTENEGRO: Final = Region(
    title="Montenegro",
    letters=without("IOQWXY"),
    longest=7,
    formats={
        "since 2008": series(
            _MONTENEGRIN_TOWN + "(@{2}#{2,3}|#{3}@{2})",
            valid="PGAB123 PGAB12 PG123AB",
            impossible="XXAB123 PGAO123",
            source=wikipedia("Montenegro") + "; de.zxc.wiki, Kfz-Kennzeichen (Montenegro)",
        ),
    },
)

KOSOVO: Final = Region(
    title="Kosovo",
    longest=7,
    formats={
        "since 2010": series(
            "0[1-7]#{3}@{2}",
            valid="01123AB 07999ZZ",
            impossible="08123AB 00123AB",
            source=wikipedia("Kosovo"),
        ),
    },
)

ALBANIA: Final = Region(
    title="Albania",
    longest=7,
    formats={
        "since 2011": series("@{2}#{3}@{2}", valid="AB123CD", source=wikipedia("Albania")),
        "motorcycles, trailers, taxis": series(
            "@{2}#{3} @{2}R#{3} @{2}#{3}T",
            valid="AA123 AAR123 AA123T",
            source=wikipedia("Albania"),
        ),
        "until 2011, by district": series(
            "@{2}#{4}@", valid="KO1234A", source=wikipedia("Albania")
        ),
    },
)

NORTH_MACEDONIA: Final = Region(
    title="North Macedonia",
    longest=8,
    formats={
        "civil": series(
            _MACEDONIAN_TOWN + "#{3,4}@{2}",
            valid="SK1234AB OH123AB",
            impossible="ZZ1234AB",
            source="kennzeichen-guide.de, Nordmazedonien",
        ),
    },
)

ROMANIA: Final = Region(
    title="Romania",
    letters=without("Q"),
    longest=8,
    formats={
        "Bucharest": series(
            "B#{2,3}[^IOQ]@{2}",
            valid="B12ABC B123ABC",
            impossible="B12IBC",
            source=wikipedia("Romania"),
        ),
        "counties": series(
            _ROMANIAN_COUNTY + "#{2}[^IOQ]@{2}",
            valid="CJ12ABC IF99XYZ",
            impossible="ZZ12ABC",
            source=wikipedia("Romania"),
        ),
        "provisional": series(
            f"(B|{_ROMANIAN_COUNTY})#{{3,6}}", valid="B123456 CJ1234", source=wikipedia("Romania")
        ),
    },
)

BULGARIA: Final = Region(
    title="Bulgaria",
    longest=8,
    formats={
        "civil": series(
            f"{_BULGARIAN}{{1,2}}#{{4}}{_BULGARIAN_SERIAL}{{2}}",
            valid="CA1234AB A1234BC",
            impossible="CB1234OY CB1234AO",
            source=wikipedia("Bulgaria"),
        ),
        "motorcycles, mopeds": series(
            f"{_BULGARIAN}{{1,2}}#{{4}}{_BULGARIAN_SERIAL}",
            valid="CB1234A",
            source="wikisum.wiki, Bulgarian car number plates",
        ),
        "temporary": series(
            "#{3}[BHT]#{3}",
            valid="123B456 123H456 123T456",
            source="wikisum.wiki, Bulgarian car number plates",
        ),
    },
)
