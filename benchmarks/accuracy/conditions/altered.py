"""What becomes of a photo on the road: cut, covered, close up, grey, at the edge, in a crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import cv2
import numpy as np

from benchmarks.accuracy.conditions.made import Made, Thing
from benchmarks.accuracy.conditions.photos import color_of
from training.scenes.geometry import box_of
from training.scenes.paste import paste

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.accuracy.conditions.photos import Photo
    from platestream.vision.arrays import UInt8Array
    from training.scenes.geometry import Quad

Side = Literal["left", "right", "top", "bottom"]
Cover = Literal["left", "right", "bar"]

SHARES: Final = (0.5, 0.65, 0.8, 0.9, 0.95)
# Of a close-up's height, as of its width, a camera's usual proportions.
_ASPECT: Final = 4 / 3
_CLOSE_WIDTH: Final = 1280


def cropped(photo: Photo, box: tuple[int, int, int, int]) -> tuple[UInt8Array, list[Thing]]:
    """Cut ``left, top, right, bottom`` out of a photo; plates go along as far as they are seen."""
    left, top = max(box[0], 0), max(box[1], 0)
    right, bottom = min(box[2], photo.picture.shape[1]), min(box[3], photo.picture.shape[0])
    picture = photo.picture[top:bottom, left:right].copy()
    things = []
    for quad, text in zip(photo.quads, photo.texts, strict=True):
        moved = quad - np.array([left, top], np.float32)
        seen = np.clip(moved, 0, [picture.shape[1] - 1, picture.shape[0] - 1])
        x0, y0, x1, y1 = box_of(seen.astype(np.float32))
        if x1 - x0 >= 4 and y1 - y0 >= 4:
            things.append(Thing(quad=seen.astype(np.float32), text=text))
    return picture, things


def cut(photo: Photo, side: Side, share: float) -> Made:
    """Let the picture end ``share`` into the plate."""
    left, top, right, bottom = box_of(photo.quad)
    height, width = photo.picture.shape[:2]
    wide, high = right - left, bottom - top
    box = {
        "left": (round(left + share * wide), 0, width, height),
        "right": (0, 0, round(right - share * wide), height),
        "top": (0, round(top + share * high), width, height),
        "bottom": (0, 0, width, round(bottom - share * high)),
    }[side]
    picture, things = cropped(photo, box)
    return Made(picture=picture, variant=side, things=things[:1])


def at_edge(photo: Photo, side: Side, rng: np.random.Generator) -> Made:
    """Let the picture end just beside the plate, which stays whole."""
    left, top, right, bottom = box_of(photo.quad)
    height, width = photo.picture.shape[:2]
    # Labels are off by some pixels: what ends nearer than this may be cut.
    gap = max(5.0, rng.uniform(0.03, 0.08) * (right - left))
    box = {
        "left": (round(left - gap), 0, width, height),
        "right": (0, 0, round(right + gap), height),
        "top": (0, round(top - gap), width, height),
        "bottom": (0, 0, width, round(bottom + gap)),
    }[side]
    picture, things = cropped(photo, box)
    return Made(picture=picture, variant=f"at the {side} edge", things=things[:1])


def covered(photo: Photo, cover: Cover, rng: np.random.Generator) -> Made:
    """Put something before 30 % of the plate, or a tow bar before its middle."""
    picture = photo.picture.copy()
    quad = photo.quad
    if cover == "bar":
        # From a slim bar, which hides most of one character, to one that hides all of it.
        half = rng.uniform(0.025, 0.075)
        at = 0.5 + rng.uniform(-0.08, 0.08)
        reach = np.array([[at - half, -0.2], [at + half, -0.2], [at + half, 1.9], [at - half, 1.9]])
        patch = _bar(rng)
    else:
        inner = 0.3 + rng.uniform(-0.02, 0.02)
        x0, x1 = (-0.35, inner) if cover == "left" else (1 - inner, 1.35)
        reach = np.array([[x0, -0.5], [x1, -0.3], [x1, 1.5], [x0, 1.4]])
        patch = _body(photo, rng)
    paste(picture, patch, _within(quad, reach), feather=0.8)
    things = [Thing(quad=photo.quad, text=photo.text)]
    variant = "tow bar" if cover == "bar" else f"{cover} 30 %"
    return Made(picture=picture, variant=variant, things=things)


def _within(quad: Quad, points: np.ndarray) -> Quad:
    """Points in plate coordinates, 0..1 over the plate, as pixels."""
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(unit, quad.astype(np.float32))
    moved = cv2.perspectiveTransform(points[None].astype(np.float32), matrix)[0]
    return np.asarray(moved, np.float32)


def _bar(rng: np.random.Generator) -> UInt8Array:
    """A tow bar: a round dark or chromed rod, seen from behind."""
    tone = rng.choice([35.0, 60.0, 150.0])
    across = np.linspace(-1, 1, 40)
    light = tone * (0.5 + 0.8 * np.exp(-((across - rng.uniform(-0.5, 0.2)) ** 2) / 0.12))
    rod = np.repeat(np.repeat(light[None, :, None], 200, 0), 3, 2)
    rod += rng.normal(0, 4, rod.shape)
    return np.asarray(np.clip(rod, 0, 255), np.uint8)


def _body(photo: Photo, rng: np.random.Generator) -> UInt8Array:
    """What stands before a plate: another part of the same photo, or one dark or bright thing."""
    left, top, right, bottom = (round(value) for value in box_of(photo.quad))
    wide, high = right - left, bottom - top
    above = photo.picture[max(top - 3 * high, 0) : max(top - high, 0), left : left + wide]
    if rng.random() < 0.5 and min(above.shape[:2]) >= 8:
        return np.ascontiguousarray(above)
    tone = rng.choice([30, 90, 190]) + rng.normal(0, 12, 3)
    ramp = np.linspace(-1, 1, 64)[:, None, None] * rng.uniform(-30, 30)
    sheet = np.clip(tone + ramp + rng.normal(0, 3, (64, 96, 3)), 0, 255)
    return np.asarray(sheet, np.uint8)


def close_up(photo: Photo, share: float) -> Made:
    """Let the plate fill ``share`` of the picture's width."""
    left, top, right, bottom = box_of(photo.quad)
    height, width = photo.picture.shape[:2]
    wide = min((right - left) / share, width)
    high = min(max(wide / _ASPECT, bottom - top + 4), height)
    x0 = float(np.clip((left + right) / 2 - wide / 2, 0, width - wide))
    y0 = float(np.clip((top + bottom) / 2 - high / 2, 0, height - high))
    box = (round(x0), round(y0), round(x0 + wide), round(y0 + high))
    picture, things = cropped(photo, box)
    scale = _CLOSE_WIDTH / picture.shape[1]
    size = (_CLOSE_WIDTH, round(picture.shape[0] * scale))
    large = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    scaled = [Thing(quad=(one.quad + 0.5) * scale - 0.5, text=one.text) for one in things[:1]]
    return Made(picture=large, variant=f"{round(share * 100)} %", things=scaled)


