"""Lettering that is no plate, cut out as a detector would: captions, sheets, signs, badges.

Drawn in installed type faces; those kept for measuring are never used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from platestream.vision.recognition.rectify import rectify_one_row, whole_crop_corners
from training.recognizer.chunks import Example
from training.recognizer.pose import mapped, posed
from training.recognizer.surroundings import background
from training.recognizer.views import GEOMETRY
from training.render import degrade
from training.render.faces import faces, text_mask
from training.scenes.lettering import caption, mark, sheet
from training.scenes.lookalikes import badge, lamp, rings, stripes, wheel
from training.scenes.sheets import blank as blank_sheet
from training.scenes.texts import caption_text, digits, letters, number_text, sheet_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.render.faces import Purpose

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

# Heights at which lettering is seen, pixels: what a detector takes for a plate.
_HEIGHTS = (9.0, 64.0)
# Shares of shapes without lettering and of what scenes for the detector show.
_SHAPE_SHARE = 0.08
_SCENE_SHARE = 0.42
_SHAPES = (stripes, lamp, rings, badge, wheel, blank_sheet)
_SCENES = (caption, sheet, mark)
# Inks of captions as recorders offer them, BGR.
_INKS = ((255, 255, 255), (255, 255, 255), (0, 0, 0), (0, 255, 255), (0, 255, 0), (0, 0, 255))


def lettering_example(
    rng: np.random.Generator, photos: Sequence[UInt8Array], purpose: Purpose = "training"
) -> Example:
    """Return a crop of lettering, or of something else, that is no plate.

    What it says must not train: it is neither read nor missed. Where it says nothing, nothing may
    be read.

    Args:
        rng: source of randomness.
        photos: what it stands on; may be empty.
        purpose: whose type faces to use.
    """
    choice = rng.random()
    blank = choice < _SHAPE_SHARE
    if blank:
        image, alpha = _SHAPES[int(rng.integers(len(_SHAPES)))](rng)
        crop = _cut_out(rng, _pasted(rng, image, alpha, photos), turned=1.0)
    elif choice < _SHAPE_SHARE + _SCENE_SHARE:
        image, alpha = _SCENES[int(rng.integers(len(_SCENES)))](rng, purpose).decoy
        crop = _cut_out(rng, _pasted(rng, image, alpha, photos), turned=0.6)
    else:
        crop = _cut_out(rng, *_set(rng, photos, purpose))
    return Example(
        crop=crop,
        text="",
        centers=np.zeros(0, np.float32),
        color="",
        rows=0,
        plate=False,
        complete=None,
        blank=blank,
    )


def _height(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(_HEIGHTS))))


def _room(width: float, height: float) -> tuple[int, int]:
    """Return how much of the surroundings a picture keeps at each side and above and below."""
    return round(0.35 * width + 6), round(1.2 * height + 6)


def _pasted(
    rng: np.random.Generator,
    image: UInt8Array,
    alpha: Float32Array | None,
    photos: Sequence[UInt8Array],
) -> tuple[Float32Array, Float32Array, float]:
    """Return a picture with a flat thing in it, the thing's corners and its lines' height."""
    height = _height(rng) * 1.4
    width = float(np.clip(height * image.shape[1] / image.shape[0], 0.8 * height, 420))
    size = max(round(width), 6), max(round(height), 6)
    flat = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    opacity = (
        np.ones((size[1], size[0]), np.float32)
        if alpha is None
        else cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    )[..., None]
    room = _room(width, height)
    picture = background(rng, size[1] + 2 * room[1], size[0] + 2 * room[0], photos)
    full = picture.astype(np.float32)
    place = full[room[1] : room[1] + size[1], room[0] : room[0] + size[0]]
    place += (flat - place) * opacity
    corners = whole_crop_corners(size[1], size[0]) + np.array(room, np.float32)
    return full, corners, height


def _set(
    rng: np.random.Generator, photos: Sequence[UInt8Array], purpose: Purpose
) -> tuple[tuple[Float32Array, Float32Array, float], float]:
    """Return a picture with one line set close, as ``_pasted`` does, and how often it is turned."""
    mask = _line(rng, purpose)
    height = _height(rng)
    width = float(np.clip(height * mask.shape[1] / mask.shape[0], height, 420))
    size = max(round(width), 4), max(round(height), 4)
    ink = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    room = _room(width, height)
    picture = background(rng, size[1] + 2 * room[1], size[0] + 2 * room[0], photos)
    full = picture.astype(np.float32)
    around = np.zeros(full.shape[:2], np.float32)
    around[room[1] : room[1] + size[1], room[0] : room[0] + size[0]] = ink
    corners = whole_crop_corners(size[1], size[0]) + np.array(room, np.float32)
    # the detector sees the sheet, where there is one, else the line
    reach = np.array([rng.uniform(0.01, 0.12) * width, rng.uniform(0.05, 0.6) * height])
    quad = (corners + reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])).astype(np.float32)
    on_sheet = rng.random() < 0.6
    if on_sheet:
        full = _sheet(rng, full, quad)
    full = _drawn(rng, full, around, on_sheet=on_sheet)
    return (full, quad, height), 1.0 if on_sheet else 0.2


def _cut_out(
    rng: np.random.Generator,
    scene: tuple[Float32Array, Float32Array, float],
    turned: float,
) -> UInt8Array:
    """Return the crop that a detector gives: seen from some side, degraded, rectified."""
    full, quad, height = scene
    picture = np.clip(full, 0, 255).astype(np.uint8)
    if rng.random() < turned:
        picture, quad = _seen(rng, picture, quad)
    severity = float(np.clip((height - 8) / 30, 0.15, 1))
    picture = degrade(rng, picture, severity=severity) if rng.random() < 0.85 else picture
    side = quad.max(0) - quad.min(0)
    noise = rng.normal(0, 0.015, (4, 2)) * side + rng.normal(0, 0.03, 2) * side
    quad = quad.copy()
    if rng.random() < 0.15:
        # only part of a longer line looks like a plate
        quad[[0, 3], 0] += rng.uniform(0, 0.35) * side[0]
        quad[[1, 2], 0] -= rng.uniform(0, 0.35) * side[0]
    return rectify_one_row(picture, (quad + noise).astype(np.float32), GEOMETRY)


def _wording(rng: np.random.Generator) -> str:
    """Return a line that is no plate's number, or looks like one and stands on no plate."""
    choice = rng.random()
    if choice < 0.4:
        return caption_text(rng)
    if choice < 0.6:
        return sheet_text(rng)
    if choice < 0.75:
        return number_text(rng)
    parts = [letters(rng, 1, 4), digits(rng, 1, 5)]
    if rng.random() < 0.3:
        parts.append(letters(rng, 1, 3))
    if rng.random() < 0.3:
        parts.reverse()
    return ("", "", " ", "-")[int(rng.integers(4))].join(parts)


