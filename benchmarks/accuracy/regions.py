"""What number formats bring: read exactly with none, with the right region's, with all.

``python -m benchmarks.accuracy.regions --data DATA [--limit 100] [--folders aolp_ac peru_crops]``

Over the held-out pictures whose texts are known. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.accuracy.sets import SETS, PictureSet
from benchmarks.accuracy.tables import number, percent, table
from platestream.cli.evaluate.figures import confidences_of, expected_calibration_error
from platestream.cli.evaluate.measure import evaluate
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.regions.formats import Formats
from platestream.vision.settings import PictureLimits, VisionSettings

if TYPE_CHECKING:
    from platestream.cli.evaluate.labels import LabelledPicture
    from platestream.cli.evaluate.outcomes import PlateOutcome

# What the pictures of a folder show; all others with texts are Chinese.
_REGIONS: Final = {
    "aolp_ac": "tw",
    "european_crops": "eu",
    "chile_crops": "cl",
    "vietnam_crops": "vn",
    "peru_crops": "pe",
    "uzbekistan_crops": "uz",
}
HEAD: Final = [
    "set", "region", "plates", "labels that fit %", "read %: no region", "its region",
    "all regions", "right of reported %: no region", "its region, strict", "reported %: strict",
    "ECE: no region", "its region",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """The plates of one set, read in the same order without formats, with its own, with all."""

    of: PictureSet
    region: str
    formats: Formats
    without: list[PlateOutcome]
    own: list[PlateOutcome]
    all: list[PlateOutcome]

    def row(self) -> list[str]:
        """The set's line of the table."""
        strict = [
            plate
            for plate in self.own
            if plate.reading is not None and self.formats.fits(plate.reading.plate_number)
        ]
        found = [plate for plate in self.without if plate.reading is not None]
        labels = [self.formats.fits(plate.label.text) for plate in self.own]
        return [
            self.of.title,
            self.region,
            str(len(self.own)),
            percent(sum(labels) / len(labels)),
            *(percent(_read(plates) / len(plates)) for plates in (self.without, self.own)),
            percent(_read(self.all) / len(self.all)),
            percent(_read(found) / max(len(found), 1)),
            percent(_read(strict) / max(len(strict), 1)),
            percent(len(strict) / len(self.own)),
            number(expected_calibration_error(confidences_of(self.without))),
            number(expected_calibration_error(confidences_of(self.own))),
        ]


def _read(plates: list[PlateOutcome]) -> int:
    return sum(plate.is_read for plate in plates)


def _plates(
    pictures: list[LabelledPicture], models: ModelBundle, regions: tuple[str, ...]
) -> list[PlateOutcome]:
    reader = PlateReader(models, threads=1, settings=VisionSettings(regions=regions))
    outcomes = evaluate(pictures, reader, PictureLimits(min_side=1)).outcomes
    return [plate for outcome in outcomes for plate in outcome.plates if plate.label.text]


def measure(
    chosen: PictureSet, data: Path, models: ModelBundle, limit: int | None
) -> Outcome | None:
    """Read a set three times; None where no text is known.

    Raises:
        LabelError: if a label file is missing or broken.
    """
    pictures = [
        picture
        for picture in chosen.pictures(data, limit)
        if any(plate.text for plate in picture.plates)
    ]
    if not pictures:
        return None
    region = _REGIONS.get(chosen.folders[0], "cn")
    return Outcome(
        of=chosen,
        region=region,
        formats=Formats.of([region], models.manifest.recognizer.alphabet),
        without=_plates(pictures, models, ()),
        own=_plates(pictures, models, (region,)),
        all=_plates(pictures, models, ("all",)),
    )


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy.regions",
        description=(__doc__ or "").split("\n", 1)[0],
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--bundle", type=Path, help="the packaged one when not given")
    parser.add_argument("--limit", type=int, help="most pictures per folder, for a quick look")
    parser.add_argument("--folders", nargs="+", help="only these data sets")
    options = parser.parse_args(arguments)
    models = ModelBundle.load(options.bundle)
    print(f"{models.model}\n\n{table(HEAD, [])}", flush=True)
    for chosen in SETS:
        if options.folders and not set(options.folders) & set(chosen.folders):
            continue
        if not chosen.in_total:  # measured within another set
            continue
        if not all((options.data / folder).is_dir() for folder in chosen.folders):
            continue
        outcome = measure(chosen, options.data, models, options.limit)
        if outcome is not None:
            print("| " + " | ".join(outcome.row()) + " |", flush=True)


if __name__ == "__main__":
    main()
