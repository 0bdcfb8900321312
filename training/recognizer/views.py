"""From a flat rendered plate to a crop as the recognizer meets it in service.

The plate is put in perspective before a background at the size at which a camera would see it, the
picture is degraded at that size, and only then cut out: either rectified around four corners that
are a little wrong, as a detector's are, or as an axis-aligned crop of the whole plate.

The picture may end within the plate or close beside it, and something may stand before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

from platestream.vision.recognition.rectify import (
    CropGeometry,
    plate_in_output,
    rectify_one_row,
    rectify_two_rows,
    whole_crop_corners,
)
from training.recognizer.covers import cover
from training.recognizer.edges import detected, picture_end
from training.recognizer.legibility import char_points, outside
from training.recognizer.pose import mapped, posed, shrunk
from training.recognizer.surroundings import background, with_dirt, with_holder
from training.render import PlateKind, degrade
from training.render.degrade import compress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.render import RenderedPlate

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]

# Upper rows reach 45 to 58 % of the crop: the lowest are those of Brazil and Argentina. The
# Chinese lower row begins at two fifths of the plate's height.
GEOMETRY = CropGeometry(upper_end=0.58, lower_start=0.36)
# Fixed sizes at which data sets and cameras deliver ready-made crops, width x height.
_CROP_SIZES = ((94, 24), (94, 24), (136, 36), (120, 40))
# Share of the ready-made crops that are much wider than the plate; see _cut_box for the rest.
_GENEROUS = {PlateKind.UZBEKISTAN: 0.7, PlateKind.CHILE: 0.3}


class Alteration(StrEnum):
    """What may be amiss with a plate in a picture."""

    CUT = "cut"
    EDGE = "edge"
    COVERED = "covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A training crop.

    Attributes:
        crop: uint8 BGR ``[48, 168, 3]``.
        centers: float32 ``[n]``: column of each character's centre, pixels of the crop.
        hidden: float32 ``[n]``: share of each character that is covered or out of the picture.
        split: whether the crop shows the two rows of a plate side by side.
    """

    crop: UInt8Array
    centers: Float32Array
    hidden: Float32Array
    split: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """A picture with a plate: ``[H, W, 3]``, corners ``[4, 2]``, centres ``[n, 2]``."""

    picture: UInt8Array
    corners: Float32Array
    places: Float32Array
    hidden: Float32Array


