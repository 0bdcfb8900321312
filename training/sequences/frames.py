"""Frames of a planned clip, drawn: one background, vehicles as sheets that are scaled and moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.render import PlateKind, render_plate
from training.scenes.backgrounds import PLACES
from training.scenes.decoys import caption
from training.scenes.geometry import Quad, box_of, transform, visible_fraction
from training.scenes.paste import paste
from training.scenes.vehicle_parts import GROUND, SHEET_HEIGHT, SHEET_WIDTH
from training.scenes.vehicles import draw_car
from training.sequences.plans import HEIGHT, WIDTH, Plan, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from training.render.faces import Purpose

# One-row kinds that the reader knows well: clips measure passages, not letterforms.
KINDS = (
    PlateKind.BLUE,
    PlateKind.BLUE,
    PlateKind.GREEN_SMALL,
    PlateKind.YELLOW,
    PlateKind.EUROPE,
    PlateKind.EUROPE,
    PlateKind.EUROPE,
    PlateKind.BRAZIL,
    PlateKind.INDIA,
)
# A plate of which so much can be seen counts as whole: its edge is bare metal.
_WHOLE = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A vehicle's face with its plate, premultiplied, and where the plate is in it."""

    text: str
    image: NDArray[np.float32]
    alpha: NDArray[np.float32]
    plate: Quad


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueFrame:
    """A frame, uint8 ``[H,W,3]`` BGR, and the numbers of which all can be seen in it."""

    image: NDArray[np.uint8]
    texts: tuple[str, ...]
    corners: tuple[Quad, ...]


def face(rng: np.random.Generator, purpose: Purpose) -> Face:
    """Draw a vehicle with a plate on its sheet."""
    vehicle = draw_car(rng, rear=bool(rng.random() < 0.6))
    plate = render_plate(rng, KINDS[int(rng.integers(len(KINDS)))], purpose)
    (x0, y0), (x1, y1) = vehicle.mount[0], vehicle.mount[2]
    aspect = plate.image.shape[1] / plate.image.shape[0]
    wide = min(float(x1 - x0), float(y1 - y0) * aspect)
    # A little turned: no camera looks straight.
    turn, lean = rng.normal(0, 0.03), rng.normal(0, 0.06)
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * 0.5
    flat *= np.array([wide, wide / aspect], np.float32)
    spin = np.array([[1, lean], [turn, 1]], np.float32)
    quad = flat @ spin.T + np.array([(x0 + x1) / 2, (y0 + y1) / 2], np.float32)
    sheet = np.clip(vehicle.image, 0, 255).astype(np.uint8)
    paste(sheet, plate.image, quad.astype(np.float32), gain=float(rng.uniform(0.75, 1.0)))
    return Face(
        text=plate.text,
        image=sheet.astype(np.float32),
        alpha=vehicle.alpha.astype(np.float32),
        plate=quad.astype(np.float32),
    )


def _draw(canvas: NDArray[np.float32], drawn: Face, spot: Spot) -> Quad:
    """Lay a face onto the canvas; returns the plate's corners there."""
    scale = spot.width / SHEET_WIDTH
    size = (max(round(spot.width), 8), max(round(SHEET_HEIGHT * scale), 8))
    image = cv2.resize(drawn.image, size, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(drawn.alpha, size, interpolation=cv2.INTER_AREA)[:, :, None]
    left, top = round(spot.x - size[0] / 2), round(spot.y - GROUND * scale)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + size[0], WIDTH), min(top + size[1], HEIGHT)
    if x1 > x0 and y1 > y0:
        part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
        area = canvas[y0:y1, x0:x1]
        area *= 1 - alpha[part]
        area += image[part]
    step = np.array(
        [[size[0] / SHEET_WIDTH, 0, left], [0, size[1] / SHEET_HEIGHT, top]], np.float64
    )
    return transform(drawn.plate, step)


