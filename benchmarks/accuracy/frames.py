"""Composes large frames of held-out photos and of drawn scenes, with the plates in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from platestream.cli.evaluate.labels import LabelledPicture, LabelledPlate, read_labels
from platestream.cli.pictures import load
from platestream.vision.settings import PictureLimits
from training.scenes.backgrounds import PLACES
from training.scenes.scene import draw_scene
from training.scenes.shapes import noise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from platestream.cli.evaluate.labels import Corners
    from platestream.vision.arrays import UInt8Array

Size = tuple[int, int]
"""Height and width of a frame, pixels."""
# Photos whose plates are located well: of cars at gates and at the roadside.
_FOLDERS: Final = ("ccpd_subset", "aolp_ac", "easypr_general_test")
_PLATE_HEIGHTS: Final = (15, 18, 22, 27, 33, 40, 49, 60)
_PHOTOS_PER_FRAME: Final = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """A composed frame, uint8 BGR ``[H, W, 3]``, and the plates in it."""

    picture: UInt8Array
    plates: tuple[LabelledPlate, ...]


def photo_frames(data: Path, size: Size, count: int, seed: int) -> Iterator[Frame]:
    """Compose frames of held-out photos.

    Raises:
        LabelError: if a label file is missing or broken.
    """
    rows = _rows(data)
    rng = np.random.default_rng(seed)
    for number in range(count):
        picture = _ground(rng, size) if number % 2 else _street(rng, size)
        plates: list[LabelledPlate] = []
        taken: list[tuple[int, int, int, int]] = []
        for place in range(_PHOTOS_PER_FRAME):
            height = _PLATE_HEIGHTS[(number + place) % len(_PLATE_HEIGHTS)]
            plates += _add_photo(rng, picture, taken, rows[int(rng.integers(len(rows)))], height)
        yield Frame(picture, tuple(plates))


def shrunk_frames(
    data: Path, size: Size, count: int, seed: int, *, wide: float = 0.0, high: float = 0.0
) -> Iterator[Frame]:
    """Compose frames of held-out photos whose plates have one width or one height.

    Args:
        data: Folder of the data sets.
        size: Of the frames.
        count: How many.
        seed: The same one gives the same frames.
        wide: Width of the plates in pixels; 0 where the height is given.
        high: Height of the plates in pixels; 0 where the width is given.

    Raises:
        LabelError: if a label file is missing or broken.
    """
    rows = _rows(data)
    rng = np.random.default_rng([seed, *size, round(wide), round(high)])
    for number in range(count):
        picture = _ground(rng, size) if number % 2 else _street(rng, size)
        plates: list[LabelledPlate] = []
        taken: list[tuple[int, int, int, int]] = []
        for _ in range(_PHOTOS_PER_FRAME):
            row = rows[int(rng.integers(len(rows)))]
            plates += _add_photo(rng, picture, taken, row, high, wide=wide)
        yield Frame(picture, tuple(plates))


def _rows(data: Path) -> list[LabelledPicture]:
    return [
        row
        for folder in _FOLDERS
        if (data / folder).is_dir()
        for row in read_labels([data / folder / "labels.csv"], split="dev")
        if row.plates and all(plate.corners and plate.text for plate in row.plates)
    ]


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
    return np.asarray(np.clip(level + np.repeat(grain, 3, axis=2), 0, 255), np.uint8)


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
    height: float,
    *,
    wide: float = 0.0,
) -> list[LabelledPlate]:
    """Lay a photo where there is room, its first plate ``height`` or ``wide`` pixels at most."""
    photo = load(row.path, PictureLimits()).picture
    if photo is None:
        return []
    corners = np.array(row.plates[0].corners, np.float32)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    across, down = float((sides[0] + sides[2]) / 2), float((sides[1] + sides[3]) / 2)
    scale = min(1.0, wide / across if wide else height / down)
    width, high = (max(8, round(side * scale)) for side in photo.shape[1::-1])
    small = cv2.resize(photo, (width, high), interpolation=cv2.INTER_AREA)
    if high > frame.shape[0] or width > frame.shape[1]:
        return []
    for _ in range(50):
        left = int(rng.integers(0, frame.shape[1] - width + 1))
        top = int(rng.integers(0, frame.shape[0] - high + 1))
        box = (left, top, left + width, top + high)
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


def _moved(corners: NDArray[np.floating], scale: float, left: int, top: int) -> Corners:
    moved = (np.asarray(corners, np.float64) + 0.5) * scale - 0.5 + (left, top)
    return tuple((float(x), float(y)) for x, y in moved)
