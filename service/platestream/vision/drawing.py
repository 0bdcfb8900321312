"""Annotated pictures: the outline of every plate, its text and confidence beside it.

Text is drawn with OpenCV's own font that holds the Chinese characters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from platestream.contract.readings import PlateColor, PlateReading, Quad
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.polygons import Polygon
from platestream.vision.cameras.settings import CameraSettings

Bgr = tuple[int, int, int]
Box = tuple[int, int, int, int]  # left, top, right, bottom

# Label ground and ink by plate colour: the label looks like the plate that it names.
_PALETTE: Final[dict[PlateColor, tuple[Bgr, Bgr]]] = {
    PlateColor.BLUE: ((184, 84, 20), (255, 255, 255)),
    PlateColor.GREEN: ((92, 158, 44), (255, 255, 255)),
    PlateColor.BLACK: ((28, 28, 28), (255, 255, 255)),
    PlateColor.WHITE: ((245, 245, 245), (20, 20, 20)),
    PlateColor.YELLOW: ((40, 196, 250), (20, 20, 20)),
    PlateColor.UNKNOWN: ((130, 110, 100), (255, 255, 255)),
}
_OUTLINE: Final[Bgr] = (80, 230, 60)
_SHADOW: Final[Bgr] = (0, 0, 0)
_WANTED: Final[Bgr] = (240, 180, 40)
_IGNORED: Final[Bgr] = (60, 60, 230)
# Long edge of an annotated picture, pixels: a label on a thumbnail would cover it all, and a photo
# of 4,000 px makes a report that no mail server takes.
_MIN_SIDE, _MAX_SIDE = 640, 1280


@dataclass(frozen=True, slots=True)
class PlateMark:
    """What is drawn for one plate."""

    text: str
    color: PlateColor
    corners: Quad
    confidence: float

    @property
    def label(self) -> str:
        """The words beside the plate."""
        return f"{self.text or '?'}  {self.confidence:.2f}"


def mark_of(reading: PlateReading) -> PlateMark:
    """The mark for a reading."""
    return PlateMark(
        reading.plate_number, reading.plate_color, reading.plate_location, reading.confidence
    )


def annotate(
    picture: UInt8Array, marks: Sequence[PlateMark], camera: CameraSettings | None = None
) -> UInt8Array:
    """Draw ``marks`` into a copy of ``picture``, and the areas of its camera.

    What lies outside of the areas of interest or inside an ignored one is darkened. Bars in the
    lower left corner are as long as the narrowest and the widest plate.

    Args:
        picture: uint8 BGR ``[H, W, 3]``.
        marks: The plates, corners in pixels of ``picture``.
        camera: The settings of its camera; None where it has none.

    Returns:
        uint8 BGR, scaled so that its long edge lies between 640 and 1,280 px.
    """
    canvas, scale = _working_copy(picture)
    height, width = canvas.shape[:2]
    quads = [np.rint((np.array(mark.corners, float) + 0.5) * scale - 0.5) for mark in marks]
    stroke = max(2, round(max(height, width) / 500))
    if camera is not None:
        _draw_camera(canvas, camera, stroke)
    for quad in quads:
        line = quad.astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(canvas, [line], True, _SHADOW, stroke + 2, cv2.LINE_AA)
        cv2.polylines(canvas, [line], True, _OUTLINE, stroke, cv2.LINE_AA)
    taken = [_box_of(quad) for quad in quads]
    for mark, box in zip(marks, list(taken), strict=True):
        taken.append(_draw_label(canvas, mark, box, taken))
    return canvas


def _draw_camera(canvas: UInt8Array, camera: CameraSettings, stroke: int) -> None:
    height, width = canvas.shape[:2]

    def outlines(areas: Sequence[Polygon]) -> list[NDArray[np.int32]]:
        return [np.rint(np.array(area) * (width, height) - 0.5).astype(np.int32) for area in areas]

    wanted, ignored = outlines(camera.areas), outlines(camera.ignore_areas)
    seen = np.full((height, width), 0 if wanted else 1, np.uint8)
    # One by one: together, areas that overlap would cancel each other out.
    for areas, value in ((wanted, 1), (ignored, 0)):
        for area in areas:
            cv2.fillPoly(seen, [area], value)
    canvas[seen == 0] //= 3
    cv2.polylines(canvas, wanted, True, _WANTED, stroke, cv2.LINE_AA)
    cv2.polylines(canvas, ignored, True, _IGNORED, stroke, cv2.LINE_AA)
    bounds = (camera.min_plate_width, camera.max_plate_width)
    for row, (share, drawn) in enumerate(zip(bounds, (bounds[0] > 0, bounds[1] < 1), strict=True)):
        if drawn:
            y, end = height - (3 + 4 * (1 - row)) * stroke, round(share * width)
            cv2.line(canvas, (0, y), (end, y), _WANTED, stroke)
            cv2.line(canvas, (end, y - stroke), (end, y + stroke), _WANTED, stroke)


def with_plates_covered(picture: UInt8Array, corners: Sequence[Quad]) -> UInt8Array:
    """Return a copy of ``picture`` (uint8 BGR) with each plate painted over in its mean colour."""
    canvas = picture.copy()
    for quad in corners:
        left, top, right, bottom = _box_of(np.array(quad, float))
        around = picture[max(top, 0) : bottom + 1, max(left, 0) : right + 1]
        color = around.reshape(-1, 3).mean(0) if around.size else np.zeros(3)
        # Two pixels more than the corners say: they may be a little wrong.
        cv2.fillConvexPoly(canvas, np.array(quad, np.int32), color.tolist())
        cv2.polylines(canvas, [np.array(quad, np.int32)], True, color.tolist(), 5)
    return canvas


def crop_around(picture: UInt8Array, corners: Quad, *, margin: float = 0.15) -> UInt8Array:
    """Cut the plate's bounding box with ``margin`` of its size on every side (never empty)."""
    height, width = picture.shape[:2]
    left, top, right, bottom = _box_of(np.array(corners, float))
    dx, dy = round((right - left) * margin) + 1, round((bottom - top) * margin) + 1
    x0 = min(max(left - dx, 0), width - 1)
    y0 = min(max(top - dy, 0), height - 1)
    x1 = max(min(right + dx + 1, width), x0 + 1)
    y1 = max(min(bottom + dy + 1, height), y0 + 1)
    return picture[y0:y1, x0:x1]


