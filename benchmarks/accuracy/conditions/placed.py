"""Rendered plates on real cars: countries and designs that few free photographs show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from benchmarks.accuracy.conditions.made import Made, Thing
from training.render import render_plate
from training.scenes.geometry import box_of
from training.scenes.paste import local_gain, paste

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.accuracy.conditions.photos import Photo
    from training.render import PlateKind
    from training.scenes.geometry import Quad

# Widths in pixels as road cameras see plates, and up to what a phone does.
_WIDTHS: Final = (70.0, 220.0)


def rendered(
    photos: Sequence[Photo], kinds: Sequence[PlateKind], each: int, seed: int
) -> Iterator[Made]:
    """Put ``each`` rendered plates of every kind in the places of real plates."""
    for kind_at, kind in enumerate(kinds):
        for number in range(each):
            rng = np.random.default_rng([seed, kind_at, number])
            photo = photos[int(rng.integers(len(photos)))]
            plate = render_plate(rng, kind)
            aspect = plate.image.shape[1] / plate.image.shape[0]
            wanted = float(np.exp(rng.uniform(*np.log(_WIDTHS))))
            # A square plate of a car's width would be as large as its boot.
            wanted *= min(1.0, aspect / 2.2)
            scale = min(1.0, wanted / photo.width / _reach(photo.quad, aspect))
            size = (round(photo.picture.shape[1] * scale), round(photo.picture.shape[0] * scale))
            picture = np.asarray(
                cv2.resize(photo.picture, size, interpolation=cv2.INTER_AREA), np.uint8
            )
            quad = _place((photo.quad + 0.5) * scale - 0.5, aspect)
            height, width = picture.shape[:2]
            x0, y0, x1, y1 = box_of(quad)
            if x0 < 0 or y0 < 0 or x1 >= width or y1 >= height:
                continue
            gain = local_gain(picture, quad, rng)
            paste(picture, plate.image, quad, gain=gain, feather=float(rng.uniform(0.5, 0.9)))
            thing = Thing(quad=quad, text=plate.text, color=plate.color)
            yield Made(picture=picture, variant=str(kind), things=[thing])


def _reach(quad: Quad, aspect: float) -> float:
    """How much wider a plate of an aspect must be than the one that it hides."""
    x0, y0, x1, y1 = box_of(quad)
    return max(1.04, 1.08 * (y1 - y0) * aspect / (x1 - x0))


def _place(quad: Quad, aspect: float) -> Quad:
    """The corners of a plate of an aspect that hides another one, seen from the same side."""
    centre = quad.mean(0)
    along = (quad[1] - quad[0] + quad[2] - quad[3]) / 2
    down = (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    grown = _reach(quad, aspect)
    wide = along * grown
    tall = down / max(float(np.linalg.norm(down)), 1e-6) * float(np.linalg.norm(wide)) / aspect
    corners = [(-wide - tall), (wide - tall), (wide + tall), (-wide + tall)]
    return np.asarray(centre + np.array(corners) / 2, np.float32)
