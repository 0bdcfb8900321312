"""Photos altered as a road camera alters them: cut, covered, lettered over, grey, close up.

Made anew at every fit, by a fixed seed; nothing of it is the pictures that accuracy is measured on
(``benchmarks.accuracy.conditions``), and lettering is set in faces that train.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import cv2
import numpy as np

from training.recognizer.covers import cover
from training.render import UNKNOWN_KINDS, render_plate
from training.scenes.geometry import Quad, box_of, covers, random_pose
from training.scenes.lettering import Lettering, caption, sheet
from training.scenes.paste import local_gain, paste

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    UInt8Array = NDArray[np.uint8]

Condition = Literal["cut", "covered", "near", "close", "grey", "script", "lettering"]
CONDITIONS: Final[tuple[Condition, ...]] = (
    "cut", "covered", "near", "close", "grey", "script", "lettering",
)  # fmt: skip

# How much of the plate lies beyond the picture's edge: from a good part of the outer character on
# (the rim and the gap behind it take a twelfth) to what a detector still finds.
_CUT: Final = {0: (0.12, 0.42), 1: (0.25, 0.5)}
# How far beyond the plate the picture ends where it holds the plate whole, shares of its width.
_BESIDE: Final = (0.02, 0.1)
# Pixels: labels are not better than that, and what ends nearer may be cut.
_LABEL_ERROR: Final = 4.0
_CLOSE_SHARES: Final = (0.45, 0.95)
_ASPECT: Final = 4 / 3
_CLOSE_WIDTH: Final = 1280
# Share of the plate's middle, by columns, that a cover must hide for the number to be incomplete.
_HIDING: Final = 0.1
_TRIES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """One altered picture.

    Attributes:
        condition: What was done.
        picture: uint8 BGR ``[H, W, 3]``.
        quad: Corners of the plate, or of its visible part; None where the lettering counts.
        text: All of the number, also of a plate that is cut or covered.
        complete: Whether all of it can be seen.
        lettering: Corners of what is no plate.
    """

    condition: Condition
    picture: UInt8Array
    quad: Quad | None
    text: str = ""
    complete: bool = True
    lettering: tuple[Quad, ...] = ()


def altered(
    picture: UInt8Array, quads: list[Quad], text: str, rng: np.random.Generator
) -> Iterator[Altered]:
    """Give a photo's altered forms.

    Args:
        picture: uint8 BGR ``[H, W, 3]``.
        quads: All its plates; the first is the one that is altered.
        text: The first one's.
        rng: Of this photo.
    """
    quad = quads[0]
    yield _ended(picture, quad, text, rng, through=True)
    yield _ended(picture, quad, text, rng, through=False)
    hidden = _covered(picture, quad, text, rng)
    if hidden is not None:
        yield hidden
    yield _lettered(picture, quads, rng)
    if rng.random() < 0.5:
        yield _close(picture, quad, text, rng)
    if rng.random() < 0.5:
        yield _grey(picture, quad, text, rng)
    if rng.random() < 0.5:
        yield _script(picture, quad, rng)


def _part(
    picture: UInt8Array, quad: Quad, box: tuple[float, float, float, float]
) -> tuple[UInt8Array, Quad]:
    """Cut ``left, top, right, bottom`` out; the plate goes along as far as it is seen."""
    height, width = picture.shape[:2]
    left, top = max(round(box[0]), 0), max(round(box[1]), 0)
    right, bottom = min(round(box[2]), width), min(round(box[3]), height)
    part = np.ascontiguousarray(picture[top:bottom, left:right])
    seen = np.clip(quad - np.array([left, top]), 0, [right - left - 1, bottom - top - 1])
    return part, seen.astype(np.float32)


def _ended(
    picture: UInt8Array, quad: Quad, text: str, rng: np.random.Generator, *, through: bool
) -> Altered:
    """Let the picture end within the plate, or just beside it."""
    box = list(box_of(quad))
    # Vehicles come and go at the sides more often than above and below.
    axis = 0 if rng.random() < 0.75 else 1
    long = box[axis + 2] - box[axis]
    if through:
        inwards = long * rng.uniform(*_CUT[axis])
    else:
        inwards = -max(_LABEL_ERROR, (box[2] - box[0]) * rng.uniform(*_BESIDE))
    window = [0.0, 0.0, float(picture.shape[1]), float(picture.shape[0])]
    if rng.random() < 0.5:
        window[axis] = box[axis] + inwards
    else:
        window[axis + 2] = box[axis + 2] - inwards
    part, seen = _part(picture, quad, (window[0], window[1], window[2], window[3]))
    return Altered(
        condition="cut" if through else "near",
        picture=part,
        quad=seen,
        text=text,
        complete=not through,
    )


def _covered(
    picture: UInt8Array, quad: Quad, text: str, rng: np.random.Generator
) -> Altered | None:
    """Put something before a part of the plate; None where all that came up hid nothing."""
    left, top, right, bottom = box_of(quad)
    wide, high = right - left, bottom - top
    # What covers is drawn over the whole picture given: a part of it will do.
    x0, y0 = max(round(left - wide), 0), max(round(top - 2 * high), 0)
    x1, y1 = round(right + wide), round(bottom + 2 * high)
    area = picture[y0:y1, x0:x1]
    size = 140, round(140 * max(wide / max(high, 1.0), 1.2))
    flat = np.array([[0, 0], [size[1], 0], [size[1], size[0]], [0, size[0]]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, (quad - np.array([x0, y0])).astype(np.float32))
    across, down = np.meshgrid(np.linspace(0.08, 0.92, 43), np.linspace(0.25, 0.75, 9))
    points = np.stack([across, down], -1).astype(np.float32) * np.array(size[::-1], np.float32)
    for _ in range(_TRIES):
        mixed, behind = cover(rng, area, size, np.asarray(matrix), points, [area])
        if behind.all(axis=0).mean() >= _HIDING:
            result = picture.copy()
            result[y0:y1, x0:x1] = mixed
            return Altered(
                condition="covered", picture=result, quad=quad, text=text, complete=False
            )
    return None


def _close(picture: UInt8Array, quad: Quad, text: str, rng: np.random.Generator) -> Altered:
    """Let the plate fill much of the picture's width."""
    left, top, right, bottom = box_of(quad)
    height, width = picture.shape[:2]
    wide = min((right - left) / rng.uniform(*_CLOSE_SHARES), width)
    high = min(max(wide / _ASPECT, bottom - top + 4), height)
    x0 = float(np.clip((left + right) / 2 - wide / 2, 0, width - wide))
    y0 = float(np.clip((top + bottom) / 2 - high / 2, 0, height - high))
    part, seen = _part(picture, quad, (x0, y0, x0 + wide, y0 + high))
    scale = _CLOSE_WIDTH / part.shape[1]
    size = (_CLOSE_WIDTH, round(part.shape[0] * scale))
    large = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    moved = ((seen + 0.5) * scale - 0.5).astype(np.float32)
    return Altered(condition="close", picture=large, quad=moved, text=text)


