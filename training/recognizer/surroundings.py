"""What a camera sees with a plate: its holder, the dirt on it and the background behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from platestream.vision.recognition.rectify import whole_crop_corners
from training.render.canvas import shade
from training.render.glyphs import LATIN_FONTS, available_fonts, font_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.render import RenderedPlate

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

_HOLDER_WORDS = (
    "AUTOHAUS",
    "www.cars.com",
    "BMW",
    "TOYOTA",
    "4S",
    "DEALER",
    "MOTORS",
    "GARAGE",
    "CHEVROLET",
    "VW",
    "FORD",
    "SERVICE",
    "AUTO CENTER",
    "RENT A CAR",
)


def with_holder(rng: np.random.Generator, plate: RenderedPlate) -> tuple[UInt8Array, Float32Array]:
    """Return the plate with a holder around it and the plate's corners in that picture."""
    height, width = plate.image.shape[:2]
    if rng.random() > 0.3:
        return plate.image, whole_crop_corners(height, width)
    side = int(rng.uniform(0.01, 0.05) * height)
    above = int(rng.uniform(0.02, 0.08) * height)
    below = int(rng.uniform(0.02, 0.2) * height)
    dark = rng.random() < 0.7
    colour = shade(rng, (45, 45, 45) if dark else (170, 170, 170), 40)
    framed = np.asarray(
        cv2.copyMakeBorder(
            plate.image, above, below, side, side, cv2.BORDER_CONSTANT, value=colour
        ),
        np.uint8,
    )
    if below > 0.09 * height and rng.random() < 0.7:
        fonts = available_fonts(LATIN_FONTS)
        words = _HOLDER_WORDS[int(rng.integers(len(_HOLDER_WORDS)))]
        mask = font_line(fonts[int(rng.integers(len(fonts)))], words)
        high = max(round(below * 0.7), 3)
        wide = min(round(mask.shape[1] / mask.shape[0] * high), width)
        ink = cv2.resize(mask, (wide, high), interpolation=cv2.INTER_AREA)[..., None] / 255.0
        y, x = height + above + (below - high) // 2, side + (width - wide) // 2
        letters = np.array(shade(rng, (210, 210, 210) if dark else (40, 40, 40), 30))
        under = framed[y : y + high, x : x + wide]
        framed[y : y + high, x : x + wide] = (under * (1 - ink) + letters * ink).astype(np.uint8)
    corners = whole_crop_corners(height, width) + np.array([side, above], np.float32)
    return framed, corners


def with_dirt(rng: np.random.Generator, image: UInt8Array) -> UInt8Array:
    """Return the plate with a few half-transparent spots."""
    height, width = image.shape[:2]
    dirty = image.copy()
    for _ in range(int(rng.integers(1, 9))):
        center = int(rng.integers(width)), int(rng.integers(height))
        reach = max(int(rng.uniform(0.01, 0.05) * height), 1)
        cv2.circle(dirty, center, reach, shade(rng, (80, 95, 105), 50), -1)
    share = rng.uniform(0.4, 1)
    return np.asarray(cv2.addWeighted(dirty, share, image, 1 - share, 0), np.uint8)


def background(
    rng: np.random.Generator, height: int, width: int, photos: Sequence[UInt8Array]
) -> UInt8Array:
    """Return a piece of one of the photos, where there are any, or lines and boxes on a colour."""
    if photos and rng.random() < 0.5:
        photo = photos[int(rng.integers(len(photos)))]
        h, w = photo.shape[:2]
        take = min(int(width * rng.uniform(0.7, 2)), w - 1), min(int(height * 1.5), h - 1)
        x, y = int(rng.integers(w - take[0])), int(rng.integers(h - take[1]))
        piece = photo[y : y + take[1], x : x + take[0]]
        return np.asarray(cv2.resize(piece, (width, height)), np.uint8)
    base = shade(rng, (110, 110, 110), 100)
    picture = np.full((height, width, 3), base, np.uint8)
    for _ in range(int(rng.integers(0, 6))):
        colour = shade(rng, base, 80)
        y = int(rng.integers(height))
        if rng.random() < 0.5:
            cv2.line(
                picture,
                (0, y),
                (width, y + int(rng.normal(0, height / 6))),
                colour,
                int(rng.integers(1, 8)),
            )
        else:
            x = int(rng.integers(width))
            cv2.rectangle(
                picture,
                (x, y),
                (x + int(rng.integers(2, width)), y + int(rng.integers(2, height))),
                colour,
                -1,
            )
    return picture
