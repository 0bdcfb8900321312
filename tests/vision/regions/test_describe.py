from pathlib import Path

from platestream.vision.regions.describe import describe
from platestream.vision.regions.table import GROUPS, REGIONS

PAGE = Path(__file__).parents[3] / "docs" / "REGIONS.md"


def test_the_page_lists_what_the_service_knows() -> None:
    """Mend it with ``python -m platestream.vision.regions.describe``."""
    _, after = PAGE.read_text("utf-8").split(
        "<!-- formats: python -m platestream.vision.regions.describe -->"
    )
    listed, _ = after.split("<!-- end of formats -->")
    assert listed.strip() == describe()


def test_every_name_has_a_row() -> None:
    rows = [line for line in describe().splitlines() if line.startswith("| `")]
    assert len(rows) == len(REGIONS) + len(GROUPS)
    assert "[province]" in describe()
