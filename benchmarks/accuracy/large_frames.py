"""Small plates in large frames: found, read, false plates and cost, by how frames are tiled.

``python -m benchmarks.accuracy.large_frames --data DATA [--size 3840 2160] [--tile-scales 2 3]``

Three kinds of frames, all composed anew from the same seed:

- photos: held-out photos, shrunk until their plates are 15 to 60 pixels high, on
  a noisy grey ground or a drawn street;
- streets: nine drawn scenes side by side;
- street: one drawn scene over the whole frame, whose plates are large: what tiles must not spoil.

Prints Markdown tables: one row per way of tiling. Times are processor time of one thread.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from benchmarks.accuracy.tables import percent, table
from platestream.cli.evaluate.labels import LabelledPicture, LabelledPlate, read_labels
from platestream.cli.evaluate.scoring import PictureOutcome, PlateOutcome, judge
from platestream.cli.pictures import load
from platestream.vision.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings
from training.scenes.backgrounds import PLACES
from training.scenes.scene import draw_scene
from training.scenes.shapes import noise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from platestream.cli.evaluate.labels import Corners
    from platestream.vision.arrays import UInt8Array

Size = tuple[int, int]
"""Height and width of a frame, pixels."""
KINDS: Final = ("photos", "streets", "street")
# Photos whose plates are located well: of cars at gates and at the roadside.
_FOLDERS: Final = ("ccpd_subset", "aolp_ac", "easypr_general_test")
_PLATE_HEIGHTS: Final = (15, 18, 22, 27, 33, 40, 49, 60)
_PHOTOS_PER_FRAME: Final = 8
_HEIGHT_EDGES: Final = (0, 18, 24, 36, 10_000)


@dataclass(frozen=True, slots=True)
class Frame:
    """A composed frame, uint8 BGR ``[H, W, 3]``, and the plates in it."""

    picture: UInt8Array
    plates: tuple[LabelledPlate, ...]


@dataclass(slots=True)
class Tally:
    """What came of one way of tiling."""

    outcomes: list[PictureOutcome] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def plates(self) -> list[PlateOutcome]:
        """All plates of all frames."""
        return [plate for outcome in self.outcomes for plate in outcome.plates]


def photo_frames(data: Path, size: Size, count: int, seed: int) -> Iterator[Frame]:
    """Compose frames of held-out photos.

    Raises:
        LabelError: if a label file is missing or broken.
    """
    rows = [
        row
        for folder in _FOLDERS
        for row in read_labels([data / folder / "labels.csv"], split="dev")
        if row.plates and all(plate.corners and plate.text for plate in row.plates)
    ]
    rng = np.random.default_rng(seed)
    for number in range(count):
        picture = _ground(rng, size) if number % 2 else _street(rng, size)
        plates: list[LabelledPlate] = []
        taken: list[tuple[int, int, int, int]] = []
        for place in range(_PHOTOS_PER_FRAME):
            height = _PLATE_HEIGHTS[(number + place) % len(_PLATE_HEIGHTS)]
            plates += _add_photo(rng, picture, taken, rows[int(rng.integers(len(rows)))], height)
        yield Frame(picture, tuple(plates))


def mosaic_frames(size: Size, count: int, seed: int) -> Iterator[Frame]:
    """Draw frames of nine scenes each."""
    for number in range(count):
        height, width = size[0] // 3, size[1] // 3
        picture = np.zeros((*size, 3), np.uint8)
        plates: list[LabelledPlate] = []
        for cell in range(9):
            rng = np.random.default_rng([seed, number, cell])
            scene = draw_scene(rng, width=width, height=height, vehicles=2)
            top, left = cell // 3 * height, cell % 3 * width
            picture[top : top + height, left : left + width] = scene.image
            plates += [
                LabelledPlate(plate.text, _moved(plate.corners, 1.0, left, top), "corners")
                for plate in scene.plates
            ]
        yield Frame(picture, tuple(plates))


def large_frames(size: Size, count: int, seed: int) -> Iterator[Frame]:
    """Draw frames with one scene over their whole size."""
    for number in range(count):
        rng = np.random.default_rng([seed, number, 99])
        scene = draw_scene(rng, width=size[1], height=size[0], vehicles=2)
        plates = tuple(
            LabelledPlate(plate.text, _moved(plate.corners, 1.0, 0, 0), "corners")
            for plate in scene.plates
        )
        yield Frame(scene.image, plates)


def _ground(rng: np.random.Generator, size: Size) -> UInt8Array:
    level = rng.uniform(70, 170)
    grain = noise(rng, *size, (1.0, 0.5))[:, :, None] * 6
    return np.clip(level + np.repeat(grain, 3, axis=2), 0, 255).astype(np.uint8)


def _street(rng: np.random.Generator, size: Size) -> UInt8Array:
    """A drawn place without vehicles."""
    place = PLACES[int(rng.integers(len(PLACES)))]
    image, _ = place(rng, size[1] // 2, size[0] // 2)
    drawn = np.clip(image, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(drawn, size[::-1]), np.uint8)


def _add_photo(
    rng: np.random.Generator,
    frame: UInt8Array,
    taken: list[tuple[int, int, int, int]],
    row: LabelledPicture,
    height: int,
) -> list[LabelledPlate]:
    """Lay a photo where there is room, its first plate ``height`` pixels high at most."""
    photo = load(row.path, PictureLimits()).picture
    if photo is None:
        return []
    corners = np.array(row.plates[0].corners, np.float32)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    scale = min(1.0, height / float((sides[1] + sides[3]) / 2))
    wide, high = (max(8, round(side * scale)) for side in photo.shape[1::-1])
    small = cv2.resize(photo, (wide, high), interpolation=cv2.INTER_AREA)
    if high > frame.shape[0] or wide > frame.shape[1]:
        return []
    for _ in range(50):
        left = int(rng.integers(0, frame.shape[1] - wide + 1))
        top = int(rng.integers(0, frame.shape[0] - high + 1))
        box = (left, top, left + wide, top + high)
        if not any(_overlap(box, one) for one in taken):
            taken.append(box)
            frame[box[1] : box[3], box[0] : box[2]] = small
            return [
                LabelledPlate(
                    plate.text, _moved(np.array(plate.corners), scale, left, top), plate.kind
                )
                for plate in row.plates
            ]
    return []


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(
        one[3], other[3]
    )


def _moved(corners: np.ndarray, scale: float, left: int, top: int) -> Corners:
    moved = (np.asarray(corners, np.float64) + 0.5) * scale - 0.5 + (left, top)
    return tuple((float(x), float(y)) for x, y in moved)


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
            members = [plate for plate in plates if low <= plate.height < high]
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
    "tiles", "plates", "found %", "read %", "below 18 px", "18-24 px", "24-36 px", "36 px on",
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
        print(f"{kind} ({models.model.name} {models.model.version}):\n")
        print(table(HEAD, rows) + "\n", flush=True)


if __name__ == "__main__":
    main()
