"""Mixes training pictures: photo views and mosaics with plates and decoys pasted in."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.detector.light import infrared, relight
from training.detector.pasting import add_caption, add_decoy, add_plate, swap_plates
from training.detector.views import PAD_VALUE, View, letterboxed, look_at, mosaic

if TYPE_CHECKING:
    from training.detector.sources import Sources

# Share of the pictures that an infra-red camera took at night.
INFRARED = 0.10
# Share of the pictures that a caption is written over.
CAPTIONED = 0.2


def patch_sheet(
    sources: Sources, rng: np.random.Generator, width: int, height: int, unit: float
) -> View:
    """Hard patches side by side on padding, as small pictures meet the detector at run time."""
    view = View(np.full((height, width, 3), PAD_VALUE, np.uint8), unit=unit)
    y = 0
    while y < height:
        scale = rng.uniform(1.0, 2.0)
        row = 0
        x = 0
        while x < width:
            patch = sources.patches[int(rng.integers(len(sources.patches)))]
            w, h = int(patch.shape[1] * scale), int(patch.shape[0] * scale)
            patch = cv2.resize(patch, (w, h), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
            h, w = min(h, height - y), min(w, width - x)
            view.image[y : y + h, x : x + w] = patch[:h, :w]
            row = max(row, h)
            x += w + int(rng.integers(0, 40))
        y += row + int(rng.integers(0, 40))
    return view


def _tiles(
    sources: Sources, rng: np.random.Generator, width: int, height: int, unit: float
) -> View:
    """Four views side by side, or nine with small plates."""
    count = 3 if rng.random() < 0.25 else 2
    edges = []
    for length in (width, height):
        inner = [int(length * (i + rng.uniform(-0.2, 0.2)) / count) for i in range(1, count)]
        edges.append([0, *inner, length])
    columns, rows = edges
    views = [
        look_at(sources.photo(rng), rng, right - left, bottom - top, unit)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]
    return mosaic(views, width, height, (columns[:-1], rows[:-1]))


def _scene(
    sources: Sources, rng: np.random.Generator, width: int, height: int, unit: float
) -> View:
    """A look at one photo, padded on one side as other shapes of pictures are in service."""
    if rng.random() >= 0.2:
        return look_at(sources.photo(rng), rng, width, height, unit)
    part = rng.uniform(0.5, 0.97)
    inner = (width, int(height * part)) if rng.random() < 0.5 else (int(width * part), height)
    return letterboxed(look_at(sources.photo(rng), rng, *inner, unit), width, height)


def make_sample(
    sources: Sources, rng: np.random.Generator, width: int, height: int, unit: float = 1.0
) -> View:
    """One training picture with its plates and ignored areas.

    Args:
        sources: what it is made from.
        rng: source of randomness.
        width: pixels.
        height: pixels.
        unit: pixels of the picture per pixel of the canvas that the network will see.
    """
    kind = rng.random()
    if sources.patches and kind < 0.03:
        view = patch_sheet(sources, rng, width, height, unit)
    elif kind < 0.38:
        view = _tiles(sources, rng, width, height, unit)
    else:
        view = _scene(sources, rng, width, height, unit)
    if sources.plates:
        swap_plates(view, sources, rng)
    if rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            add_decoy(view, sources, rng)
    if sources.plates and rng.random() < 0.5:
        for _ in range(int(rng.integers(1, 4))):
            add_plate(view, sources.plates[int(rng.integers(len(sources.plates)))], rng)
    if rng.random() < INFRARED:
        view.image = infrared(view.image, [plate.quad for plate in view.plates], rng)
    if rng.random() < CAPTIONED:
        for _ in range(int(rng.integers(1, 3))):
            add_caption(view, rng)
    view.image = relight(view.image, rng)
    return view
