"""Draws the front or rear of vehicles as flat sheets with mounts for plates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.scenes.decoys import WORDS
from training.scenes.shapes import (
    Colour,
    FloatImage,
    box,
    fill,
    lay,
    mask_of,
    mirror_outline,
    noise,
    smooth_outline,
)

if TYPE_CHECKING:
    from training.scenes.geometry import Quad

SHEET_WIDTH = 1000
SHEET_HEIGHT = 800
GROUND = 735.0
"""Row of the sheet where the tyres touch the road."""
_CENTRE = SHEET_WIDTH / 2

PAINTS: tuple[Colour, ...] = (
    (232, 232, 232),
    (190, 192, 194),
    (120, 122, 126),
    (52, 50, 50),
    (30, 28, 30),
    (36, 30, 150),
    (130, 70, 30),
    (80, 50, 24),
    (60, 80, 40),
    (90, 130, 160),
    (40, 100, 190),
)
"""Body colours, BGR."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle's face: picture ``[800,1000,3]``, opacity ``[800,1000]``, outline, plate mount.

    ``mount`` is where a plate fits at most, corners in the sheet; ``paint`` is the body's colour
    and ``large`` tells a bus or truck, which wears the larger kinds of plates.
    """

    image: FloatImage
    alpha: FloatImage
    outline: Quad
    mount: Quad
    paint: Colour
    large: bool


def _scaled(colour: Colour, factor: float) -> Colour:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def _symmetric(half: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Outline from right-half points given as offsets from the sheet's centre line."""
    return mirror_outline([(_CENTRE + x, y) for x, y in half], _CENTRE)


def _both(image: FloatImage, half: list[tuple[float, float]], paint: Colour, **how: float) -> None:
    """Fill a right-side shape (offsets from the centre line) and its mirror image."""
    rounds, soft = int(how.get("rounds", 0)), how.get("soft", 0.0)
    opacity = how.get("opacity", 1.0)
    for side in (1, -1):
        points = [(_CENTRE + side * x, y) for x, y in half]
        fill(image, points, paint, rounds=rounds, soft=soft, opacity=opacity)


def _body_light(rng: np.random.Generator, shoulder: float) -> FloatImage:
    """Shading of a curved body: bright shoulder, dark flanks and underside."""
    y = np.arange(SHEET_HEIGHT, dtype=np.float32)[:, None]
    x = (np.arange(SHEET_WIDTH, dtype=np.float32)[None] - _CENTRE) / 420
    light = 0.80 + 0.34 * np.exp(-(((y - shoulder) / 34) ** 2))
    light = light + 0.16 * np.exp(-(((y - shoulder - 120) / 70) ** 2))
    light = light - 0.30 * np.clip((y - 560) / 150, 0, 1)
    light = light * (1 - 0.28 * np.abs(x) ** 4) * (1 + 0.10 * x * rng.normal())
    return (light + 0.015 * noise(rng, SHEET_HEIGHT, SHEET_WIDTH, (90,))).astype(np.float32)


def _glass(rng: np.random.Generator, image: FloatImage, points: list[tuple[float, float]]) -> None:
    """A window: dark, reflecting sky at the top and a slanted streak."""
    outline = smooth_outline(points, 2)
    mask = mask_of((SHEET_HEIGHT, SHEET_WIDTH), outline)
    top, bottom = float(outline[:, 1].min()), float(outline[:, 1].max())
    y = np.arange(SHEET_HEIGHT, dtype=np.float32)[:, None, None]
    t = np.clip((y - top) / max(bottom - top, 1), 0, 1)
    sky = np.array([150, 135, 120], np.float32) * rng.uniform(0.5, 1.1)
    paint = sky * (1 - t) ** 1.5 + np.array([34, 32, 30], np.float32)
    paint = np.ascontiguousarray(np.broadcast_to(paint, image.shape))
    x0 = _CENTRE + rng.uniform(-200, 100)
    streak = mask_of(
        (SHEET_HEIGHT, SHEET_WIDTH),
        np.array([[x0, top], [x0 + 110, top], [x0 + 20, bottom], [x0 - 90, bottom]], np.float32),
        4.0,
    )
    lay(paint, streak, (200, 196, 190), 0.22)
    lay(image, mask, paint)
    # Seats or luggage behind the glass.
    for _ in range(int(rng.integers(1, 4))):
        cx = _CENTRE + rng.uniform(-170, 170)
        shape = box(cx - 35, bottom - rng.uniform(30, 80), cx + 35, bottom + 6)
        head = mask_of((SHEET_HEIGHT, SHEET_WIDTH), smooth_outline(shape, 3), 2.0) * mask
        lay(image, head, (24, 24, 26), 0.6)


