"""Small plates in large frames: found, read, false plates and cost, by canvas.

``python -m benchmarks.accuracy.large_frames --data DATA [--size 3840 2160] [--tile-scales 2 3]``

Three kinds of frames, all composed anew from the same seed:

- photos: held-out photos, shrunk until their plates are 15 to 60 pixels high, on
  a noisy grey ground or a drawn street;
- streets: nine drawn scenes side by side;
- street: one drawn scene over the whole frame, whose plates are large: no canvas may spoil them.

Prints Markdown tables: one row per canvas. Times are processor time of one thread.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2

from benchmarks.accuracy.frames import Frame, large_frames, mosaic_frames, photo_frames
from benchmarks.accuracy.tables import percent, table
from platestream.cli.evaluate.labels import LabelledPicture
from platestream.cli.evaluate.outcomes import PictureOutcome, PlateOutcome, judge
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.settings import VisionSettings

if TYPE_CHECKING:
    from collections.abc import Iterator


KINDS: Final = ("photos", "streets", "street")
_HEIGHT_EDGES: Final = (0, 18, 24, 36, 10_000)


@dataclass(slots=True)
class Tally:
    """What came of one way of tiling."""

    outcomes: list[PictureOutcome] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def plates(self) -> list[PlateOutcome]:
        """All plates of all frames."""
        return [plate for outcome in self.outcomes for plate in outcome.plates]


def measure(frames: Iterator[Frame], readers: dict[str, PlateReader]) -> dict[str, Tally]:
    """Read every frame in every way, one after the other, so that none has a quieter machine."""
    tallies = {name: Tally() for name in readers}
    for frame in frames:
        labelled = LabelledPicture(
            path=Path("frame"), dataset="frames", kind="corners", plates=frame.plates
        )
        height, width = frame.picture.shape[:2]
        for name, reader in readers.items():
            start = time.process_time()
            (readings,) = reader.read([frame.picture])
            seconds = time.process_time() - start
            tallies[name].seconds += seconds
            tallies[name].outcomes.append(
                judge(labelled, (height, width), readings, seconds * 1000)
            )
    return tallies


def rows_of(tallies: dict[str, Tally]) -> list[list[str]]:
    """One row for each way: plates, found, read, by height, false per frame, processor time."""
    rows = []
    for name, tally in tallies.items():
        plates = tally.plates
        frames = max(len(tally.outcomes), 1)
        cells = [name, str(len(plates)), *_rates(plates)]
        for low, high in pairwise(_HEIGHT_EDGES):
            members = [p for p in plates if p.height is not None and low <= p.height < high]
            cells.append(" / ".join(_rates(members)) if members else "–")
        false = sum(len(outcome.false_plates) for outcome in tally.outcomes)
        cells += [f"{false / frames:.2f}", f"{tally.seconds / frames * 1000:.0f}"]
        rows.append(cells)
    return rows


def _rates(plates: list[PlateOutcome]) -> list[str]:
    count = max(len(plates), 1)
    found = sum(plate.reading is not None for plate in plates) / count
    read = sum(plate.is_read for plate in plates) / count
    return [percent(found), percent(read)]


HEAD: Final = [
    "canvas", "plates", "found %", "read %", "below 18 px", "18-24 px", "24-36 px", "36 px on",
    "false per frame", "CPU ms per frame",
]  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy.large_frames",
        description=(__doc__ or "").split("\n", 1)[0],
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--bundle", type=Path, help="the packaged one when not given")
    parser.add_argument("--frames", type=int, default=8, help="frames of each kind")
    parser.add_argument("--tile-scales", type=float, nargs="+", default=[2.0, 2.5, 3.0, 4.0])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument(
        "--size", type=int, nargs=2, default=(3840, 2160), metavar=("WIDTH", "HEIGHT")
    )
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args(arguments)
    size = (options.size[1], options.size[0])
    models = ModelBundle.load(options.bundle)
    ways = {"off": VisionSettings(tiling=False)} | {
        f"scale {scale:g}": VisionSettings(tile_scale=scale, max_tiles=32)
        for scale in options.tile_scales
    }
    readers = {
        name: PlateReader(models, threads=1, settings=chosen) for name, chosen in ways.items()
    }
    for reader in readers.values():
        reader.warm_up()
    cv2.setNumThreads(1)
    kinds = {
        "photos": photo_frames(options.data, size, options.frames, options.seed),
        "streets": mosaic_frames(size, options.frames, options.seed),
        "street": large_frames(size, options.frames, options.seed),
    }
    for kind in options.kinds:
        rows = rows_of(measure(kinds[kind], readers))
        print(f"{kind} ({models.model}):\n")
        print(table(HEAD, rows) + "\n", flush=True)


if __name__ == "__main__":
    main()
