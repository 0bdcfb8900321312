"""All conditions: what each is made of and what is asked of it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.accuracy.conditions.altered import (
    SHARES,
    at_edge,
    close_up,
    covered,
    crowd,
    cut,
    grey,
)
from benchmarks.accuracy.conditions.lettering import captioned, with_sheets
from benchmarks.accuracy.conditions.made import Made, Thing, write_folder
from benchmarks.accuracy.conditions.photos import CHINESE, WORLD, photos, plateless_areas
from benchmarks.accuracy.conditions.placed import rendered
from benchmarks.accuracy.conditions.words import NUMBERS, WORDS
from benchmarks.accuracy.frames import shrunk_frames
from training.render import UNKNOWN_KINDS, PlateKind
from training.scenes.scene import draw_scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from platestream.vision.arrays import UInt8Array

# A change to what is made must change its condition's recipe, so that old folders are made anew.
RECIPE: Final = "3"
SEED: Final = 11
_SCENES: Final = 24
_FRAMES: Final = 10

# The second row is where the number goes on; Thai letters count as unknown ones.
TWO_ROWS: Final = tuple(
    kind
    for kind in PlateKind
    if kind.value
    in {f"{name}_two_rows" for name in ("argentina", "brazil", "india", "thailand", "vietnam")}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition.

    Attributes:
        name: Of its folder.
        title: As the report calls it.
        make: Makes its pictures from the folder of the data sets.
        recipe: By what its pictures are made.
    """

    name: str
    title: str
    make: Callable[[Path], Iterator[Made]]
    recipe: str = RECIPE


def build(condition: Condition, data: Path, into: Path) -> Path:
    """Make a condition's folder if it is not there already."""
    return write_folder(into / condition.name, condition.make(data), condition.recipe)


def _rng(name: str, *numbers: int) -> np.random.Generator:
    return np.random.default_rng([SEED, zlib.crc32(name.encode()), *numbers])


def _cut(data: Path) -> Iterator[Made]:
    for number, photo in enumerate(photos(data, WORLD)):
        share = (0.2, 0.25, 0.3)[number % 3]
        yield cut(photo, "left", share)
        yield cut(photo, "right", share)
        # A text can still be made out where a quarter of its height is gone.
        if number % 2:
            yield cut(photo, ("top", "bottom")[number // 2 % 2], share + 0.15)


def _covered(data: Path) -> Iterator[Made]:
    for number, photo in enumerate(photos(data, WORLD)):
        for cover in ("left", "right", "bar"):
            yield covered(photo, cover, _rng(f"covered {cover}", number))


def _whole(data: Path) -> Iterator[Made]:
    chosen = list(photos(data, WORLD))
    for number, photo in enumerate(chosen):
        for side in (("left", "bottom"), ("right", "top"))[number % 2]:
            yield at_edge(photo, side, _rng(f"edge {side}", number))
    rng = _rng("crowd")
    order = rng.permutation(len(chosen)).tolist()
    for first in range(0, len(order) - 5, 4):
        yield crowd([chosen[index] for index in order[first : first + 6]], rng)


def _close_ups(data: Path) -> Iterator[Made]:
    for photo in list(photos(data, WORLD, least_width=90))[::2]:
        for share in SHARES:
            yield close_up(photo, share)


def _grey(data: Path) -> Iterator[Made]:
    for number, photo in enumerate(photos(data, CHINESE)):
        yield grey(photo, _rng("grey", number))


def _scenes() -> list[UInt8Array]:
    return [
        draw_scene(_rng("scene", number), width=1280, height=720, vehicles=0, decoys=False).image
        for number in range(_SCENES)
    ]


def _captions(data: Path) -> Iterator[Made]:
    for number, scene in enumerate(_scenes()):
        for turn in range(5):
            yield captioned(scene, _rng("caption", number, turn), where="drawn scene")
    for number, area in enumerate(plateless_areas(data)):
        yield captioned(area, _rng("caption on photo", number), where="photo")


def _sheets(data: Path) -> Iterator[Made]:
    for name, wordings in (("words", WORDS), ("numbers", NUMBERS)):
        grounds = [*_scenes()[::2], *list(plateless_areas(data))[::2]]
        for number, ground in enumerate(grounds):
            for turn in range(2):
                made = with_sheets(ground, _rng(name, number, turn), wordings)
                yield Made(picture=made.picture, variant=name, things=made.things)


def _small(data: Path) -> Iterator[Made]:
    cases = (
        ("50 px wide in 1920x1080", (1080, 1920), 50.0, 0.0),
        ("70 px wide in 1920x1080", (1080, 1920), 70.0, 0.0),
        ("12 px high in 3840x2160", (2160, 3840), 0.0, 12.0),
    )
    for variant, size, wide, high in cases:
        for frame in shrunk_frames(data, size, _FRAMES, SEED, wide=wide, high=high):
            things = [
                Thing(quad=np.array(plate.corners, np.float32), text=plate.text)
                for plate in frame.plates
                if plate.corners is not None
            ]
            yield Made(picture=frame.picture, variant=variant, things=things)


def _two_rows(data: Path) -> Iterator[Made]:
    yield from rendered(list(photos(data, WORLD, least_width=90)), TWO_ROWS, 30, SEED)


def _scripts(data: Path) -> Iterator[Made]:
    for folder in ("tunisia_photos", "korea_cvlab"):
        if (data / folder).is_dir():
            for photo in photos(data, {folder: 1}, least_width=0):
                yield Made(
                    picture=photo.picture,
                    variant=folder.replace("_", " "),
                    things=[
                        Thing(quad=quad, text=text)
                        for quad, text in zip(photo.quads, photo.texts, strict=True)
                    ],
                )
    cars = list(photos(data, WORLD, least_width=90))
    yield from rendered(cars, sorted(UNKNOWN_KINDS), 7, SEED)


def _us(data: Path) -> Iterator[Made]:
    yield from rendered(list(photos(data, WORLD, least_width=90)), [PlateKind.US], 80, SEED)


CONDITIONS: Final = (
    Condition(name="cut", title="plates cut by the picture's edge", make=_cut),
    Condition(name="covered", title="plates with a part covered", make=_covered, recipe="4"),
    Condition(name="whole", title="whole plates near an edge or among others", make=_whole),
    Condition(name="close_ups", title="close-ups", make=_close_ups),
    Condition(name="small", title="small plates in large frames", make=_small),
    Condition(name="grey", title="grey pictures", make=_grey),
    Condition(name="captions", title="captions", make=_captions),
    Condition(name="sheets", title="sheets with words and numbers", make=_sheets),
    Condition(name="scripts", title="scripts that the alphabet lacks", make=_scripts),
    Condition(name="two_rows", title="two-row plates, rendered", make=_two_rows, recipe="4"),
    Condition(name="us", title="US plates, rendered", make=_us, recipe="4"),
)
