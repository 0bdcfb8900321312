"""Draws the front or rear of vehicles as flat sheets with mounts for plates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.scenes.shapes import Colour, FloatImage, box, fill, lay, mask_of, smooth_outline
from training.scenes.texts import WORDS
from training.scenes.vehicle_parts import (
    CENTRE,
    SHEET_HEIGHT,
    SHEET_WIDTH,
    body_light,
    fill_both,
    glass,
    grille,
    lamps,
    lettering,
    plate_mount,
    scaled,
    symmetric,
    wheels,
)

if TYPE_CHECKING:
    from training.scenes.geometry import Quad

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
    wheels(image, alpha, half - 75)
    outline = smooth_outline(
        symmetric(
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
    light = body_light(rng, shoulder + 26)
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
            shape = smooth_outline([(CENTRE + side * x, y) for x, y in mirror], 2)
            mask = mask_of((SHEET_HEIGHT, SHEET_WIDTH), shape)
            lay(image, mask, scaled(colour, 0.7))
            np.maximum(alpha, mask, out=alpha)
    glass(rng, image, symmetric([(roof_half - 34, roof + 26), (half - 92, shoulder - 22)]))
    # Lower bumper in dark plastic, and the gap lines of boot lid or bonnet.
    fill(
        image,
        symmetric([(half - 4, 640), (half - 20, 680), (half - 70, 690)]),
        (34, 34, 36),
        rounds=2,
    )
    seam = scaled(colour, 0.45)
    for y, reach in ((rng.uniform(585, 600), half - 8), (shoulder + 22, half - 60)):
        fill(image, box(CENTRE - reach, y, CENTRE + reach, y + 3), seam, soft=0.7, opacity=0.8)
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
        lamps(rng, image, True, lamp)
        hollow = plate_mount(mount_width * 1.3, mount_height * 1.25, mount_y)
        fill(
            image,
            [(float(x), float(y)) for x, y in hollow],
            scaled(colour, 0.58),
            rounds=2,
            soft=2.0,
        )
        chrome = mount_y - mount_height * 0.72
        fill(
            image,
            box(CENTRE - 160, chrome - 5, CENTRE + 160, chrome + 5),
            (185, 186, 190),
            rounds=1,
        )
        cv2.circle(image, (int(CENTRE), int(shoulder + 58)), 20, (205, 206, 210), 5, cv2.LINE_AA)
        if rng.random() < 0.7:
            word = str(rng.choice(WORDS[8:]))
            lettering(
                image,
                word,
                (CENTRE + rng.choice([-260, 120]), lamp_y + lamp_h + 28),
                0.8,
                (200, 202, 206),
            )
        fill_both(image, box(half - 120, 652, half - 60, 664), (30, 30, 170), rounds=1)
        if rng.random() < 0.5:
            fill_both(image, box(170, 672, 225, 692), (150, 150, 152), rounds=2)
    else:
        lamps(rng, image, False, lamp)
        grille(rng, image, rng.uniform(140, 230), lamp_y, lamp_y + rng.uniform(55, 95))
        intake = symmetric([(half - 150, 640), (half - 180, 676)])
        fill(image, intake, (16, 16, 17), rounds=2)
        fill_both(
            image, box(half - 112, 610, half - 66, 640), (200, 200, 196), rounds=3, opacity=0.8
        )
        fill(
            image,
            [
                (float(x), float(y))
                for x, y in plate_mount(mount_width * 1.06, mount_height, mount_y)
            ],
            (40, 40, 42),
            rounds=1,
        )
    return Vehicle(
        image, alpha, outline, plate_mount(mount_width, mount_height, mount_y), colour, large=False
    )


def draw_bus(rng: np.random.Generator) -> Vehicle:
    """The rear of a bus or box truck."""
    paint = PAINTS[int(rng.integers(len(PAINTS)))]
    half, roof = 400.0, rng.uniform(20, 70)
    image = np.zeros((SHEET_HEIGHT, SHEET_WIDTH, 3), np.float32)
    alpha = np.zeros((SHEET_HEIGHT, SHEET_WIDTH), np.float32)
    wheels(image, alpha, half - 80)
    outline = smooth_outline(
        symmetric([(half - 10, roof), (half, roof + 20), (half, 660), (half - 20, 690)]), 3
    )
    body = mask_of((SHEET_HEIGHT, SHEET_WIDTH), outline)
    light = body_light(rng, roof + 40)
    lay(image, body, (np.array(paint, np.float32) * light[:, :, None]).astype(np.float32))
    np.maximum(alpha, body, out=alpha)
    if rng.random() < 0.6:
        glass(rng, image, symmetric([(half - 60, roof + 40), (half - 50, roof + 205)]))
    else:  # loading doors
        fill(image, box(CENTRE - 3, roof + 20, CENTRE + 3, 560), scaled(paint, 0.4))
        for x in (-60, 60, -300, 300):
            fill(
                image,
                box(CENTRE + x - 4, roof + 30, CENTRE + x + 4, 560),
                (150, 150, 152),
                soft=0.8,
            )
    other = PAINTS[int(rng.integers(len(PAINTS)))]
    band = rng.uniform(370, 440)
    fill(
        image,
        box(CENTRE - half, band, CENTRE + half, band + rng.uniform(20, 50)),
        other,
        opacity=0.9,
    )
    word = str(rng.choice(WORDS))
    lettering(image, word, (CENTRE - 14 * len(word), band - 24), 1.4, scaled(other, 0.8))
    lamps(
        rng, image, True, [(half - 70, 470), (half - 16, 470), (half - 16, 590), (half - 70, 590)]
    )
    fill(image, symmetric([(half + 4, 618), (half, 690)]), (40, 40, 42), rounds=1)
    mount_y = rng.uniform(560, 580)
    mount = plate_mount(200, 130, mount_y)
    fill(
        image,
        [(float(x), float(y)) for x, y in plate_mount(222, 146, mount_y)],
        (46, 46, 48),
        rounds=1,
    )
    return Vehicle(image, alpha, outline, mount, paint, large=True)
