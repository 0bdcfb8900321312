"""The demo's own pictures: drawn, so that what stands on their plates is known."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from platestream.cli.evaluate.matching import match_one_to_one
from platestream.cli.exits import CliError, ExitCode
from platestream.cli.pictures import expand

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DrawnPlate:
    """A plate as it was drawn: its text and its corners in pixels."""

    text: str
    corners: Corners


Truth = Mapping[str, Sequence[DrawnPlate]]
"""The drawn plates of each picture, by the picture's name."""


def bundled_pictures() -> list[Path]:
    """The pictures that the package carries.

    Raises:
        CliError: If the installation has none.
    """
    paths = list(expand([_folder()]))
    if not paths:
        raise CliError("This installation carries no demo pictures; name some.", ExitCode.FATAL)
    return paths


def bundled_truth() -> Truth:
    """What was drawn into them; empty where the package does not say."""
    path = _folder() / "truth.json"
    if not path.is_file():
        return {}
    pictures = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: [
            DrawnPlate(plate["text"], tuple((x, y) for x, y in plate["corners"]))
            for plate in plates
        ]
        for name, plates in pictures.items()
    }


def drawn_texts(drawn: Sequence[DrawnPlate], events: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Which drawn text each plate event belongs to, by the event's place in ``events``."""
    matched = match_one_to_one(
        [plate.corners for plate in drawn],
        [[(x, y) for x, y in event["plate"]["plate_location"]] for event in events],
    )
    return {event: drawn[plate].text for plate, event in matched.items()}


def _folder() -> Path:
    return Path(str(resources.files("platestream.cli"))) / "demo_pictures"
