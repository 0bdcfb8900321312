"""Random looks at a labelled picture: zoom, crop, rotation, mirroring, mosaic, light, damage."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector.photos import LabelledPlate, Photo
from training.scenes.geometry import Quad, box_of, mirrored, transform, visible_fraction

Image = NDArray[np.uint8]

# A plate cut by the picture's edge below this part is not asked for (a cut plate reads wrong);
# down to the lower bound it is not held against the network either.
FULLY_VISIBLE = 0.85
BARELY_VISIBLE = 0.2
# Smaller than this the characters are gone: neither plate nor background.
LEAST_HEIGHT = 6.0


@dataclass(slots=True)
class View:
    """A training picture with the plates to find and the areas without a verdict."""

    image: Image
    plates: list[LabelledPlate] = field(default_factory=list)
    ignored: list[Quad] = field(default_factory=list)


def place(view: View, plate: LabelledPlate) -> None:
    """File a plate under wanted, ignored or gone, by how much of it can be seen."""
    h, w = view.image.shape[:2]
    seen = visible_fraction(plate.quad, w, h)
    x0, y0, x1, y1 = box_of(plate.quad)
    height = min(
        float(np.linalg.norm(plate.quad[3] - plate.quad[0])),
        float(np.linalg.norm(plate.quad[2] - plate.quad[1])),
    )
    tiny = min(height, y1 - y0, x1 - x0) < LEAST_HEIGHT
    if seen >= FULLY_VISIBLE and not tiny:
        if seen < 0.999 and plate.trust == 0.0:
            # An upright box may be clipped without becoming wrong.
            box = np.clip([x0, y0, x1, y1], 0, [w, h, w, h]).astype(np.float32)
            quad = box[[[0, 1], [2, 1], [2, 3], [0, 3]]]
            plate = LabelledPlate(quad, 0.0, plate.text)
        view.plates.append(plate)
    elif seen >= BARELY_VISIBLE:
        view.ignored.append(plate.quad)


def look_at(photo: Photo, rng: np.random.Generator, width: int, height: int) -> View:
    """Cut a random zoomed, turned, maybe mirrored view of ``width`` x ``height`` pixels."""
    full_w, full_h = photo.size
    fit = min(width / full_w, height / full_h)
    boxes_only = any(p.trust == 0.0 for p in photo.plates)
    target = None
    if photo.plates and rng.random() < 0.85:
        plate = photo.plates[int(rng.integers(len(photo.plates)))]
        x0, y0, x1, y1 = box_of(plate.quad)
        # Log-uniform plate widths, but mostly near what the whole photo would show.
        if rng.random() < 0.45:
            scale = fit * float(np.exp(rng.uniform(np.log(0.75), np.log(2.2))))
        else:
            wanted = float(np.exp(rng.uniform(np.log(18), np.log(0.85 * width))))
            scale = wanted / max(x1 - x0, 1.0)
            scale = min(scale, 0.9 * height / max(y1 - y0, 1.0))
        # Not much smaller than the whole photo: padding teaches little, mosaics show small ones.
        scale = float(np.clip(scale, 0.7 * fit, 2.5))
        target = ((x0 + x1) / 2, (y0 + y1) / 2)
    else:
        scale = float(np.clip(fit * np.exp(rng.uniform(np.log(0.7), np.log(3.0))), 0.08, 2.5))
    if target is not None and rng.random() < 0.9:
        half = (plate.quad.max(0) - plate.quad.min(0)) * scale / 2
        free_x = max(width / 2 - float(half[0]) - 2, 0.0)
        free_y = max(height / 2 - float(half[1]) - 2, 0.0)
        at = (width / 2 + rng.uniform(-free_x, free_x), height / 2 + rng.uniform(-free_y, free_y))
    else:
        target = (rng.uniform(0, full_w), rng.uniform(0, full_h))
        at = (width / 2, height / 2)
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
    view = View(image)
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


def mosaic(views: list[View], size: int, cut: tuple[int, int]) -> View:
    """Put four views (cut to fit at ``cut``) into one picture of ``size`` x ``size``."""
    canvas = View(np.full((size, size, 3), 114, np.uint8))
    cx, cy = cut
    for view, (ox, oy) in zip(views, ((0, 0), (cx, 0), (0, cy), (cx, cy)), strict=True):
        h, w = view.image.shape[:2]
        canvas.image[oy : oy + h, ox : ox + w] = view.image
        offset = np.array([ox, oy], np.float32)
        canvas.plates += [LabelledPlate(p.quad + offset, p.trust, p.text) for p in view.plates]
        canvas.ignored += [q + offset for q in view.ignored]
    return canvas


def relight(image: Image, rng: np.random.Generator) -> Image:
    """Change light and colour, then damage: blur, noise, JPEG, shadow, low resolution."""
    out = image.astype(np.float32)
    if rng.random() < 0.8:
        out = (out - 128) * rng.uniform(0.6, 1.4) + 128 + rng.uniform(-35, 35)
    if rng.random() < 0.5:
        out *= np.exp(rng.normal(0, 0.10, 3)).astype(np.float32)
    if rng.random() < 0.06:  # the strong magenta cast of a camera without infrared filter
        out *= np.array([rng.uniform(0.9, 1.3), rng.uniform(0.55, 0.9), rng.uniform(0.9, 1.4)])
    if rng.random() < 0.12:
        grey = out.mean(2, keepdims=True)
        out = grey + (out - grey) * rng.uniform(0, 0.4)
    if rng.random() < 0.15:
        h, w = out.shape[:2]
        a, b = rng.normal(0, 1, 2)
        ys, xs = np.mgrid[-1 : 1 : complex(0, h), -1 : 1 : complex(0, w)].astype(np.float32)
        side = 1 / (1 + np.exp(-(a * xs + b * ys + rng.normal(0, 0.4)) * rng.uniform(3, 30)))
        out *= (rng.uniform(0.35, 0.8) + (1 - rng.uniform(0.35, 0.8)) * side)[:, :, None]
    out8 = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        gamma = float(np.exp(rng.normal(0, 0.4)))
        table = (np.linspace(0, 1, 256) ** gamma * 255).astype(np.uint8)
        out8 = cv2.LUT(out8, table).astype(np.uint8)
    if rng.random() < 0.15:
        out8 = cv2.GaussianBlur(out8, (0, 0), rng.uniform(0.4, 1.4)).astype(np.uint8)
    if rng.random() < 0.06:
        size = int(rng.integers(3, 8))
        kernel = np.zeros((size, size), np.float32)
        angle = rng.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * size / 2
        start, end = np.array([size / 2] * 2) - reach, np.array([size / 2] * 2) + reach
        cv2.line(kernel, start.astype(int).tolist(), end.astype(int).tolist(), 1.0, 1)
        out8 = cv2.filter2D(out8, -1, kernel / max(kernel.sum(), 1)).astype(np.uint8)
    if rng.random() < 0.08:
        h, w = out8.shape[:2]
        factor = rng.uniform(0.5, 0.85)
        small = cv2.resize(out8, (int(w * factor), int(h * factor)), interpolation=cv2.INTER_AREA)
        out8 = cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    if rng.random() < 0.2:
        noise = rng.standard_normal(out8.shape[:2], np.float32)[:, :, None] * rng.uniform(2, 14)
        out8 = np.clip(out8 + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        quality = int(rng.integers(25, 85))
        _, data = cv2.imencode(".jpg", out8, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out8 = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return out8
