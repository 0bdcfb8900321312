"""Mixes training pictures: photo views and mosaics with plates and decoys pasted in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector.photos import LabelledPlate, Photo
from training.detector.views import View, look_at, mosaic, place, relight
from training.scenes.decoys import caption, random_decoy
from training.scenes.geometry import Quad, covers, random_pose
from training.scenes.paste import local_gain, paste

if TYPE_CHECKING:
    from collections.abc import Callable

Image = NDArray[np.uint8]

# Share of each source among the views. Few photos are shown less often than their number of
# plates would need; gate and road cameras of several countries count alike.
SOURCE_WEIGHTS = {
    "ccpd_subset": 0.15,
    "easypr_general_test": 0.20,
    "kaggle_car_plate_detection": 0.26,
    "robertlucian_dashcam": 0.12,
    "egypt_motorcycle": 0.11,
    "cn_hand_labelled": 0.03,
    "drawn": 0.15,
}


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
    view: View, rng: np.random.Generator, make: Callable[[], Quad], tries: int = 6
) -> Quad | None:
    """A pose that touches no plate yet, moved to a random place of the picture."""
    h, w = view.image.shape[:2]
    taken = [p.quad for p in view.plates] + view.ignored
    for _ in range(tries):
        quad = make()
        half = quad.max(0)
        low = np.minimum(half, [w / 2, h / 2])
        spot = rng.uniform(low, np.maximum([w, h] - low, low + 1))
        moved = np.asarray(quad + spot, np.float32)
        grown = moved + (moved - moved.mean(0)) * 0.15
        if not covers(grown.astype(np.float32), taken):
            return moved
    return None


def swap_plates(view: View, sources: Sources, rng: np.random.Generator) -> None:
    """Put other plates of like shape where plates are, so that any plate is seen on any car.

    The new corners are exact, even where only a box was known.
    """
    for index, old in enumerate(view.plates):
        if rng.random() > 0.3:
            continue
        q = old.quad
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
    widest = 0.8 * size if rng.random() < 0.2 else 0.45 * size
    narrow = 16 if aspect < 2 else 26
    width = float(np.exp(rng.uniform(np.log(narrow), np.log(max(widest, narrow + 1)))))
    wild = float(rng.beta(1, 2))
    stretch = float(np.exp(rng.normal(0, 0.06)))
    quad = _free_spot(view, rng, lambda: random_pose(rng, width, aspect * stretch, wild=wild))
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
    width = w * rng.uniform(0.15, 0.7)
    height = width * patch.shape[0] / patch.shape[1]
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
    if kind < 0.5:
        patch, alpha = random_decoy(rng)
    elif kind < 0.8 and sources.patches:
        patch = sources.patches[int(rng.integers(len(sources.patches)))]
    else:
        piece = _photo_piece(sources, rng)
        if piece is None:
            return
        patch = piece
    aspect = patch.shape[1] / patch.shape[0]
    width = float(np.exp(rng.uniform(np.log(20), np.log(0.5 * size))))
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


def patch_sheet(sources: Sources, rng: np.random.Generator, size: int) -> View:
    """Hard patches side by side on padding, as small pictures meet the detector at run time."""
    view = View(np.full((size, size, 3), 114, np.uint8))
    y = 0
    while y < size:
        scale = rng.uniform(1.0, 2.0)
        row = 0
        x = 0
        while x < size:
            patch = sources.patches[int(rng.integers(len(sources.patches)))]
            w, h = int(patch.shape[1] * scale), int(patch.shape[0] * scale)
            patch = cv2.resize(patch, (w, h), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
            h, w = min(h, size - y), min(w, size - x)
            view.image[y : y + h, x : x + w] = patch[:h, :w]
            row = max(row, h)
            x += w + int(rng.integers(0, 40))
        y += row + int(rng.integers(0, 40))
    return view


def make_sample(sources: Sources, rng: np.random.Generator, size: int) -> View:
    """One training picture ``size`` x ``size`` with its plates and ignored areas."""
    kind = rng.random()
    if sources.patches and kind < 0.04:
        view = patch_sheet(sources, rng, size)
    elif kind < 0.40:
        cx, cy = (int(size * rng.uniform(0.3, 0.7)) for _ in range(2))
        shapes = ((cx, cy), (size - cx, cy), (cx, size - cy), (size - cx, size - cy))
        views = [look_at(sources.photo(rng), rng, w, h) for w, h in shapes]
        view = mosaic(views, size, (cx, cy))
    else:
        view = look_at(sources.photo(rng), rng, size, size)
    if sources.plates:
        swap_plates(view, sources, rng)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            add_decoy(view, sources, rng)
    if sources.plates and rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            add_plate(view, sources.plates[int(rng.integers(len(sources.plates)))], rng)
    if rng.random() < 0.12:
        add_caption(view, rng)
    view.image = relight(view.image, rng)
    return view