def _lamps(
    rng: np.random.Generator, image: FloatImage, rear: bool, shape: list[tuple[float, float]]
) -> None:
    """A pair of lamps with housing, bright core and facets."""
    housing = (20, 22, 90) if rear else (90, 88, 86)
    _both(image, shape, (18, 18, 20), rounds=2)
    points = np.array(shape)
    centre = points.mean(0)
    inner = [(float(x), float(y)) for x, y in centre + (points - centre) * 0.9]
    _both(image, inner, housing, rounds=2)
    core = [(float(x), float(y)) for x, y in centre + (points - centre) * 0.55]
    lit = rng.random() < 0.4
    glow: Colour = (40, 40, 235) if rear else (235, 240, 245)
    _both(image, core, glow if lit else _scaled(glow, 0.72), rounds=2, soft=3.0, opacity=0.9)
    tip = [(float(x), float(y)) for x, y in centre + (points - centre) * 0.22 - [0, 5]]
    _both(image, tip, (250, 250, 255), rounds=2, soft=3.0, opacity=0.75)


def _text(image: FloatImage, text: str, at: tuple[float, float], size: float, ink: Colour) -> None:
    mask = np.zeros(image.shape[:2], np.uint8)
    place = (int(at[0]), int(at[1]))
    cv2.putText(mask, text, place, cv2.FONT_HERSHEY_DUPLEX, size, 255, 2, cv2.LINE_AA)
    lay(image, (mask / np.float32(255)).astype(np.float32), ink)


def _grille(rng: np.random.Generator, image: FloatImage, half: float, y0: float, y1: float) -> None:
    """A front grille with slats and a chrome rim."""
    shape = [(half, y0), (half * rng.uniform(0.75, 0.95), y1)]
    outline = smooth_outline(_symmetric(shape), 2)
    centre = outline.mean(0)
    rim = mask_of(
        (SHEET_HEIGHT, SHEET_WIDTH), (centre + (outline - centre) * 1.04).astype(np.float32)
    )
    lay(image, rim, (175, 175, 178))
    mask = mask_of((SHEET_HEIGHT, SHEET_WIDTH), outline)
    lay(image, mask, (22, 22, 24))
    step = rng.uniform(11, 22)
    bars = np.zeros((SHEET_HEIGHT, SHEET_WIDTH), np.float32)
    upright = rng.random() < 0.3
    for at in np.arange(-half if upright else y0, half if upright else y1, step):
        first = (_CENTRE + at, y0) if upright else (_CENTRE - half, at)
        last = (_CENTRE + at, y1) if upright else (_CENTRE + half, at)
        start, end = tuple(int(v) for v in first), tuple(int(v) for v in last)
        cv2.line(bars, start, end, 1.0, 3, cv2.LINE_AA)
    lay(image, bars * mask, (110, 110, 114))
    ring = (int(_CENTRE), int((y0 + y1) / 2))
    cv2.ellipse(image, ring, (30, 22), 0, 0, 360, (205, 205, 210), 6, cv2.LINE_AA)


def _wheels(image: FloatImage, alpha: FloatImage, reach: float) -> None:
    """Two tyres seen end on, below the body."""
    for side in (1, -1):
        x = _CENTRE + side * reach
        tyre = smooth_outline(box(x - 46, 600, x + 46, GROUND), 3)
        mask = mask_of((SHEET_HEIGHT, SHEET_WIDTH), tyre)
        lay(image, mask, (24, 24, 26))
        for groove in (-20, 0, 20):
            shade = mask_of(
                (SHEET_HEIGHT, SHEET_WIDTH),
                np.array(box(x + groove - 2, 600, x + groove + 2, GROUND), np.float32),
            )
            lay(image, shade * mask, (12, 12, 13))
        np.maximum(alpha, mask, out=alpha)