def grey(photo: Photo, rng: np.random.Generator) -> Made:
    """The photo as an infra-red camera gives it: one channel, lit from the camera, grainy."""
    mix = rng.dirichlet((2.0, 4.0, 4.0))
    shade = (photo.picture.astype(np.float32) @ mix.astype(np.float32)) / 255
    shade = shade ** rng.uniform(0.8, 1.3)
    lit = rng.random() < 0.5
    if lit:
        height, width = shade.shape
        left, top, right, bottom = box_of(photo.quad)
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        reach = 1.2 * max(right - left, 0.25 * width)
        far = ((xs - (left + right) / 2) ** 2 + (ys - (top + bottom) / 2) ** 2) / reach**2
        shade = shade * (0.35 + 0.75 * np.exp(-far))
    shade = shade + rng.normal(0, rng.uniform(0.005, 0.03), shade.shape)
    one = np.clip(shade * 255, 0, 255).astype(np.uint8)
    color = color_of(photo.picture, photo.quad)
    things = [Thing(quad=photo.quad, text=photo.text, color=color)]
    return Made(
        picture=np.repeat(one[:, :, None], 3, 2),
        variant="lit from the camera" if lit else "daylight",
        things=things,
    )


def crowd(group: Sequence[Photo], rng: np.random.Generator) -> Made:
    """Cars side by side, two rows of three: every plate has others near it."""
    cell = (320, 240)
    picture = np.zeros((2 * cell[1], 3 * cell[0], 3), np.uint8)
    things: list[Thing] = []
    for number, photo in enumerate(group[:6]):
        left, top, right, bottom = box_of(photo.quad)
        height, width = photo.picture.shape[:2]
        wide = min((right - left) * rng.uniform(1.5, 2.4), width, height * _ASPECT)
        high = min(wide / _ASPECT, height)
        x0 = float(np.clip((left + right) / 2 - wide / 2, 0, width - wide))
        y0 = float(np.clip((top + bottom) / 2 - high * 0.6, 0, height - high))
        part, seen = cropped(photo, (round(x0), round(y0), round(x0 + wide), round(y0 + high)))
        scale = np.array([cell[0] / part.shape[1], cell[1] / part.shape[0]], np.float32)
        shift = np.array([number % 3 * cell[0], number // 3 * cell[1]], np.float32)
        small = cv2.resize(part, cell, interpolation=cv2.INTER_AREA)
        y, x = int(shift[1]), int(shift[0])
        picture[y : y + cell[1], x : x + cell[0]] = small
        things += [
            Thing(quad=(one.quad + 0.5) * scale - 0.5 + shift, text=one.text) for one in seen
        ]
    return Made(picture=picture, variant="among others", things=things)