def _grey(picture: UInt8Array, quad: Quad, text: str, rng: np.random.Generator) -> Altered:
    """One channel, of other brightness and grain: an infra-red night."""
    mix = rng.dirichlet((2.0, 4.0, 4.0)).astype(np.float32)
    shade = (picture.astype(np.float32) @ mix / 255) ** rng.uniform(0.7, 1.6)
    shade = shade * rng.uniform(0.5, 1.1) + rng.normal(0, rng.uniform(0.004, 0.03), shade.shape)
    one = np.clip(shade * 255, 0, 255).astype(np.uint8)
    return Altered(condition="grey", picture=np.repeat(one[..., None], 3, 2), quad=quad, text=text)


def _script(picture: UInt8Array, quad: Quad, rng: np.random.Generator) -> Altered:
    """Put a rendered plate of a script that the alphabet lacks in the place of the photo's."""
    kinds = sorted(UNKNOWN_KINDS)
    plate = render_plate(rng, kinds[int(rng.integers(len(kinds)))])
    aspect = plate.image.shape[1] / plate.image.shape[0]
    centre = quad.mean(0)
    along = (quad[1] - quad[0] + quad[2] - quad[3]) / 2
    down = (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    long, high = float(np.linalg.norm(along)), max(float(np.linalg.norm(down)), 1.0)
    # It hides the real one whatever the proportions.
    wide = 1.08 * max(long, high * aspect)
    side, upright = along / max(long, 1.0) * wide / 2, down / high * wide / aspect / 2
    corners = [centre - side - upright, centre + side - upright]
    corners += [centre + side + upright, centre - side + upright]
    place = np.array(corners, np.float32)
    result = picture.copy()
    paste(result, plate.image, place, gain=local_gain(result, place, rng))
    return Altered(condition="script", picture=result, quad=place, text=plate.text)


def _lettered(picture: UInt8Array, quads: list[Quad], rng: np.random.Generator) -> Altered:
    """Write captions over the picture, or hang sheets into it, beside its plates."""
    result = picture.copy()
    height, width = result.shape[:2]
    placed: list[Quad] = []
    burnt = rng.random() < 0.6
    for _ in range(_TRIES):
        made = caption(rng) if burnt else sheet(rng)
        place = _caption_place(made, rng, (height, width)) if burnt else None
        if place is None:
            wide = width * rng.uniform(0.07, 0.25)
            pose = random_pose(rng, wide, made.image.shape[1] / made.image.shape[0], wild=0.25)
            middle = np.array([width, height]) * rng.uniform(0.15, 0.85, 2)
            place = (pose + middle).astype(np.float32)
        if not covers(place, [*quads, *placed]):
            paste(result, made.image, place, alpha=made.alpha, feather=0.2 if burnt else 0.6)
            placed.append(place)
        if len(placed) == 3:
            break
    return Altered(condition="lettering", picture=result, quad=None, lettering=tuple(placed))


def _caption_place(made: Lettering, rng: np.random.Generator, size: tuple[int, int]) -> Quad:
    """An upright box in a corner, or at the upper or lower edge."""
    height, width = size
    lines = made.text.count("\n") + 1
    high = height * rng.uniform(0.03, 0.09) * lines
    wide = high * made.image.shape[1] / made.image.shape[0]
    shrink = min(1.0, 0.9 * width / wide)
    wide, high = wide * shrink, high * shrink
    left = float(rng.choice([0.01, 0.5, 0.99])) * (width - wide)
    top = float(rng.choice([0.01, 0.99])) * (height - high)
    corners = [[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]]
    return np.array(corners, np.float32)