def _working_copy(picture: UInt8Array) -> tuple[UInt8Array, float]:
    longest = max(picture.shape[:2])
    scale = min(max(longest, _MIN_SIDE), _MAX_SIDE) / longest
    if scale == 1.0:
        return picture.copy(), scale
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
    return np.asarray(resized, np.uint8), scale


def _draw_label(canvas: UInt8Array, mark: PlateMark, plate: Box, taken: Sequence[Box]) -> Box:
    height, width = canvas.shape[:2]
    pad = 5
    size = fit_size(mark.label, max(18, round(max(height, width) / 36)), width - 2 * pad)
    text_width, text_height = text_size(mark.label, size)
    box = _place(plate, (text_width + 2 * pad, text_height + pad), (width, height), taken)
    ground, ink = _PALETTE[mark.color]
    cv2.rectangle(canvas, box[:2], box[2:], ground, cv2.FILLED)
    cv2.rectangle(canvas, box[:2], box[2:], _OUTLINE, 1)
    put_text(canvas, mark.label, (box[0] + pad, box[1] + pad // 2), ink, size)
    return box


def _place(plate: Box, size: tuple[int, int], room: tuple[int, int], taken: Sequence[Box]) -> Box:
    """Find the label's place: inside the picture, off the other plates and labels if possible."""
    left, top, right, bottom = plate
    width, height = size
    gap = 6
    candidates = (
        (left, top - height - gap),
        (left, bottom + gap),
        (right + gap, top),
        (left - width - gap, top),
        (left, top - 2 * height - 2 * gap),
        (left, bottom + height + 2 * gap),
    )
    best: tuple[float, Box] | None = None
    for x, y in candidates:
        x0 = min(max(x, 0), max(room[0] - width - 1, 0))
        y0 = min(max(y, 0), max(room[1] - height - 1, 0))
        box = (x0, y0, x0 + width, y0 + height)
        overlap = float(sum(_shared_area(box, other) for other in taken))
        if overlap == 0:
            return box
        if best is None or overlap < best[0]:
            best = (overlap, box)
    assert best is not None  # noqa: S101 - there is always a first candidate
    return best[1]


def _box_of(quad: NDArray[np.float64]) -> Box:
    left, top = np.floor(quad.min(axis=0))
    right, bottom = np.ceil(quad.max(axis=0))
    return int(left), int(top), int(right), int(bottom)


def _shared_area(one: Box, other: Box) -> int:
    across = min(one[2], other[2]) - max(one[0], other[0])
    along = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0) * max(along, 0)


@cache
def _font() -> Any:
    # "uni" is the built-in face that holds the Chinese characters; the default one has none.
    return cv2.FontFace("uni")


@cache
def text_size(text: str, size: int) -> tuple[int, int]:
    """Width and height in pixels of ``text`` set ``size`` px high, room for descenders included."""
    box = cv2.getTextSize((0, 0), text, (0, 0), _font(), size)
    return int(box[2]), round(size * 1.3)


def put_text(image: UInt8Array, text: str, at: tuple[int, int], color: Bgr, size: int) -> int:
    """Write ``text`` into ``image`` with its top-left corner ``at``; return where it ends (x)."""
    x, y = at
    cv2.putText(image, text, (x, y + round(size * 1.02)), color, _font(), size)
    return x + text_size(text, size)[0]


def fit_size(text: str, size: int, room: int, *, least: int = 9) -> int:
    """The largest size from ``least`` to ``size`` at which ``text`` fits into ``room`` px."""
    while size > least and text_size(text, size)[0] > room:
        size -= 1
    return size
