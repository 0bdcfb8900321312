"""Captions burnt into pictures and sheets with words, in type faces that no training draws."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from benchmarks.accuracy.conditions.made import Made, Thing
from benchmarks.accuracy.conditions.words import CAPTIONS, filled
from training.render.faces import Face, faces, text_mask
from training.scenes.geometry import covers, random_pose
from training.scenes.paste import paste

if TYPE_CHECKING:
    from collections.abc import Sequence

    from platestream.vision.arrays import UInt8Array
    from training.scenes.geometry import Quad

Colour = tuple[int, int, int]

# Where cameras put their overlays: left, middle, right; top, bottom.
_PLACES: Final = ((0, 0), (0.5, 0), (1, 0), (0, 1), (0.5, 1), (1, 1))
_INKS: Final[tuple[Colour, ...]] = (
    (255, 255, 255), (255, 255, 255), (0, 255, 255), (80, 255, 80), (0, 0, 0), (60, 60, 255),
)  # fmt: skip
# Legible families; those that are kept for measuring have much display lettering, too.
FAMILIES: Final = (
    "BIZ UDGothic", "CMU Sans Serif", "CMU Typewriter Text", "Cabin", "Carlito", "D2Coding",
    "Fantasque Sans Mono", "NanumGothic", "Nimbus Mono PS", "Nimbus Roman", "Nimbus Sans",
    "Nimbus Sans Narrow", "Noto Mono", "Noto Sans", "Noto Sans CJK JP", "Noto Sans Mono",
    "Noto Serif", "OCRABold", "PT Mono", "PT Sans", "PT Sans Caption", "PT Sans Narrow",
    "PT Serif", "Routed Gothic", "Routed Gothic Narrow", "Routed Gothic Wide", "Solothurn",
    "Ume Gothic", "Universalis ADF Std", "osifont",
)  # fmt: skip
_LEAST_FAMILIES: Final = 3
STYLES: Final = ("plain", "outlined", "shadowed", "boxed", "translucent")


def captioned(ground: UInt8Array, rng: np.random.Generator, *, where: str) -> Made:
    """Burn one to three captions into a picture, all in one face and one style, as cameras do."""
    picture = ground.copy()
    face = _one_face(rng)
    style = STYLES[int(rng.integers(len(STYLES)))]
    ink = _INKS[int(rng.integers(len(_INKS)))]
    size = picture.shape[0] * rng.uniform(0.028, 0.07)
    spots = rng.permutation(len(_PLACES))[: int(rng.integers(1, 4))]
    things: list[Thing] = []
    for spot in spots:
        text = filled(rng, CAPTIONS)
        mask = text_mask(face, text)
        # A line's height is that of its capitals; text with brackets or commas is a little higher.
        scale = min(size / mask.shape[0], 0.9 * picture.shape[1] / mask.shape[1])
        shape = (max(round(mask.shape[1] * scale), 4), max(round(mask.shape[0] * scale), 4))
        ready = cv2.resize(mask, shape, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        across, down = _PLACES[int(spot)]
        margin = round(size * rng.uniform(0.4, 1.2))
        left = margin + round(across * max(picture.shape[1] - shape[0] - 2 * margin, 0))
        top = margin + round(down * max(picture.shape[0] - shape[1] - 2 * margin, 0))
        quad = _box(left, top, *shape)
        if not covers(quad, [one.quad for one in things]):
            _write(picture, ready, (left, top), ink, style)
            things.append(Thing(quad=quad, text=text, is_plate=False))
    return Made(picture=picture, variant=where, things=things)


def with_sheets(
    ground: UInt8Array, rng: np.random.Generator, wordings: Sequence[str], *, count: int = 2
) -> Made:
    """Hang sheets of the size and proportions of plates into a picture."""
    picture = ground.copy()
    things: list[Thing] = []
    for number in range(count):
        text = filled(rng, wordings)
        patch = sheet(rng, text)
        width = picture.shape[1] * rng.uniform(0.07, 0.2)
        pose = random_pose(rng, width, patch.shape[1] / patch.shape[0], wild=0.25)
        x = picture.shape[1] * ((number + 0.5) / count + rng.uniform(-0.12, 0.12))
        y = picture.shape[0] * rng.uniform(0.25, 0.8)
        quad = (pose + np.array([x, y])).astype(np.float32)
        if not covers(quad, [one.quad for one in things]):
            paste(picture, patch, quad, gain=float(rng.uniform(0.7, 1.0)))
            things.append(Thing(quad=quad, text=text, is_plate=False))
    return Made(picture=picture, variant="sheet", things=things)


def sheet(rng: np.random.Generator, text: str) -> UInt8Array:
    """Return a sheet with one line of text, uint8 BGR."""
    mask = text_mask(_one_face(rng), text)
    high = 90
    wide = round(mask.shape[1] / mask.shape[0] * high)
    ink = cv2.resize(mask, (max(wide, 8), high), interpolation=cv2.INTER_AREA)
    pad_x, pad_y = round(high * rng.uniform(0.2, 0.7)), round(high * rng.uniform(0.15, 0.5))
    dark = bool(rng.random() < 0.4)
    paper = rng.integers(20, 110, 3) if dark else rng.integers(170, 256, 3)
    written = rng.integers(200, 256, 3) if dark else rng.integers(0, 80, 3)
    shape = (high + 2 * pad_y, ink.shape[1] + 2 * pad_x, 3)
    image = np.empty(shape, np.float32)
    image[:] = paper + np.linspace(-1, 1, shape[1])[None, :, None] * rng.normal(0, 8)
    strength = ink.astype(np.float32)[:, :, None] / 255
    part = image[pad_y : pad_y + high, pad_x : pad_x + ink.shape[1]]
    part[:] = part * (1 - strength) + written * strength
    out = np.asarray(np.clip(image, 0, 255), np.uint8)
    if rng.random() < 0.4:
        frame = tuple(int(value) for value in written)
        cv2.rectangle(out, (3, 3), (shape[1] - 4, shape[0] - 4), frame, int(rng.integers(2, 7)))
    return out


@functools.cache
def usual_faces() -> dict[str, tuple[Face, ...]]:
    """Return the faces for measuring that cameras and sign writers may well use, by family.

    Raises:
        FileNotFoundError: If there are fewer than three families: that would be no variety.
    """
    by_family: dict[str, tuple[Face, ...]] = {}
    for face in faces("measuring"):
        if face.family in FAMILIES:
            by_family[face.family] = (*by_family.get(face.family, ()), face)
    if len(by_family) < _LEAST_FAMILIES:
        raise FileNotFoundError(f"fewer than three of these families: {', '.join(FAMILIES)}")
    return by_family


def _one_face(rng: np.random.Generator) -> Face:
    """A face; every family equally often, however many files it has."""
    by_family = usual_faces()
    members = by_family[sorted(by_family)[int(rng.integers(len(by_family)))]]
    return members[int(rng.integers(len(members)))]


def _write(
    picture: UInt8Array,
    ink: np.ndarray,
    at: tuple[int, int],
    colour: Colour,
    style: str,
) -> None:
    """Lay ink of one colour, float32 ``[h, w]`` 0..1, over a picture."""
    left, top = at
    pad = max(2, round(ink.shape[0] * 0.12))
    bright = sum(colour) > 300
    behind = (0, 0, 0) if bright else (255, 255, 255)
    if style in ("boxed", "translucent"):
        reach = 3 * pad
        area = picture[
            max(top - reach, 0) : top + ink.shape[0] + reach,
            max(left - reach, 0) : left + ink.shape[1] + reach,
        ]
        strength = 1.0 if style == "boxed" else 0.5
        area[:] = (area * (1 - strength) + np.array(behind) * strength).astype(np.uint8)
    elif style == "outlined":
        padded = np.pad(ink, pad)
        grown = cv2.dilate(padded, np.ones((2 * pad - 1, 2 * pad - 1), np.uint8))
        _blend(picture, grown, (left - pad, top - pad), behind)
    elif style == "shadowed":
        _blend(picture, ink, (left + pad, top + pad), behind)
    _blend(picture, ink, at, colour)


def _blend(picture: UInt8Array, ink: np.ndarray, at: tuple[int, int], colour: Colour) -> None:
    left, top = at
    x0, y0 = max(left, 0), max(top, 0)
    x1 = min(left + ink.shape[1], picture.shape[1])
    y1 = min(top + ink.shape[0], picture.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    strength = ink[y0 - top : y1 - top, x0 - left : x1 - left, None]
    area = picture[y0:y1, x0:x1]
    area[:] = (area * (1 - strength) + np.array(colour) * strength).astype(np.uint8)


def _box(left: int, top: int, width: int, height: int) -> Quad:
    right, bottom = left + width, top + height
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return np.array(corners, np.float32)