def _mount(width: float, height: float, y: float) -> Quad:
    return np.array(
        box(_CENTRE - width / 2, y - height / 2, _CENTRE + width / 2, y + height / 2), np.float32
    )


def draw_car(rng: np.random.Generator, *, rear: bool) -> Vehicle:
    """A passenger car, from a low saloon to a tall van, seen from behind or from the front."""
    tall = float(rng.uniform(0, 1))
    roof = 215 - 125 * tall
    shoulder = 400 - 25 * tall
    half = rng.uniform(385, 415)
    roof_half = half * rng.uniform(0.58, 0.66) + 45 * tall
    paint = tuple(v * rng.uniform(0.9, 1.1) for v in PAINTS[int(rng.integers(len(PAINTS)))])
    colour: Colour = (paint[0], paint[1], paint[2])
    image = np.zeros((SHEET_HEIGHT, SHEET_WIDTH, 3), np.float32)
    alpha = np.zeros((SHEET_HEIGHT, SHEET_WIDTH), np.float32)
    _wheels(image, alpha, half - 75)
    outline = smooth_outline(
        _symmetric(
            [
                (roof_half - 40, roof),
                (roof_half, roof + 14),
                (half - 40, shoulder - 12),
                (half, shoulder + 32),
                (half + 8, 560),
                (half - 12, 676),
                (half - 60, 690),
            ]
        ),
        3,
    )
    body = mask_of((SHEET_HEIGHT, SHEET_WIDTH), outline)
    light = _body_light(rng, shoulder + 26)
    lay(image, body, (np.array(colour, np.float32) * light[:, :, None]).astype(np.float32))
    np.maximum(alpha, body, out=alpha)
    # Mirrors.
    if not rear or rng.random() < 0.7:
        mirror = [
            (half - 18, shoulder - 30),
            (half + 48, shoulder - 34),
            (half + 44, shoulder + 8),
            (half - 6, shoulder + 10),
        ]
        for side in (1, -1):
            shape = smooth_outline([(_CENTRE + side * x, y) for x, y in mirror], 2)
            mask = mask_of((SHEET_HEIGHT, SHEET_WIDTH), shape)
            lay(image, mask, _scaled(colour, 0.7))
            np.maximum(alpha, mask, out=alpha)
    _glass(rng, image, _symmetric([(roof_half - 34, roof + 26), (half - 92, shoulder - 22)]))
    # Lower bumper in dark plastic, and the gap lines of boot lid or bonnet.
    fill(
        image,
        _symmetric([(half - 4, 640), (half - 20, 680), (half - 70, 690)]),
        (34, 34, 36),
        rounds=2,
    )
    seam = _scaled(colour, 0.45)
    for y, reach in ((rng.uniform(585, 600), half - 8), (shoulder + 22, half - 60)):
        fill(image, box(_CENTRE - reach, y, _CENTRE + reach, y + 3), seam, soft=0.7, opacity=0.8)
    lamp_y = shoulder + rng.uniform(38, 60)
    lamp_h = rng.uniform(48, 84)
    lamp_in = half - rng.uniform(105, 175)
    lamp = [
        (lamp_in, lamp_y + 8),
        (half - 6, lamp_y - 8),
        (half - 2, lamp_y + lamp_h * 0.7),
        (lamp_in + 18, lamp_y + lamp_h),
    ]
    mount_width, mount_height = 232.0, 92.0
    low_mount = not rear or rng.random() < 0.4
    mount_y = rng.uniform(612, 626) if low_mount else rng.uniform(512, 528)
    if rear:
        _lamps(rng, image, True, lamp)
        hollow = _mount(mount_width * 1.3, mount_height * 1.25, mount_y)
        fill(
            image,
            [(float(x), float(y)) for x, y in hollow],
            _scaled(colour, 0.58),
            rounds=2,
            soft=2.0,
        )
        chrome = mount_y - mount_height * 0.72
        fill(
            image,
            box(_CENTRE - 160, chrome - 5, _CENTRE + 160, chrome + 5),
            (185, 186, 190),
            rounds=1,
        )
        cv2.circle(image, (int(_CENTRE), int(shoulder + 58)), 20, (205, 206, 210), 5, cv2.LINE_AA)
        if rng.random() < 0.7:
            word = str(rng.choice(WORDS[8:]))
            _text(
                image,
                word,
                (_CENTRE + rng.choice([-260, 120]), lamp_y + lamp_h + 28),
                0.8,
                (200, 202, 206),
            )
        _both(image, box(half - 120, 652, half - 60, 664), (30, 30, 170), rounds=1)
        if rng.random() < 0.5:
            _both(image, box(170, 672, 225, 692), (150, 150, 152), rounds=2)
    else:
        _lamps(rng, image, False, lamp)
        _grille(rng, image, rng.uniform(140, 230), lamp_y, lamp_y + rng.uniform(55, 95))
        intake = _symmetric([(half - 150, 640), (half - 180, 676)])
        fill(image, intake, (16, 16, 17), rounds=2)
        _both(image, box(half - 112, 610, half - 66, 640), (200, 200, 196), rounds=3, opacity=0.8)
        fill(
            image,
            [(float(x), float(y)) for x, y in _mount(mount_width * 1.06, mount_height, mount_y)],
            (40, 40, 42),
            rounds=1,
        )
    return Vehicle(
        image, alpha, outline, _mount(mount_width, mount_height, mount_y), colour, large=False
    )