def _line(rng: np.random.Generator, purpose: Purpose) -> UInt8Array:
    """Return the ink of some wording in some face."""
    choice = faces(purpose)
    for _ in range(20):
        face = choice[int(rng.integers(len(choice)))]
        try:
            mask = text_mask(face, _wording(rng))
        except (OSError, ValueError):
            continue
        if min(mask.shape) >= 8 and mask.shape[1] < 40 * mask.shape[0]:
            return mask
    raise ValueError("no face draws any wording")


def _sheet(rng: np.random.Generator, picture: Float32Array, quad: Float32Array) -> Float32Array:
    """Put a sheet, a sign or a caption's bar behind the line."""
    low, high = np.round(quad[0]).astype(int), np.round(quad[2]).astype(int)
    tone = rng.uniform(0, 255, 3) if rng.random() < 0.4 else np.full(3, rng.choice([8, 235]))
    tone = np.clip(tone + rng.normal(0, 15, 3), 0, 255)
    shape = np.zeros(picture.shape[:2], np.float32)
    start, end = (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))
    cv2.rectangle(shape, start, end, 1.0, -1)
    opacity = 1.0 if rng.random() < 0.75 else rng.uniform(0.3, 0.8)
    if rng.random() < 0.3:
        y = np.linspace(-0.5, 0.5, picture.shape[0])[:, None, None]
        tone = tone + y * rng.normal(0, 60)
    mixed = picture + (tone - picture) * (shape * opacity)[..., None]
    if rng.random() < 0.3:
        line = rng.uniform(0, 255, 3) if rng.random() < 0.4 else np.full(3, rng.choice([0, 255]))
        inset = int(rng.integers(0, 3))
        cv2.rectangle(
            mixed,
            (start[0] + inset, start[1] + inset),
            (end[0] - inset, end[1] - inset),
            [float(value) for value in line],
            int(rng.integers(1, 4)),
        )
    return np.asarray(mixed, np.float32)


def _drawn(
    rng: np.random.Generator, picture: Float32Array, ink: Float32Array, *, on_sheet: bool
) -> Float32Array:
    """Lay the ink over the picture, with an outline or a shadow where it has no sheet."""
    under = picture[ink > 0.5].mean() if (ink > 0.5).any() else 128.0
    color = np.array(_INKS[int(rng.integers(len(_INKS)))], np.float64)
    if on_sheet or rng.random() < 0.2:
        color = rng.uniform(0, 255, 3) if rng.random() < 0.4 else np.full(3, 20.0)
        if abs(color.mean() - under) < 70:
            color = np.full(3, 245.0 if under < 128 else 10.0)
    edge = 255.0 if color.mean() < 128 else 0.0
    choice = rng.random()
    if not on_sheet and choice < 0.5:
        wide = int(rng.integers(1, 3))
        if choice < 0.3:
            halo = cv2.dilate(ink, np.ones((2 * wide + 1, 2 * wide + 1), np.uint8))
        else:
            halo = np.roll(ink, (wide, wide), (0, 1))
        picture = picture + (edge - picture) * halo[..., None]
    opacity = rng.uniform(0.75, 1)
    return np.asarray(picture + (color - picture) * (ink * opacity)[..., None], np.float32)


def _seen(
    rng: np.random.Generator, picture: UInt8Array, quad: Float32Array
) -> tuple[UInt8Array, Float32Array]:
    """Return the picture from another side, and the corners in it."""
    there = posed(rng, quad, strong=False) + quad.mean(0)
    matrix = cv2.getPerspectiveTransform(quad, there.astype(np.float32))
    seen = cv2.warpPerspective(
        picture,
        matrix,
        (picture.shape[1], picture.shape[0]),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(seen, np.uint8), mapped(np.asarray(matrix), quad)
