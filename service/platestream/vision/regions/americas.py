"""Region packs of the Americas."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region

UNITED_STATES: Final = Region(
    title="United States (usual passenger series)",
    longest=8,
    # Fifty issuers: only the shapes that several of them use. What drivers choose fits none.
    formats={
        "three letters": ("@{3}#{3,4}", "#{3,4}@{3}", "#@{3}#{2,3}", "@{3}#{2}@", "#@{3}#{3}"),
        "two letters": ("@{2}#{4,5}", "#{4,5}@{2}", "@{2}#{3}@{2}", "#{2,3}@{2}#{2}", "@#{2}@{2}#"),
        "one letter": ("@#{5,6}", "#{5,6}@", "#{2,3}@#{3}"),
        "letter, digits, letters": ("@#{2}@{3}", "#{3}@{2}#", "#@{2}#{3,4}"),
        "digits": ("#{5,7}",),
    },
)

BRAZIL: Final = Region(
    title="Brazil",
    longest=7,
    formats={"until 2018": ("@{3}#{4}",), "Mercosur": ("@{3}#@#{2}",)},
)

ARGENTINA: Final = Region(
    title="Argentina",
    longest=7,
    formats={
        "until 2016": ("@{3}#{3}",),
        "Mercosur": ("@{2}#{3}@{2}",),
        "motorcycles": ("#{3}@{3}", "@#{3}@{3}"),
    },
)

CHILE: Final = Region(
    title="Chile",
    # Series without vowels, M, N and Q; the older ones of two letters have more of them.
    letters=without("AEIOUMNQ"),
    longest=6,
    formats={
        "until 2007": ("[A-Z]{2}#{4}",),
        "since 2007": ("@{4}#{2}",),
        "five letters": ("@{5}#",),
        "motorcycles": ("@{2}#{3}", "@{3}#{2,3}"),
        "police": ("Z#{4}", "RP#{4}"),
    },
)

PERU: Final = Region(
    title="Peru",
    longest=6,
    formats={
        "since 2010": ("@?{2}#{3}",),
        "earlier": ("@{2}#{4}", "@{3}#{3}"),
        "motorcycles and mototaxis": ("#{4}?@", "#{4}@?", "@{2}#{4}"),
        "state": ("E[PGUXA]#{4}",),
    },
)
