"""Composes whole scenes without any photograph: a place, vehicles, plates with true corners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from training.render import PlateKind, RenderedPlate, random_kind, render_plate
from training.scenes.backgrounds import PLACES, boom, gate
from training.scenes.decoys import random_decoy
from training.scenes.geometry import Quad, covers, random_pose, transform
from training.scenes.paste import paste
from training.scenes.shapes import FloatImage, lay, noise
from training.scenes.vehicle_parts import GROUND, SHEET_HEIGHT, SHEET_WIDTH
from training.scenes.vehicles import Vehicle, draw_bus, draw_car

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGE_KINDS = (
    PlateKind.YELLOW_TWO_ROWS,
    PlateKind.YELLOW_TWO_ROWS,
    PlateKind.TRAILER,
    PlateKind.ARMED_POLICE_TWO_ROWS,
    PlateKind.BRAZIL_TWO_ROWS,
    PlateKind.INDIA_TWO_ROWS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePlate:
    """A plate in a scene: what it says and where its corners are (``[4,2]`` pixels)."""

    text: str
    color: str
    rows: int
    kind: PlateKind
    corners: Quad


@dataclass(slots=True)
class Scene:
    """A drawn picture, uint8 ``[H,W,3]`` BGR, and the plates it shows."""

    image: NDArray[np.uint8]
    plates: list[ScenePlate] = field(default_factory=list)


def _kind(rng: np.random.Generator, *, large: bool, chinese: bool) -> PlateKind:
    """A plate kind that fits the vehicle."""
    while True:
        large_kind = LARGE_KINDS[int(rng.integers(len(LARGE_KINDS)))]
        kind = large_kind if large else random_kind(rng)
        if kind.chinese or not chinese:
            return kind


def _plate_in_mount(plate: RenderedPlate, vehicle: Vehicle, rng: np.random.Generator) -> Quad:
    """Corners of a plate of natural size centred in a vehicle's mount, in the sheet."""
    (x0, y0), (x1, y1) = vehicle.mount[0], vehicle.mount[2]
    aspect = plate.image.shape[1] / plate.image.shape[0]
    width, height = float(x1 - x0), float(y1 - y0)
    wide = min(width, height * aspect) * rng.uniform(0.9, 1.0)
    tall = wide / aspect
    cx, cy = float(x0 + x1) / 2, float(y0 + y1) / 2
    turn = rng.normal(0, 0.006)
    quad = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]], np.float32) / 2
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32)
    return (quad @ spin.T + np.array([cx, cy], np.float32)).astype(np.float32)


