"""Region packs of Oceania."""

from typing import Final

from platestream.vision.regions.region import Region, series, wikipedia

AUSTRALIA: Final = Region(
    title="Australia (cars of the states and territories)",
    longest=7,
    formats={
        "New South Wales": series(
            "@{2}#{2}@{2} @{3}#{2}@", valid="AB12CD DKY00A", source=wikipedia("Australia")
        ),
        "Victoria": series("#@{2}#@{2}", valid="1AB2CD", source=wikipedia("Australia")),
        "Queensland": series(
            "#{3}@{2}#", valid="123AB4", source="australianseniorsnews.com.au, 000-AA0"
        ),
        "South Australia": series("S#{3}@{3}", valid="S000BWE", source=wikipedia("Australia")),
        "Western Australia": series("1@{3}#{3}", valid="1ABC234", source=wikipedia("Australia")),
        "Tasmania": series("[A-L]#{2}@{2}", valid="H00QS", source=wikipedia("Australia")),
        "Northern Territory": series("C@#{2}@{2}", valid="CD15AA", source=wikipedia("Australia")),
        "Capital Territory": series("Y@{2}#{2}@", valid="YLS00A", source=wikipedia("Australia")),
        "earlier": series(
            "@{3}#{3} #{3}@{3} #@{2}#{3}",
            valid="ABC123 123ABC 6AB123",
            source=wikipedia("Australia"),
        ),
    },
)
