"""Region packs of the north of Europe."""

from typing import Final

from platestream.vision.regions.pattern import without
from platestream.vision.regions.region import Region

DENMARK: Final = Region(title="Denmark", longest=7, formats={"civil": ("@{2}#{5}",)})

NORWAY: Final = Region(title="Norway", longest=7, formats={"civil": ("@{2}#{4,5}",)})

SWEDEN: Final = Region(
    title="Sweden",
    letters=without("IQV"),
    longest=6,
    formats={"civil": ("@{3}#{3}", "@{3}#{2}[^IOQV]")},
)

FINLAND: Final = Region(title="Finland", longest=6, formats={"civil": ("@{2,3}[1-9]#{0,2}",)})

ESTONIA: Final = Region(
    title="Estonia", longest=6, formats={"civil": ("#{3}@{3}",), "motorcycles": ("#{2}@{2}",)}
)

LATVIA: Final = Region(title="Latvia", longest=6, formats={"civil": ("@{2}[1-9]#{0,3}",)})

LITHUANIA: Final = Region(
    title="Lithuania",
    letters=without("QWX"),
    longest=6,
    formats={"cars": ("@{3}#{3}",), "electric": ("E@#{4}",), "motorcycles": ("#{3}@{2}",)},
)
