"""The regions and their formats as Markdown: the list in ``docs/REGIONS.md``.

``python -m platestream.vision.regions.describe``
"""

import sys

from platestream.vision.regions.china import PROVINCE
from platestream.vision.regions.pattern import LETTERS
from platestream.vision.regions.region import Region
from platestream.vision.regions.table import GROUPS, REGIONS

# Longer lists (every canton) say nothing more than their beginning.
_MOST_SHOWN = 12


def describe() -> str:
    """Return a table of all regions, by name, and one of the groups."""
    lines = ["| name | region | `@` is | formats |", "| --- | --- | --- | --- |"]
    lines += [_row(name, region) for name, region in sorted(REGIONS.items())]
    lines += ["", "| name | stands for |", "| --- | --- |"]
    lines += [f"| `{name}` | {' '.join(members)} |" for name, members in sorted(GROUPS.items())]
    return "\n".join(lines)


def _row(name: str, region: Region) -> str:
    formats = "; ".join(
        f"{kind}: {_patterns(patterns)}" for kind, patterns in region.formats.items()
    )
    return f"| `{name}` | {region.title} | {_letters(region.letters)} | {formats} |"


def _letters(letters: str) -> str:
    if len(letters) * 2 < len(LETTERS):
        return " ".join(letters)
    missing = [letter for letter in LETTERS if letter not in letters]
    return f"all but {' '.join(missing)}" if missing else "all"


def _patterns(patterns: tuple[str, ...]) -> str:
    shown = " ".join(f"`{pattern}`" for pattern in patterns[:_MOST_SHOWN])
    shown = shown.replace(PROVINCE, "[province]")
    left = len(patterns) - _MOST_SHOWN
    return f"{shown} and {left} more" if left > 0 else shown


if __name__ == "__main__":
    sys.stdout.write(describe() + "\n")
