"""The regions and their formats as Markdown: the list in ``docs/REGIONS.md``.

``python -m platestream.vision.regions.describe``
"""

import re
import sys

from platestream.vision.regions.china import PROVINCE
from platestream.vision.regions.pattern import LETTERS
from platestream.vision.regions.region import Region, Series
from platestream.vision.regions.table import GROUPS, REGIONS

# Longer lists of alternatives (every canton) say nothing more than their beginning.
_MOST_SHOWN = 12
_GROUP = re.compile(r"\(([^()]*)\)")


def describe() -> str:
    """Return a table of all regions, by name, and one of the groups."""
    lines = ["| name | region | `@` is | formats |", "| --- | --- | --- | --- |"]
    lines += [_row(name, region) for name, region in sorted(REGIONS.items())]
    lines += ["", "| name | stands for |", "| --- | --- |"]
    lines += [f"| `{name}` | {' '.join(members)} |" for name, members in sorted(GROUPS.items())]
    return "\n".join(lines)


def _row(name: str, region: Region) -> str:
    formats = "; ".join(f"{about}: {_patterns(one)}" for about, one in region.formats.items())
    return f"| `{name}` | {region.title} | {_letters(region.letters)} | {formats} |"


def _letters(letters: str) -> str:
    if len(letters) * 2 < len(LETTERS):
        return " ".join(letters)
    missing = [letter for letter in LETTERS if letter not in letters]
    return f"all but {' '.join(missing)}" if missing else "all"


def _patterns(one: Series) -> str:
    # A bar would end the cell.
    shown = (_GROUP.sub(_shortened, pattern).replace("|", "\\|") for pattern in one.patterns)
    return " ".join(f"`{pattern}`" for pattern in shown).replace(PROVINCE, "[province]")


def _shortened(group: re.Match[str]) -> str:
    choices = group[1].split("|")
    if len(choices) <= _MOST_SHOWN:
        return group[0]
    return f"({'|'.join(choices[:_MOST_SHOWN])}|… {len(choices) - _MOST_SHOWN} more)"


if __name__ == "__main__":
    sys.stdout.write(describe() + "\n")
