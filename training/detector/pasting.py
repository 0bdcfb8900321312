"""Puts plates and things that are none into a view: swapped, added, written over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.detector.photos import LabelledPlate
from training.detector.views import View, place
from training.scenes.decoys import caption, random_decoy
from training.scenes.geometry import Quad, covers, random_pose
from training.scenes.paste import local_gain, paste

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.detector.sources import Sources

Image = NDArray[np.uint8]


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
