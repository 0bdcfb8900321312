"""Shapes behind a serial: bands, ridges, suns, waves, something in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.render.canvas import Bgr, shade
from training.render.states.design import COLOURS

if TYPE_CHECKING:
    from training.render.canvas import Canvas


def draw_art(rng: np.random.Generator, canvas: Canvas, item: str) -> None:
    """Draw one ``shape:colour`` of a design.

    Shapes: ``top`` and ``foot`` (bands), ``ridge`` and ``hills`` (an outline across the plate),
    ``sun``, ``wave``, ``stripe`` (under the name), ``middle`` (an emblem between the letters),
    ``left`` (an emblem before them), ``sides`` (two outlines at the edges).

    Raises:
        ValueError: if there is no such shape.
    """
    shape, name = item.split(":")
    colour = shade(rng, COLOURS[name], 16)
    width, height = canvas.width, canvas.height
    match shape:
        case "top":
            canvas.rectangle(0, 0, width, height * rng.uniform(0.17, 0.24), colour)
        case "foot":
            canvas.rectangle(0, height * rng.uniform(0.78, 0.85), width, height, colour)
        case "stripe":
            y = height * rng.uniform(0.2, 0.25)
            canvas.rectangle(0, y, width, y + height * rng.uniform(0.015, 0.04), colour)
        case "ridge" | "hills":
            _outline(rng, canvas, colour, smooth=shape == "hills")
        case "wave":
            _wave(rng, canvas, colour)
        case "sun":
            x, y = width * rng.uniform(0.3, 0.7), height * rng.uniform(0.3, 0.6)
            _blend(canvas, colour, 0.5, x, y, height * rng.uniform(0.15, 0.3))
        case "middle":
            _emblem(rng, canvas, colour, width * rng.uniform(0.46, 0.54), height * 0.16)
        case "left":
            _emblem(rng, canvas, colour, width * rng.uniform(0.08, 0.12), height * 0.2)
        case "sides":
            for x in (0.06, 0.94):
                _emblem(rng, canvas, colour, width * x, height * rng.uniform(0.15, 0.3))
        case _:
            raise ValueError(f"no shape {shape!r}")


def _blend(  # noqa: PLR0917
    canvas: Canvas, colour: Bgr, share: float, x: float, y: float, radius: float
) -> None:
    over = canvas.image.copy()
    cv2.circle(over, (round(x), round(y)), round(radius), colour, -1, cv2.LINE_AA)
    cv2.addWeighted(over, share, canvas.image, 1 - share, 0, dst=canvas.image)


def _filled(canvas: Canvas, points: list[tuple[float, float]], colour: Bgr, share: float) -> None:
    """Fill a polygon, a share of it over what is there."""
    over = canvas.image.copy()
    outline = np.round(np.array(points) * 8).astype(np.int32).reshape(-1, 1, 2)
    cv2.fillPoly(over, [outline], colour, cv2.LINE_AA, 3)
    cv2.addWeighted(over, share, canvas.image, 1 - share, 0, dst=canvas.image)


def _outline(rng: np.random.Generator, canvas: Canvas, colour: Bgr, *, smooth: bool) -> None:
    """Draw mountains or hills whose foot is the plate's."""
    width, height = canvas.width, canvas.height
    count = int(rng.integers(4, 8)) * (3 if smooth else 1)
    level, reach = rng.uniform(0.4, 0.75), rng.uniform(0.08, 0.2)
    if smooth:
        steps = np.arange(count + 1) / count * rng.uniform(4, 9) + rng.uniform(0, 6)
        rises = np.sin(steps) * reach * 0.6
    else:
        rises = rng.uniform(-reach, reach, count + 1)
    points = [(width * n / count, height * (level + rise)) for n, rise in enumerate(rises)]
    points += [(width, height), (0, height)]
    _filled(canvas, points, colour, float(rng.uniform(0.25, 0.6)))


def _wave(rng: np.random.Generator, canvas: Canvas, colour: Bgr) -> None:
    """Draw a waving band across the plate."""
    width, height = canvas.width, canvas.height
    x = np.linspace(0, width, 16)
    middle = height * (rng.uniform(0.25, 0.8) + 0.08 * np.sin(x / width * 7 + rng.uniform(0, 6)))
    thick = height * rng.uniform(0.05, 0.16)
    points = [(a, b) for a, b in zip(x, middle, strict=True)]
    points += [(a, b + thick) for a, b in reversed(points)]
    _filled(canvas, points, colour, float(rng.uniform(0.3, 0.7)))


def _emblem(rng: np.random.Generator, canvas: Canvas, colour: Bgr, x: float, reach: float) -> None:
    """Draw something with an irregular outline: a fruit, a tree, a state's shape."""
    count = int(rng.integers(6, 12))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    radii = rng.uniform(0.45, 1, count) * reach
    y = canvas.height * rng.uniform(0.45, 0.56)
    points = [
        (x + radius * np.cos(angle) * 0.7, y + radius * np.sin(angle) * 1.2)
        for angle, radius in zip(angles, radii, strict=True)
    ]
    _filled(canvas, points, colour, float(rng.uniform(0.35, 0.95)))