def draw_bus(rng: np.random.Generator) -> Vehicle:
    """The rear of a bus or box truck."""
    paint = PAINTS[int(rng.integers(len(PAINTS)))]
    half, roof = 400.0, rng.uniform(20, 70)
    image = np.zeros((SHEET_HEIGHT, SHEET_WIDTH, 3), np.float32)
    alpha = np.zeros((SHEET_HEIGHT, SHEET_WIDTH), np.float32)
    _wheels(image, alpha, half - 80)
    outline = smooth_outline(
        _symmetric([(half - 10, roof), (half, roof + 20), (half, 660), (half - 20, 690)]), 3
    )
    body = mask_of((SHEET_HEIGHT, SHEET_WIDTH), outline)
    light = _body_light(rng, roof + 40)
    lay(image, body, (np.array(paint, np.float32) * light[:, :, None]).astype(np.float32))
    np.maximum(alpha, body, out=alpha)
    if rng.random() < 0.6:
        _glass(rng, image, _symmetric([(half - 60, roof + 40), (half - 50, roof + 205)]))
    else:  # loading doors
        fill(image, box(_CENTRE - 3, roof + 20, _CENTRE + 3, 560), _scaled(paint, 0.4))
        for x in (-60, 60, -300, 300):
            fill(
                image,
                box(_CENTRE + x - 4, roof + 30, _CENTRE + x + 4, 560),
                (150, 150, 152),
                soft=0.8,
            )
    other = PAINTS[int(rng.integers(len(PAINTS)))]
    band = rng.uniform(370, 440)
    fill(
        image,
        box(_CENTRE - half, band, _CENTRE + half, band + rng.uniform(20, 50)),
        other,
        opacity=0.9,
    )
    word = str(rng.choice(WORDS))
    _text(image, word, (_CENTRE - 14 * len(word), band - 24), 1.4, _scaled(other, 0.8))
    _lamps(
        rng, image, True, [(half - 70, 470), (half - 16, 470), (half - 16, 590), (half - 70, 590)]
    )
    fill(image, _symmetric([(half + 4, 618), (half, 690)]), (40, 40, 42), rounds=1)
    mount_y = rng.uniform(560, 580)
    mount = _mount(200, 130, mount_y)
    fill(
        image, [(float(x), float(y)) for x, y in _mount(222, 146, mount_y)], (46, 46, 48), rounds=1
    )
    return Vehicle(image, alpha, outline, mount, paint, large=True)
