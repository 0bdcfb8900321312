"""Further properties of a plate's picture by which the figures are split: blur, tilt, light."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from platestream.vision.recognition.rectify import CropGeometry, rectify_one_row, whole_crop_corners

if TYPE_CHECKING:
    from platestream.cli.evaluate.labels import LabelledPlate
    from platestream.vision.arrays import Float32Array, UInt8Array

# Edges of the classes, chosen by looking at plates on either side of them.
_SHARP, _SOFT = 0.45, 0.2
_UPRIGHT, _TILTED = 4.0, 12.0
_NIGHT, _DUSK = 55.0, 90.0


def corners_of(plate: LabelledPlate, picture: UInt8Array) -> Float32Array:
    """Return a plate's corners, or those of the whole picture for a crop."""
    if plate.corners is None:
        return whole_crop_corners(*picture.shape[:2])
    return np.array(plate.corners, np.float32)


def blur_class(picture: UInt8Array, corners: Float32Array) -> str:
    """Return how sharp a plate's edges are, whatever its size and contrast.

    The plate is cut to a fixed size; its strongest brightness steps from pixel to pixel are set in
    proportion to its whole range of brightness.
    """
    try:
        cut = rectify_one_row(picture, corners, CropGeometry(margin=(0.0, 0.0)))
    except ValueError:
        return "unknown"
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY).astype(np.float32)
    steps = np.abs(np.diff(grey, axis=1))
    span = float(np.percentile(grey, 95) - np.percentile(grey, 5))
    sharpness = float(np.percentile(steps, 98)) / max(span, 8.0)
    if sharpness >= _SHARP:
        return "1 sharp"
    return "2 soft" if sharpness >= _SOFT else "3 blurred"


def tilt_class(plate: LabelledPlate) -> str:
    """Return how far a plate's upper edge is from level; only true corners tell."""
    if plate.kind != "corners" or plate.corners is None:
        return "unknown"
    (x0, y0), (x1, y1) = plate.corners[0], plate.corners[1]
    angle = abs(math.degrees(math.atan2(y1 - y0, x1 - x0)))
    if angle < _UPRIGHT:
        return f"1 below {_UPRIGHT:g} degrees"
    if angle < _TILTED:
        return f"2 {_UPRIGHT:g} to {_TILTED:g} degrees"
    return f"3 {_TILTED:g} degrees and more"


def light_class(picture: UInt8Array) -> str:
    """Return how bright the whole picture is on average."""
    mean = float(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).mean())
    if mean < _NIGHT:
        return "3 night (mean below 55)"
    return "2 dusk (55 to 90)" if mean < _DUSK else "1 day (90 and more)"