def _light(rng: np.random.Generator, *, night: bool) -> NDArray[np.float32]:
    """What the light makes of each pixel, ``[H,W,1]``."""
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    ys, xs = ys / HEIGHT - 0.5, xs / WIDTH - 0.5
    light = rng.uniform(0.85, 1.08) * (1 - rng.uniform(0.1, 0.3) * (xs**2 + ys**2))
    if night:
        x, y = rng.uniform(-0.2, 0.2), rng.uniform(0.0, 0.3)
        light *= 0.35 + 0.6 * np.exp(-(((xs - x) / 0.4) ** 2) - ((ys - y) / 0.35) ** 2)
    return np.asarray(light[:, :, None], np.float32)


def _motion_blur(image: NDArray[np.float32], length: float, *, across: bool) -> NDArray[np.float32]:
    size = max(round(length), 2)
    shape = (1, size) if across else (size, 1)
    kernel = np.full(shape, 1 / size, np.float32)
    return np.asarray(cv2.filter2D(image, -1, kernel), np.float32)


def frames(rng: np.random.Generator, plan: Plan, purpose: Purpose) -> Iterator[TrueFrame]:
    """Draw the frames of a clip, in order."""
    place = PLACES[int(rng.integers(len(PLACES)))]
    background, _ = place(rng, WIDTH, HEIGHT)
    faces = [face(rng, purpose) for _ in plan.drives]
    light = _light(rng, night=plan.night)
    grain = rng.uniform(1.0, 3.0) * (2.5 if plan.night else 1.0)
    written = caption(rng, purpose) if plan.caption else None
    spot = np.array([rng.uniform(0.2, 0.8) * WIDTH, rng.uniform(0.05, 0.12) * HEIGHT])
    post = rng.uniform(30, 120)
    for index in range(plan.frames):
        canvas = background.copy()
        there = [(one.at(index), drawn) for one, drawn in zip(plan.drives, faces, strict=True)]
        shown: list[tuple[str, Quad]] = []
        for where, drawn in sorted(
            ((s, d) for s, d in there if s is not None), key=lambda pair: pair[0].y
        ):
            quad = _draw(canvas, drawn, where)
            body = (where.x - where.width * 0.45, where.x + where.width * 0.45)
            top = where.y - where.width * 0.65
            shown = [(t, q) for t, q in shown if not _touches(q, body[0], body[1], top)]
            shown.append((drawn.text, quad))
        if plan.pole is not None:
            left, right = plan.pole
            canvas[:, round(left) : round(right)] = post
            shown = [(t, q) for t, q in shown if not _touches(q, left, right, 0.0)]
        if index in plan.hidden:
            canvas[round(HEIGHT * 0.3) :] = (post, post * 0.9, post * 0.8)
            shown = []
        if plan.blurred[index]:
            across = bool(plan.drives) and plan.drives[0].manner in ("left", "right")
            canvas = _motion_blur(canvas, plan.blurred[index], across=across)
        canvas = np.asarray(cv2.GaussianBlur(canvas * light, (0, 0), 0.6), np.float32)
        canvas += rng.standard_normal((HEIGHT, WIDTH, 1), np.float32) * np.float32(grain)
        picture = np.clip(canvas, 0, 255).astype(np.uint8)
        if written is not None:
            _write(picture, written, spot)
        whole = [(t, q) for t, q in shown if visible_fraction(q, WIDTH, HEIGHT) >= _WHOLE]
        yield TrueFrame(
            image=picture,
            texts=tuple(text for text, _ in whole),
            corners=tuple(quad for _, quad in whole),
        )


def _write(
    picture: NDArray[np.uint8],
    written: tuple[NDArray[np.uint8], NDArray[np.float32] | None],
    spot: NDArray[np.float64],
) -> None:
    patch, alpha = written
    height = 26.0
    wide = min(height * patch.shape[1] / patch.shape[0], WIDTH * 0.6)
    half = np.array([wide, wide * patch.shape[0] / patch.shape[1]]) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half + spot
    paste(picture, patch, corners.astype(np.float32), alpha=alpha)


def _touches(quad: Quad, left: float, right: float, top: float) -> bool:
    """Whether something between two columns, down from a row, hides a part of a plate."""
    x0, _, x1, y1 = box_of(quad)
    return min(x1, right) - max(x0, left) > 0 and y1 > top
