"""Training examples from real pictures: plates, the same plates taken anew, and none at all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from platestream.vision.recognition.rectify import (
    rectify_one_row,
    rectify_two_rows,
    whole_crop_corners,
)
from training.recognizer import real
from training.recognizer.chunks import Example
from training.recognizer.examples import plate_example, random_alteration
from training.recognizer.retaken import boxed_crops, flat_plate
from training.recognizer.views import GEOMETRY
from training.render.glyphs import data_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Corner noise, share of the plate's width, of the rectified real plates: what a detector makes.
_JITTER = (0.004, 0.012, 0.024)
_VARIANTS = 10
# How often each photographed plate, and each crop that is large enough, is taken anew.
_RETAKEN_PHOTOS = 18
_RETAKEN_CROPS = 5
# How many upright boxes are cut around each photographed plate.
_BOXED_PHOTOS = 8
_RETAKEN_WEIGHT = 0.15
# Weight of the pictures without a plate, relative to one per example with a plate.
_NEGATIVE_SHARE = 0.12
# A rare first character is drawn at most this many times more often than its share.
_MOST_OFTEN = 6
_EMPTY = np.zeros(0, np.float32)


def real_examples(
    rng: np.random.Generator, photos: list[NDArray[np.uint8]] | None = None
) -> list[Example]:
    """Return the training split's real crops, and several views of each real plate.

    Rare provinces are drawn more often: most photos come from one.
    """
    photos = photos or []
    groups: dict[str, list[Example]] = {}
    for folder in real.TRAINABLE_CROPS:
        for item in real.labelled(folder, "train"):
            found = groups.setdefault(item.text[0], [])
            found += _from_crop(rng, item, photos)
    for folder in real.TRAINABLE_PHOTOS:
        allowed = real.may_train(folder)
        for item in real.labelled(folder, "train"):
            rows = real.row_count(folder, item)
            if item.corners is None or not item.text or not rows or item.path.name not in allowed:
                continue
            chinese = folder in real.CHINESE_PHOTOS
            found = groups.setdefault(item.text[0], [])
            found += _from_photo(rng, item, rows, photos, chinese=chinese)
    shares = {char: sum(example.weight for example in group) for char, group in groups.items()}
    common = max(shares.values())
    balanced = [
        dataclasses.replace(
            example,
            weight=example.weight * min((common / shares[char]) ** 0.5, _MOST_OFTEN),
        )
        for char, group in groups.items()
        for example in group
    ]
    return balanced + negative_examples(rng, sum(shares.values()))


def _from_crop(
    rng: np.random.Generator, item: real.Labelled, photos: list[NDArray[np.uint8]]
) -> list[Example]:
    picture = real.read_picture(item.path)
    corners = whole_crop_corners(*picture.shape[:2])
    crop = rectify_one_row(picture, corners, GEOMETRY.without_margin())
    color = real.color_of(crop, item.text)
    first = Example(crop=crop, text=item.text, centers=_EMPTY, color=color, rows=1)
    return [
        first,
        *_taken_anew(rng, picture, corners, first, _RETAKEN_CROPS, photos),
    ]


def _from_photo(
    rng: np.random.Generator,
    item: real.Labelled,
    rows: int,
    photos: list[NDArray[np.uint8]],
    *,
    chinese: bool,
) -> list[Example]:
    corners = item.corners
    if corners is None:
        raise ValueError("a photo's plate has corners")
    picture = real.read_picture(item.path)
    side = float(np.linalg.norm(corners[1] - corners[0]))
    whole = rectify_one_row(picture, corners, GEOMETRY)
    first = Example(
        crop=whole,
        text=item.text,
        centers=_EMPTY,
        color=real.color_of(whole, item.text) if chinese else "",
        rows=rows,
        weight=2 / _VARIANTS,
    )
    found = []
    for number in range(_VARIANTS):
        spread = float(rng.choice(_JITTER)) * side
        noise = rng.normal(0, spread, (4, 2)) * np.array([1, 0.5])
        quad = (corners + noise).astype(np.float32)
        if rows == 2 and number % 2:
            crop = rectify_two_rows(picture, quad, GEOMETRY)
            found.append(dataclasses.replace(first, crop=crop, rows=0))
            continue
        text = item.text if rows == 1 else ""
        crop = rectify_one_row(picture, quad, GEOMETRY)
        found.append(dataclasses.replace(first, crop=crop, text=text))
    if rows == 1:
        boxed = boxed_crops(rng, picture, corners, _BOXED_PHOTOS)
        found += [dataclasses.replace(first, crop=c, weight=_RETAKEN_WEIGHT) for c in boxed]
        found += _taken_anew(rng, picture, corners, first, _RETAKEN_PHOTOS, photos)
    return found


def _taken_anew(  # noqa: PLR0917
    rng: np.random.Generator,
    picture: NDArray[np.uint8],
    corners: NDArray[np.float32],
    first: Example,
    count: int,
    photos: list[NDArray[np.uint8]],
) -> list[Example]:
    """Return further views of a real plate, whole and with something amiss."""
    plate = flat_plate(picture, corners, first.text, first.color)
    if plate is None:
        return []
    found = []
    for _ in range(count):
        alteration = random_alteration(rng)
        view = plate_example(rng, plate, photos, alteration)
        # where its characters stand is known well enough to tell whether one is hidden, not which
        text = first.text if alteration is None or view.text == first.text else ""
        found.append(
            dataclasses.replace(view, text=text, centers=_EMPTY, plate=True, weight=_RETAKEN_WEIGHT)
        )
    return found


def negative_examples(rng: np.random.Generator, plates: float) -> list[Example]:
    """Return real pictures without a plate: their text must come out empty.

    Patches of cars from the negatives' folder, and pieces of photos away from every labelled plate.

    Args:
        rng: source of randomness.
        plates: the examples with a plate, by weight; the weights follow from it.
    """
    crops = []
    root = data_folder() / real.NEGATIVE_PATCHES
    for name in real.unlabelled(real.NEGATIVE_PATCHES, "train"):
        picture = real.read_picture(root / name)
        corners = whole_crop_corners(*picture.shape[:2])
        crops.append(rectify_one_row(picture, corners, GEOMETRY.without_margin()))
    for folder in real.CHINESE_PHOTOS[:2]:
        for item in real.labelled(folder, "train"):
            if item.corners is None:
                continue
            picture = real.read_picture(item.path)
            width = float(np.ptp(item.corners[:, 0])) * rng.uniform(0.5, 1.2)
            size = np.array([width, width / rng.uniform(2, 4)])
            room = np.array(picture.shape[1::-1]) - size
            if (room <= 1).any():
                continue
            start = rng.uniform([0, 0], room)
            # a wide berth: near the plate there may be part of it
            if (np.abs(start + size / 2 - item.corners.mean(0)) < size).all():
                continue
            quad = start + np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * size
            crops.append(rectify_one_row(picture, quad.astype(np.float32), GEOMETRY))
    weight = _NEGATIVE_SHARE * plates / max(len(crops), 1)
    return [
        Example(
            crop=crop,
            text="",
            centers=_EMPTY,
            color="",
            rows=0,
            weight=weight,
            plate=False,
            complete=None,
            blank=True,
        )
        for crop in crops
    ]
