"""Mixes training pictures: photo views and mosaics with plates and decoys pasted in."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector.light import infrared, relight
from training.detector.photos import LabelledPlate, Photo
from training.detector.views import PAD_VALUE, View, letterboxed, look_at, mosaic, place
from training.scenes.decoys import caption, random_decoy
from training.scenes.geometry import Quad, covers, random_pose
from training.scenes.paste import local_gain, paste

if TYPE_CHECKING:
    from collections.abc import Callable

Image = NDArray[np.uint8]

# Share of each source among the views. Few photos are shown less often than their number of
# plates would need; gate and road cameras of several countries count alike.
SOURCE_WEIGHTS = {
    "ccpd_subset": 0.12,
    "easypr_general_test": 0.16,
    "kaggle_car_plate_detection": 0.19,
    "robertlucian_dashcam": 0.10,
    "egypt_motorcycle": 0.07,
    "cn_hand_labelled": 0.02,
    "openimages_plates": 0.16,
    "thailand_photos": 0.08,
    "thailand_cars": 0.04,
    "russia_web": 0.02,
    "philippines_photos": 0.01,
    "poland_web": 0.03,
    "poland_photos": 0.02,
    "korea_cvlab": 0.03,
    "drawn": 0.12,
}
# Share of the pictures that an infra-red camera took at night.
INFRARED = 0.10
# Share of the pictures that a caption is written over.
CAPTIONED = 0.2


@dataclass(slots=True)
class Sources:
    """Everything a sample is made from; read-only once built."""

    photos: dict[str, list[Photo]]
    patches: list[Image]
    """Hard negative patches of any size."""
    plates: list[Image]
    """Upright plate pictures for pasting."""
    names: list[str] = field(default_factory=list)
    weights: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        self.names = [name for name in SOURCE_WEIGHTS if self.photos.get(name)]
        weights = np.array([SOURCE_WEIGHTS[name] for name in self.names])
        self.weights = weights / max(weights.sum(), 1e-9)

    def photo(self, rng: np.random.Generator) -> Photo:
        """A random photo, sources weighted."""
        name = self.names[int(rng.choice(len(self.names), p=self.weights))]
        group = self.photos[name]
        return group[int(rng.integers(len(group)))]


def _free_spot(
    view: View,
    rng: np.random.Generator,
    make: Callable[[], Quad],
    *,
    beyond: float = 0.0,
    tries: int = 6,
) -> Quad | None:
    """A pose that touches no plate yet, moved to a random place of the picture.

    At most the part ``beyond`` of its sides may lie behind an edge.
    """
    h, w = view.image.shape[:2]
    taken = [p.quad for p in view.plates] + view.ignored
    for _ in range(tries):
        quad = make()
        half = quad.max(0) * (1 - 2 * beyond)
        low = np.minimum(half, [w / 2, h / 2])
        spot = rng.uniform(low, np.maximum([w, h] - low, low + 1))
        moved = np.asarray(quad + spot, np.float32)
        grown = moved + (moved - moved.mean(0)) * 0.15
        if not covers(grown.astype(np.float32), taken):
            return moved
    return None


def _at_edge(view: View, quad: Quad) -> bool:
    h, w = view.image.shape[:2]
    return bool((quad < 0).any() or (quad > [w - 1, h - 1]).any())


def swap_plates(view: View, sources: Sources, rng: np.random.Generator) -> None:
    """Put other plates of like shape where plates are, so that any plate is seen on any car.

    The new corners are exact, even where only a box was known.
    """
    for index, old in enumerate(view.plates):
        if rng.random() > 0.3:
            continue
        q = old.quad
        if _at_edge(view, q):
            continue  # only a part of it is to be seen
        width = float(np.linalg.norm(q[1] - q[0]) + np.linalg.norm(q[2] - q[3]))
        height = float(np.linalg.norm(q[3] - q[0]) + np.linalg.norm(q[2] - q[1]))
        aspect = width / max(height, 1.0)
        for _ in range(8):
            plate = sources.plates[int(rng.integers(len(sources.plates)))]
            if abs(np.log(plate.shape[1] / plate.shape[0] / aspect)) < 0.25:
                # A little larger, to hide the old one.
                quad = (q.mean(0) + (q - q.mean(0)) * rng.uniform(1.03, 1.1)).astype(np.float32)
                gain = local_gain(view.image, quad, rng)
                paste(view.image, plate, quad, gain=gain, feather=rng.uniform(0.3, 1.1))
                view.plates[index] = LabelledPlate(quad, 1.0)
                break


def add_plate(view: View, plate: Image, rng: np.random.Generator) -> None:
    """Paste one upright plate in a random pose, often with a mount or frame around it."""
    size = view.image.shape[1]
    aspect = plate.shape[1] / plate.shape[0]
    widest = 0.9 * size if rng.random() < 0.2 else 0.4 * size
    narrow = (10 if aspect < 2 else 14) * view.unit
    width = float(np.exp(rng.uniform(np.log(narrow), np.log(max(widest, narrow + 1)))))
    wild = float(rng.beta(1, 2))
    stretch = float(np.exp(rng.normal(0, 0.06)))
    beyond = 0.35 if rng.random() < 0.15 else 0.0
    quad = _free_spot(
        view, rng, lambda: random_pose(rng, width, aspect * stretch, wild=wild), beyond=beyond
    )
    if quad is None:
        return
    gain = local_gain(view.image, quad, rng)
    if rng.random() < 0.55:
        centre = quad.mean(0)
        grow = rng.uniform(1.04, 1.3)
        mount = (centre + (quad - centre) * np.array([grow, grow * rng.uniform(1.0, 1.5)])).astype(
            np.float32
        )
        shade = rng.integers(5, 90) if rng.random() < 0.7 else rng.integers(0, 256)
        sheet = np.full((16, 48, 3), shade, np.uint8)
        if rng.random() < 0.3:
            sheet[:] = rng.integers(0, 256, 3)
        paste(view.image, sheet, mount, gain=gain, feather=rng.uniform(0.4, 2.0))
    paste(view.image, plate, quad, gain=gain, feather=rng.uniform(0.3, 1.1))
    place(view, LabelledPlate(quad, 1.0))


def add_caption(view: View, rng: np.random.Generator) -> None:
    """Write a time stamp or a watermark over the picture, upright, as cameras and web sites do."""
    patch, alpha = caption(rng)
    h, w = view.image.shape[:2]
    width = w * float(np.exp(rng.uniform(np.log(0.08), np.log(0.8))))
    height = width * patch.shape[0] / patch.shape[1]
    if height > 0.4 * h:
        width, height = width * 0.4 * h / height, 0.4 * h
    x = rng.uniform(0, w - width)
    y = rng.uniform(0, h - height) if rng.random() < 0.4 else rng.choice([2.0, h - height - 3])
    quad = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)
    if not covers(quad, [p.quad for p in view.plates] + view.ignored, 0.0):
        paste(view.image, patch, quad, feather=0.0, alpha=alpha)


def add_decoy(view: View, sources: Sources, rng: np.random.Generator) -> None:
    """Paste something that is no plate: a drawn decoy, a hard patch or a piece of a photo."""
    size = view.image.shape[1]
    kind = rng.random()
    alpha = None
    if kind < 0.6:
        patch, alpha = random_decoy(rng)
    elif kind < 0.8 and sources.patches:
        patch = sources.patches[int(rng.integers(len(sources.patches)))]
    else:
        piece = _photo_piece(sources, rng)
        if piece is None:
            return
        patch = piece
    aspect = patch.shape[1] / patch.shape[0]
    width = float(np.exp(rng.uniform(np.log(12 * view.unit), np.log(0.6 * size))))
    quad = _free_spot(view, rng, lambda: random_pose(rng, width, aspect, wild=rng.random() * 0.6))
    if quad is not None:
        gain = local_gain(view.image, quad, rng)
        paste(view.image, patch, quad, gain=gain, feather=rng.uniform(0.3, 1.0), alpha=alpha)


def _photo_piece(sources: Sources, rng: np.random.Generator) -> Image | None:
    """A plate-shaped piece of a photo that shows no plate."""
    photo = sources.photo(rng)
    image = photo.levels[0]
    h, w = image.shape[:2]
    width = int(rng.uniform(0.1, 0.4) * w)
    height = max(int(width / rng.uniform(1.5, 5)), 4)
    if height >= h or width >= w:
        return None
    x, y = int(rng.integers(w - width)), int(rng.integers(h - height))
    piece = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)
    if covers(piece, [p.quad for p in photo.plates] + photo.ignored, 0.0):
        return None
    return image[y : y + height, x : x + width]


def patch_sheet(
    sources: Sources, rng: np.random.Generator, width: int, height: int, unit: float
) -> View:
    """Hard patches side by side on padding, as small pictures meet the detector at run time."""
    view = View(np.full((height, width, 3), PAD_VALUE, np.uint8), unit=unit)
    y = 0
    while y < height:
        scale = rng.uniform(1.0, 2.0)
        row = 0
        x = 0
        while x < width:
            patch = sources.patches[int(rng.integers(len(sources.patches)))]
            w, h = int(patch.shape[1] * scale), int(patch.shape[0] * scale)
            patch = cv2.resize(patch, (w, h), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
            h, w = min(h, height - y), min(w, width - x)
            view.image[y : y + h, x : x + w] = patch[:h, :w]
            row = max(row, h)
            x += w + int(rng.integers(0, 40))
        y += row + int(rng.integers(0, 40))
    return view


def _tiles(
    sources: Sources, rng: np.random.Generator, width: int, height: int, unit: float
) -> View:
    """Four views side by side, or nine with small plates."""
    count = 3 if rng.random() < 0.25 else 2
    edges = []
    for length in (width, height):
        inner = [int(length * (i + rng.uniform(-0.2, 0.2)) / count) for i in range(1, count)]
        edges.append([0, *inner, length])
    columns, rows = edges
    views = [
        look_at(sources.photo(rng), rng, right - left, bottom - top, unit)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]
    return mosaic(views, width, height, (columns[:-1], rows[:-1]))


def _scene(
    sources: Sources, rng: np.random.Generator, width: int, height: int, unit: float
) -> View:
    """A look at one photo, padded on one side as other shapes of pictures are in service."""
    if rng.random() >= 0.2:
        return look_at(sources.photo(rng), rng, width, height, unit)
    part = rng.uniform(0.5, 0.97)
    inner = (width, int(height * part)) if rng.random() < 0.5 else (int(width * part), height)
    return letterboxed(look_at(sources.photo(rng), rng, *inner, unit), width, height)


def make_sample(
    sources: Sources, rng: np.random.Generator, width: int, height: int, unit: float = 1.0
) -> View:
    """One training picture with its plates and ignored areas.

    Args:
        sources: what it is made from.
        rng: source of randomness.
        width: pixels.
        height: pixels.
        unit: pixels of the picture per pixel of the canvas that the network will see.
    """
    kind = rng.random()
    if sources.patches and kind < 0.03:
        view = patch_sheet(sources, rng, width, height, unit)
    elif kind < 0.38:
        view = _tiles(sources, rng, width, height, unit)
    else:
        view = _scene(sources, rng, width, height, unit)
    if sources.plates:
        swap_plates(view, sources, rng)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            add_decoy(view, sources, rng)
    if sources.plates and rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            add_plate(view, sources.plates[int(rng.integers(len(sources.plates)))], rng)
    if rng.random() < INFRARED:
        view.image = infrared(view.image, [plate.quad for plate in view.plates], rng)
    if rng.random() < CAPTIONED:
        for _ in range(int(rng.integers(1, 3))):
            add_caption(view, rng)
    view.image = relight(view.image, rng)
    return view