def make_view(
    rng: np.random.Generator,
    plate: RenderedPlate,
    photos: Sequence[UInt8Array] = (),
    *,
    split: bool | None = None,
    gentle: bool = False,
    alteration: Alteration | None = None,
) -> View:
    """Return a crop of the plate as seen by a camera.

    Args:
        rng: source of randomness.
        plate: what to show.
        photos: backgrounds, uint8 BGR pictures; may be empty.
        split: for two-row plates, whether to put the rows side by side; None lets chance decide.
        gentle: keep to clearly readable sizes, poses and light (for tests of rendered kinds).
        alteration: what is amiss: the picture's end through the plate or beside it, or a cover.
    """
    two_rows = plate.rows == 2
    if split is None:
        split = two_rows and rng.random() < 0.7
    image, corners = with_holder(rng, plate)
    if rng.random() < 0.1:
        image = with_dirt(rng, image)
    # Chinese characters need more pixels than Latin ones to be told apart
    smallest, largest = (24.0, 62.0) if gentle else (16.0 if plate.kind.chinese else 13.0, 64.0)
    if plate.kind in _GENEROUS and not gentle and rng.random() < 0.6:
        largest = 30.0  # a picture that shows much more than the plate shows the plate small
    target = float(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
    severity = float(np.clip((target - 11) / 30, 0.15, 1)) * (0.6 if gentle else 1)
    if two_rows:
        target *= 1.6
    cropped = rng.random() < 0.5
    seen = posed(rng, corners, strong=not gentle)
    shrink = min(target / max(float(np.ptp(seen[:, 1])) * 0.9, 1.0), 1.0)
    small = max(round(image.shape[1] * shrink), 8), max(round(image.shape[0] * shrink), 8)
    ratio = np.array([small[0] / image.shape[1], small[1] / image.shape[0]], np.float32)
    image = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8)
    seen *= shrink
    low, high = seen.min(0), seen.max(0)
    room = np.array([0.5 * (high[0] - low[0]) + 4, 0.8 * (high[1] - low[1]) + 4], np.float32)
    seen += room - low
    width, height = (high - low + 2 * room).astype(int)
    flat_corners = (corners + 0.5) * ratio - 0.5
    to_picture = np.asarray(cv2.getPerspectiveTransform(flat_corners.astype(np.float32), seen))
    picture = background(rng, int(height), int(width), photos)
    cv2.warpPerspective(
        image,
        to_picture,
        (int(width), int(height)),
        dst=picture,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    whole = to_picture @ shrunk(ratio, corners[0] + 0.5)
    points = char_points(plate)
    hidden = np.zeros(points.shape[:2], np.bool_)
    if alteration is Alteration.COVERED:
        picture, hidden = cover(rng, picture, plate.image.shape[:2], whole, points, photos)
    picture = degrade(rng, picture, severity=severity)
    places = mapped(whole, plate.char_centers.astype(np.float32))
    if alteration in {Alteration.CUT, Alteration.EDGE}:
        through = alteration is Alteration.CUT
        window = picture_end(rng, picture.shape[:2], seen, through=through)
        low = window.low.astype(np.float32)
        taken = mapped(whole, points.reshape(-1, 2)).reshape(points.shape)
        high = window.high.astype(np.float32)
        hidden = outside(taken, low - np.float32(0.5), high - np.float32(0.5))
        picture, seen, places = window.of(picture), seen - low, places - low
    scene = _Scene(
        picture=picture,
        corners=seen,
        places=places,
        hidden=hidden.mean(axis=1, dtype=np.float32),
    )
    if cropped:
        return _cut_box(rng, scene, plate, split=split, gentle=gentle)
    jitter = 0.008 if gentle else float(rng.choice([0.006, 0.015, 0.028]))
    side = float(np.ptp(seen[:, 0]))
    noise = rng.normal(0, jitter, (4, 2)) * np.array([side, side * 0.6])
    noise += rng.normal(0, jitter * 0.6, 2) * np.array([side, side * 0.6])
    if alteration is Alteration.CUT:
        seen = detected(rng, seen, picture.shape[:2])
        noise *= 0.7
    return _finish(scene, (seen + noise).astype(np.float32), GEOMETRY, plate, split=split)


def _cut_box(
    rng: np.random.Generator,
    scene: _Scene,
    plate: RenderedPlate,
    *,
    split: bool,
    gentle: bool,
) -> View:
    """Cut an axis-aligned crop around the plate and treat it as a ready-made crop."""
    picture, seen = scene.picture, scene.corners
    low, high = seen.min(0), seen.max(0)
    size = high - low
    wide = (0.06, 0.1)
    if not split and rng.random() < _GENEROUS.get(plate.kind, 0.08 if plate.kind.chinese else 0.2):
        # crops made by hand or by a vehicle detector show much more than the plate
        reach = float(rng.uniform(0.1, 1))
        wide = 0.5 * reach, 0.8 * reach
    before = rng.uniform(-0.005, wide[0]), rng.uniform(-0.02, wide[1])
    after = rng.uniform(-0.005, wide[0]), rng.uniform(-0.02, wide[1])
    x0, y0 = np.floor(np.maximum(low - size * before, 0)).astype(int)
    x1, y1 = np.ceil(np.minimum(high + size * after, [picture.shape[1], picture.shape[0]])).astype(
        int
    )
    crop = picture[y0:y1, x0:x1]
    shifted = scene.places - np.array([x0, y0], np.float32)
    choice = rng.random()
    if choice < 0.4 and plate.rows == 1 and not gentle:
        wanted = _CROP_SIZES[int(rng.integers(len(_CROP_SIZES)))]
        if crop.shape[0] > 0.8 * wanted[1]:
            method = cv2.INTER_AREA if rng.random() < 0.5 else cv2.INTER_LINEAR
            ratio = np.array([wanted[0] / crop.shape[1], wanted[1] / crop.shape[0]], np.float32)
            crop = np.asarray(cv2.resize(crop, wanted, interpolation=method), np.uint8)
            shifted = (shifted + 0.5) * ratio - 0.5
            if rng.random() < 0.3:
                crop = compress(rng, crop)
    corners = whole_crop_corners(crop.shape[0], crop.shape[1])
    cut = _Scene(picture=crop, corners=corners, places=shifted, hidden=scene.hidden)
    return _finish(cut, corners, GEOMETRY.without_margin(), plate, split=split)


def _finish(
    scene: _Scene,
    corners: Float32Array,
    geometry: CropGeometry,
    plate: RenderedPlate,
    *,
    split: bool,
) -> View:
    """Rectify around these corners and carry the characters' places along."""
    picture, places = scene.picture, scene.places
    if not split:
        crop = rectify_one_row(picture, corners, geometry)
        target = plate_in_output(geometry.margin, (0, 1), geometry.width, geometry.height)
        matrix = np.asarray(cv2.getPerspectiveTransform(corners, target))
        columns = mapped(matrix, places)[:, 0]
        return View(crop=crop, centers=columns, hidden=scene.hidden, split=False)
    crop = rectify_two_rows(picture, corners, geometry)
    above = _in_upper_row(plate)
    columns = np.empty(len(places), np.float32)
    lower_width = geometry.width - geometry.upper_width
    for upper, band, width, offset in (
        (True, (0.0, geometry.upper_end), geometry.upper_width, 0),
        (False, (geometry.lower_start, 1.0), lower_width, geometry.upper_width),
    ):
        target = plate_in_output(geometry.margin, band, width, geometry.height)
        matrix = np.asarray(cv2.getPerspectiveTransform(corners, target))
        chosen = above == upper
        if chosen.any():
            columns[chosen] = mapped(matrix, places[chosen])[:, 0] + offset
    return View(crop=crop, centers=columns, hidden=scene.hidden, split=True)


def _in_upper_row(plate: RenderedPlate) -> NDArray[np.bool_]:
    """Return which characters of a two-row plate stand in its upper row."""
    y = plate.char_centers[:, 1]
    return np.asarray(y < (y.min() + y.max()) / 2, np.bool_)