def _placement(
    rng: np.random.Generator, width: float, foot: tuple[float, float]
) -> NDArray[np.float64]:
    """Homography from a vehicle's sheet to the scene: size, slight yaw and roll, camera height."""
    pose = random_pose(rng, width, SHEET_WIDTH / SHEET_HEIGHT, wild=0.12, roll=0.8)
    sheet = np.array(
        [[0, 0], [SHEET_WIDTH, 0], [SHEET_WIDTH, SHEET_HEIGHT], [0, SHEET_HEIGHT]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(sheet, pose).astype(np.float64)
    ground = transform(np.array([[SHEET_WIDTH / 2, GROUND]] * 4, np.float32), matrix)[0]
    shift = np.eye(3)
    shift[0, 2], shift[1, 2] = foot[0] - ground[0], foot[1] - ground[1]
    return np.asarray(shift @ matrix)


def _draw_vehicle(
    image: FloatImage, vehicle: Vehicle, matrix: NDArray[np.float64], rng: np.random.Generator
) -> None:
    """Shadow, receding body, then the face of the vehicle."""
    h, w = image.shape[:2]
    unit = float(np.linalg.norm(matrix[:2, 0]))
    foot = transform(
        np.array(
            [
                [80, GROUND],
                [SHEET_WIDTH - 80, GROUND],
                [SHEET_WIDTH - 110, GROUND - 70],
                [110, GROUND - 70],
            ],
            np.float32,
        ),
        matrix,
    )
    shadow = np.zeros((h, w), np.float32)
    cv2.fillPoly(shadow, [np.round(foot).astype(np.int32)], 1.0, cv2.LINE_AA)
    lay(
        image,
        cv2.GaussianBlur(shadow, (0, 0), max(16 * unit, 1.0)).astype(np.float32),
        (18, 18, 20),
        0.85,
    )
    # The body behind the face: its outline drawn smaller and higher, far to near.
    side = rng.normal(0, 70)
    outline = vehicle.outline
    centre = outline.mean(0) + np.array([side, -60], np.float32)
    depth = 9
    for step in range(depth, 0, -1):
        t = 0.16 * step / depth
        ring = (
            outline + (centre - outline) * t + np.array([side * t * 2.2, -34 * t], np.float32)
        ).astype(np.float32)
        points = cv2.perspectiveTransform(ring[None], matrix)[0]
        mask = np.zeros((h, w), np.uint8)
        cv2.fillPoly(mask, [np.round(points * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
        tone = 0.62 - 0.25 * step / depth
        paint = (vehicle.paint[0] * tone, vehicle.paint[1] * tone, vehicle.paint[2] * tone)
        lay(image, (mask / np.float32(255)).astype(np.float32), paint)
    scale = min(1.0, 1.3 * unit)
    sheet, alpha = vehicle.image, vehicle.alpha
    shrink = np.diag([1.0, 1.0, 1.0])
    if scale < 0.85:
        size = (int(SHEET_WIDTH * scale), int(SHEET_HEIGHT * scale))
        sheet = cv2.resize(sheet, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        shrink = np.diag([SHEET_WIDTH / size[0], SHEET_HEIGHT / size[1], 1.0])
    warp = matrix @ shrink
    face = cv2.warpPerspective(sheet, warp, (w, h), flags=cv2.INTER_LINEAR).astype(np.float32)
    cover = cv2.warpPerspective(alpha, warp, (w, h), flags=cv2.INTER_LINEAR)[:, :, None]
    # The sheet is drawn on black: its own edge pixels carry the opacity already.
    image *= 1 - cover
    image += np.where(cover > 0.999, face, face * np.minimum(cover * 1.02, 1))


def _finish(image: FloatImage, rng: np.random.Generator, *, night: bool) -> NDArray[np.uint8]:
    """The camera: exposure, vignette, a little blur and sensor noise."""
    h, w = image.shape[:2]
    if night:
        image = image * np.array([0.50, 0.46, 0.44], np.float32)
        x, y = rng.uniform(0.3, 0.7) * w, rng.uniform(0.5, 0.9) * h
        ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
        beam = np.exp(-(((xs - x) / (0.34 * w)) ** 2) - ((ys - y) / (0.36 * h)) ** 2)[:, :, None]
        image = image * (1 + 1.25 * beam * np.array([0.86, 0.98, 1.06], np.float32))
    else:
        image = image * np.exp(rng.normal(0, 0.03, 3)).astype(np.float32) * rng.uniform(0.88, 1.08)
    ys = np.linspace(-1, 1, h, dtype=np.float32)[:, None, None]
    xs = np.linspace(-1, 1, w, dtype=np.float32)[None, :, None]
    shaded = image * (1 - rng.uniform(0.05, 0.2) * (xs**2 + ys**2) / 2)
    soft = cv2.GaussianBlur(shaded, (0, 0), rng.uniform(0.4, 0.8))
    grain = noise(rng, h, w, (1.0,))[:, :, None] * rng.uniform(0.8, 2.6)
    return np.clip(soft + grain, 0, 255).astype(np.uint8)


def draw_scene(
    rng: np.random.Generator,
    *,
    width: int = 1280,
    height: int = 720,
    vehicles: int | None = None,
    chinese: float = 0.0,
    decoys: bool = True,
) -> Scene:
    """Draw a scene.

    Args:
        rng: randomness; the same state gives the same scene.
        width: pixels.
        height: pixels.
        vehicles: how many vehicles with plates, or None for a random number (0 to 3).
        decoys: whether something that is no plate may hang in the air, to train on.
        chinese: chance that a plate must be of a Chinese kind; the others are of any kind.

    Returns:
        The picture with the corners of every plate in it.
    """
    place = PLACES[int(rng.integers(len(PLACES)))]
    image, horizon = place(rng, width, height)
    count = int(rng.choice([0, 1, 1, 1, 2, 2, 3])) if vehicles is None else vehicles
    if place is gate and rng.random() < 0.7:
        boom(rng, image, horizon)
    order = sorted(rng.uniform(0.35, 0.95) for _ in range(count))
    if order:
        order[-1] = max(order[-1], 0.7)
    centres = (rng.permutation(max(count, 1)) + 0.5) / max(count, 1)
    plates: list[tuple[RenderedPlate, Quad]] = []
    for nearness, spot in zip(order, centres, strict=False):
        share = {1: 0.68, 2: 0.50}.get(count, 0.36)
        wide = width * share * (0.45 + 0.6 * nearness) * rng.uniform(0.9, 1.1)
        x = width * (spot + rng.normal(0, 0.05) / count)
        x = float(np.clip(x, wide * 0.42, width - wide * 0.42))
        y = horizon + (height - horizon) * (0.30 + 0.66 * nearness)
        tall = wide * SHEET_HEIGHT / SHEET_WIDTH
        y = float(np.clip(y, tall * 0.8, height * 0.99))
        large = rng.random() < 0.2
        vehicle = draw_bus(rng) if large else draw_car(rng, rear=bool(rng.random() < 0.6))
        matrix = _placement(rng, wide, (x, y))
        _draw_vehicle(image, vehicle, matrix, rng)
        kind = _kind(rng, large=large, chinese=bool(rng.random() < chinese))
        plate = render_plate(rng, kind)
        quad = transform(_plate_in_mount(plate, vehicle, rng), matrix)
        # A nearer vehicle may hide the plate of a farther one: then that one is gone.
        body = transform(
            np.array([[90, 120], [910, 120], [910, 730], [90, 730]], np.float32), matrix
        )
        plates = [(p, q) for p, q in plates if not covers(q, [body], 0.0)]
        clean = np.clip(image, 0, 255).astype(np.uint8)
        paste(clean, plate.image, quad, gain=float(rng.uniform(0.8, 1.0)), feather=0.5)
        area = np.s_[
            max(int(quad[:, 1].min()) - 3, 0) : int(quad[:, 1].max()) + 4,
            max(int(quad[:, 0].min()) - 3, 0) : int(quad[:, 0].max()) + 4,
        ]
        image[area] = clean[area]
        plates.append((plate, quad))
    shown = [quad for _, quad in plates]
    if decoys and rng.random() < 0.35:
        patch, alpha = random_decoy(rng)
        pose = random_pose(rng, rng.uniform(50, 140), patch.shape[1] / patch.shape[0], wild=0.2)
        spot = (rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.5) * horizon + 10)
        pose = (pose + np.array(spot)).astype(np.float32)
        if not covers(pose, shown):
            clean = np.clip(image, 0, 255).astype(np.uint8)
            paste(clean, patch, pose, alpha=alpha)
            image = clean.astype(np.float32)
    dark = place is not PLACES[2] and rng.random() < 0.22
    picture = _finish(image, rng, night=dark)
    found = [
        ScenePlate(text=p.text, color=p.color, rows=p.rows, kind=p.kind, corners=q)
        for p, q in plates
    ]
    return Scene(picture, found)
