"""The code of a page, as its readers copy it."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_FENCE: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str, *, under: str | None = None) -> list[str]:
    """Return the blocks of code of a page of the repository, in order.

    Args:
        page: Its path from the repository's root.
        language: That of the fence, such as ``python``.
        under: The heading that they stand below, without its marks; the whole page when None.

    Raises:
        ValueError: if there is no such heading.
    """
    text = (ROOT / page).read_text("utf-8")
    if under is not None:
        found = re.search(
            rf"^(#+) {re.escape(under)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.MULTILINE | re.DOTALL
        )
        if found is None:
            raise ValueError(f"{page} has no heading {under!r}")
        text = found.group(2)
    return [code for kind, code in _FENCE.findall(text) if kind == language]
