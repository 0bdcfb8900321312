"""Region packs of the north of Europe."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region, series, wikipedia

DENMARK: Final = Region(
    title="Denmark",
    longest=7,
    formats={
        "civil": series(
            "@{2}[1-9]#{4}",
            valid="AB12345",
            impossible="AB00001 A12345",
            source=wikipedia("Denmark"),
        ),
        "trailers": series("@{2}[1-9]#{3}", valid="AB1234", source=wikipedia("Denmark")),
        "large mopeds, tractors": series(
            "@{2}[1-9]#{2}", valid="AB123", source=wikipedia("Denmark")
        ),
    },
)

NORWAY: Final = Region(
    title="Norway",
    # G only before an A: gas. I, O and Q would look like digits.
    letters=without("GIOQ"),
    longest=7,
    formats={
        "civil": series(
            "@{2}[1-9]#{4} GA[1-9]#{4}",
            valid="AB12345 EL12345 EH10000 GA12345",
            impossible="IO12345 GB12345 AB00001",
            source="elbil.no 2023-07; nrk.no 2019-04",
        ),
        "motorcycles, trailers, tractors": series(
            "@{2}[1-9]#{3}", valid="AB1234", impossible="AB0001", source="nrk.no 2019-04"
        ),
    },
)

SWEDEN: Final = Region(
    title="Sweden",
    letters=without("IQV"),
    longest=7,
    formats={
        "civil": series(
            "@{3}#{3} @{3}#{2}[^IOQV]",
            valid="ABC123 ABC12D",
            impossible="IBC123 ABC12O",
            source=wikipedia("Sweden"),
        ),
        "taxis": series(
            "@{3}#{3}T @{3}#{2}[^IOQV]T",
            valid="ABC123T",
            source="de.wikipedia.org, Kfz-Kennzeichen (Schweden)",
        ),
        "diplomats": series("@{2}#{3}@", valid="AB123C", source="podalnici.cz, Sweden"),
    },
)

FINLAND: Final = Region(
    title="Finland",
    longest=6,
    formats={
        "civil": series("@{2,3}[1-9]#{0,2}", valid="ABC123 AB1", source=wikipedia("Finland")),
        "diplomats": series(
            "CD[1-9]#{0,3} C[1-9]#{0,4}",
            valid="CD1234 C12345",
            source="PEAR package Validate_FI",
        ),
    },
)

ICELAND: Final = Region(
    title="Iceland",
    longest=5,
    formats={
        "since 1989": series(
            "@{2}?#{2}", valid="AB123 ABC12", impossible="AB12C", source=wikipedia("Iceland")
        ),
    },
)

ESTONIA: Final = Region(
    title="Estonia",
    longest=6,
    formats={
        "civil": series("#{3}@{3}", valid="123ABC", source=wikipedia("Estonia")),
        "motorcycles": series("#{2}@{2}", valid="12AB", source=wikipedia("Estonia")),
    },
)

LATVIA: Final = Region(
    title="Latvia",
    letters=without("IQWXY"),
    longest=6,
    formats={
        "civil": series(
            "@{2}[1-9]#{0,3}",
            valid="AB1234 AB1",
            impossible="IQ1234 WY1234",
            source="de.zxc.wiki, Kfz-Kennzeichen (Lettland)",
        ),
        "electric, taxis": series(
            "(EX|TX|TQ)[1-9]#{0,3}",
            valid="EX1234 TX123 TQ1234",
            source="de.zxc.wiki, Kfz-Kennzeichen (Lettland); loli.expert",
        ),
        "trailers": series(
            "@[1-9]#{0,3}", valid="A1234", source="de.zxc.wiki, Kfz-Kennzeichen (Lettland)"
        ),
    },
)

LITHUANIA: Final = Region(
    title="Lithuania",
    letters=without("QWX"),
    longest=6,
    formats={
        "cars": series("@{3}#{3}", valid="ABC123", source=wikipedia("Lithuania")),
        "electric": series("E@#{4}", valid="EA1234", source=wikipedia("Lithuania")),
        "motorcycles": series("#{3}@{2}", valid="123AB", source=wikipedia("Lithuania")),
        "taxis, diplomats": series(
            "T#{5} #{6}", valid="T12345 123456", source=wikipedia("Lithuania") + "; regitra.lt"
        ),
    },
)
