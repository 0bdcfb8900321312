"""Random looks at a labelled picture: zoom, crop, rotation, mirroring, edges, mosaic."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector.photos import LabelledPlate, Photo
from training.scenes.geometry import (
    Quad,
    box_of,
    mirrored,
    transform,
    visible_fraction,
    visible_part,
)

Image = NDArray[np.uint8]
Pair = tuple[float, float]

# What fills a canvas beside the picture, in service and here.
PAD_VALUE = 114

# Of a plate cut by the picture's edge this part must be visible for it to be asked for: what can be
# seen of it. Down to the lower bound it is not held against the network either.
ASKED_FOR = 0.4
BARELY_VISIBLE = 0.15
# Canvas pixels. Smaller than this the characters are gone: neither plate nor background.
LEAST_HEIGHT = 4.2
LEAST_WIDTH = 9.0


@dataclass(slots=True)
class View:
    """A training picture with the plates to find and the areas without a verdict.

    Attributes:
        image: uint8 BGR ``[h, w, 3]``.
        plates: what is asked for: the corners of what can be seen of each plate.
        ignored: corners of what is neither plate nor background.
        unit: pixels of the picture per pixel of the canvas that the network will see.
    """

    image: Image
    plates: list[LabelledPlate] = field(default_factory=list)
    ignored: list[Quad] = field(default_factory=list)
    unit: float = 1.0


def place(view: View, plate: LabelledPlate) -> None:
    """File a plate under wanted, ignored or gone, by how much of it can be seen."""
    h, w = view.image.shape[:2]
    seen = visible_fraction(plate.quad, w, h)
    if seen < BARELY_VISIBLE:
        return
    quad = plate.quad
    if seen < 0.9999:
        if plate.trust == 0.0:
            x0, y0, x1, y1 = box_of(quad)
            quad = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
        quad = visible_part(quad, w, h)
    x0, y0, x1, y1 = box_of(quad)
    height = min(
        float(np.linalg.norm(quad[3] - quad[0])),
        float(np.linalg.norm(quad[2] - quad[1])),
        y1 - y0,
    )
    tiny = height < LEAST_HEIGHT * view.unit or x1 - x0 < LEAST_WIDTH * view.unit
    if seen >= ASKED_FOR and not tiny:
        view.plates.append(LabelledPlate(quad, plate.trust, plate.text))
    else:
        view.ignored.append(quad)


def _aim(
    photo: Photo, rng: np.random.Generator, width: int, height: int, unit: float
) -> tuple[float, Pair, Pair]:
    """Choose a scale, a point of the photo and where in the view it comes to lie."""
    full_w, full_h = photo.size
    fit = min(width / full_w, height / full_h)
    if not photo.plates or rng.random() >= 0.85:
        scale = float(np.clip(fit * np.exp(rng.uniform(np.log(0.7), np.log(3.0))), 0.08, 2.5))
        target = (rng.uniform(0, full_w), rng.uniform(0, full_h))
        return scale, target, (width / 2, height / 2)
    plate = photo.plates[int(rng.integers(len(photo.plates)))]
    x0, y0, x1, y1 = box_of(plate.quad)
    # Log-uniform plate widths, but often near what the whole photo would show.
    if rng.random() < 0.4:
        scale = fit * float(np.exp(rng.uniform(np.log(0.7), np.log(2.2))))
    else:
        wanted = float(np.exp(rng.uniform(np.log(10 * unit), np.log(0.96 * width))))
        scale = wanted / max(x1 - x0, 1.0)
        scale = min(scale, 0.92 * height / max(y1 - y0, 1.0))
    # Not much smaller than the whole photo: padding teaches little, mosaics show small ones.
    scale = float(np.clip(scale, 0.65 * fit, 3.0))
    half = np.array([x1 - x0, y1 - y0]) * scale / 2
    free = np.maximum(np.array([width, height]) / 2 - half - 1, 0.0)
    middle = np.array([width, height]) / 2
    at = middle + rng.uniform(-free, free)
    if rng.random() < 0.16:
        # Driving out of the view: some of the plate lies behind an edge.
        axis = int(rng.random() < 0.25)
        hidden = rng.uniform(0.02, 0.65) * 2 * half[axis]
        beyond = middle[axis] - half[axis] + hidden
        at[axis] = middle[axis] + (beyond if rng.random() < 0.5 else -beyond)
    return scale, ((x0 + x1) / 2, (y0 + y1) / 2), (float(at[0]), float(at[1]))


def look_at(
    photo: Photo, rng: np.random.Generator, width: int, height: int, unit: float = 1.0
) -> View:
    """Cut a random zoomed, turned, maybe mirrored view of ``width`` x ``height`` pixels."""
    full_w, full_h = photo.size
    boxes_only = any(p.trust == 0.0 for p in photo.plates)
    scale, target, at = _aim(photo, rng, width, height, unit)
    spread = 1.2 if boxes_only else (5.0 if rng.random() < 0.85 else 14.0)
    angle = np.deg2rad(np.clip(rng.normal(0, spread), -35, 35))
    stretch = float(np.exp(rng.normal(0, 0.07)))
    shear = 0.0 if boxes_only else float(rng.normal(0, 0.06))
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = linear @ np.array([[stretch, shear], [0.0, 1 / stretch]]) * scale
    shift = np.array(at) - linear @ np.array(target)
    if rng.random() < 0.75:
        # Slide the photo over the view as far as it reaches: padding teaches nothing.
        outline = np.array([[0, 0], [full_w, 0], [full_w, full_h], [0, full_h]]) @ linear.T
        one, two = -outline.min(0), np.array([width, height]) - outline.max(0)
        shift = np.clip(shift, np.minimum(one, two), np.maximum(one, two))
    matrix = np.concatenate([linear, shift[:, None]], 1)

    level = 2 if scale < 0.35 else (1 if scale < 0.7 else 0)
    source = photo.levels[level]
    ratio = full_w / source.shape[1]
    # A pixel of a smaller level covers several of the full one: its centre lies between theirs.
    finer = np.array([[ratio, 0, (ratio - 1) / 2], [0, ratio, (ratio - 1) / 2], [0, 0, 1]])
    warp = matrix @ finer
    fill = (114, 114, 114) if rng.random() < 0.6 else tuple(int(v) for v in rng.integers(0, 256, 3))
    image = cv2.warpAffine(
        source, warp, (width, height), flags=cv2.INTER_LINEAR, borderValue=fill
    ).astype(np.uint8)
    flip = rng.random() < 0.3
    if flip:
        image = image[:, ::-1].copy()
    view = View(image, unit=unit)
    for plate in photo.plates:
        quad = transform(plate.quad, matrix)
        place(
            view,
            LabelledPlate(mirrored(quad, width - 1) if flip else quad, plate.trust, plate.text),
        )
    for ignored in photo.ignored:
        quad = transform(ignored, matrix)
        view.ignored.append(mirrored(quad, width - 1) if flip else quad)
    return view


def letterboxed(view: View, width: int, height: int) -> View:
    """Put a view into the top-left part of a padded canvas, as service does with any picture."""
    canvas = np.full((height, width, 3), PAD_VALUE, np.uint8)
    h, w = view.image.shape[:2]
    canvas[:h, :w] = view.image
    view.image = canvas
    return view


def mosaic(views: list[View], width: int, height: int, cuts: tuple[list[int], list[int]]) -> View:
    """Put views, row by row, into one picture; ``cuts`` are the tiles' columns and rows."""
    canvas = View(np.full((height, width, 3), PAD_VALUE, np.uint8), unit=views[0].unit)
    places = [(x, y) for y in cuts[1] for x in cuts[0]]
    for view, (x, y) in zip(views, places, strict=True):
        h, w = view.image.shape[:2]
        canvas.image[y : y + h, x : x + w] = view.image
        offset = np.array([x, y], np.float32)
        canvas.plates += [LabelledPlate(p.quad + offset, p.trust, p.text) for p in view.plates]
        canvas.ignored += [q + offset for q in view.ignored]
    return canvas
