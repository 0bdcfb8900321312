"""A flat plate being drawn: background, frame, characters, bolts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.uint8]

Bgr = tuple[int, int, int]


def shade(rng: np.random.Generator, base: Bgr, spread: int = 22) -> Bgr:
    """Return a colour near ``base``."""
    blue, green, red = rng.integers(-spread, spread + 1, 3).tolist()
    return (
        min(max(base[0] + blue, 0), 255),
        min(max(base[1] + green, 0), 255),
        min(max(base[2] + red, 0), 255),
    )


class Canvas:
    """A picture with the characters stamped on it so far.

    Args:
        width: pixels.
        height: pixels.
        background: BGR.
    """

    def __init__(self, width: int, height: int, background: Bgr) -> None:
        self.image: NDArray[np.uint8] = np.empty((height, width, 3), np.uint8)
        cv2.rectangle(self.image, (0, 0), (width, height), background, -1)
        self.text = ""
        self.centers: list[tuple[float, float]] = []

    @property
    def width(self) -> int:
        """Return the width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Return the height in pixels."""
        return int(self.image.shape[0])

    def gradient(self, top: Bgr, bottom: Bgr) -> None:
        """Fill with a vertical gradient."""
        share = np.linspace(0, 1, self.height)[:, None, None]
        colours = (1 - share) * np.array(top) + share * np.array(bottom)
        self.image[:] = colours.astype(np.uint8)

    def stamp(self, mask: Mask, box: tuple[float, float, float, float], color: Bgr) -> None:
        """Blend ink of one colour through a mask resized to ``x, y, width, height``."""
        left, top = round(box[0]), round(box[1])
        width, height = max(round(box[2]), 1), max(round(box[3]), 1)
        shrunk = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + width, self.width), min(top + height, self.height)
        if x0 >= x1 or y0 >= y1:
            return
        piece = shrunk[y0 - top : y1 - top, x0 - left : x1 - left]
        under = self.image[y0:y1, x0:x1]
        paint = np.empty_like(under)
        cv2.rectangle(paint, (0, 0), (x1 - x0, y1 - y0), color, -1)
        ink = piece.astype(np.float32) / 255
        self.image[y0:y1, x0:x1] = cv2.blendLinear(paint, under, ink, 1 - ink)

    def char(
        self, char: str, mask: Mask, box: tuple[float, float, float, float], color: Bgr
    ) -> None:
        """Stamp a character of the number into its cell and note its centre.

        A glyph much narrower than the cell (1, I) keeps its shape and stands in the middle.
        """
        left, top, width, height = box
        natural = mask.shape[1] / mask.shape[0] * height
        drawn = width if natural > 0.62 * width else min(natural * 1.1, width)
        self.stamp(mask, (left + (width - drawn) / 2, top, drawn, height), color)
        self.text += char
        self.centers.append((left + width / 2, top + height / 2))

    def dot(self, x: float, y: float, radius: float, color: Bgr) -> None:
        """Draw a filled disc."""
        center = (round(x * 8), round(y * 8))
        cv2.circle(self.image, center, round(radius * 8), color, -1, cv2.LINE_AA, 3)

    def rectangle(self, x0: float, y0: float, x1: float, y1: float, color: Bgr) -> None:
        """Fill an axis-aligned rectangle."""
        self.image[max(round(y0), 0) : max(round(y1), 0), max(round(x0), 0) : max(round(x1), 0)] = (
            color
        )

    def border(self, inset: float, thickness: int, color: Bgr, radius: float = 8) -> None:
        """Draw the outline of a rounded rectangle ``inset`` px inside the edge."""
        x0, y0 = inset, inset
        x1, y1 = self.width - 1 - inset, self.height - 1 - inset
        r = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
        points = []
        for cx, cy, start in (
            (x1 - r, y0 + r, -90),
            (x1 - r, y1 - r, 0),
            (x0 + r, y1 - r, 90),
            (x0 + r, y0 + r, 180),
        ):
            for step in range(4):
                angle = np.deg2rad(start + 30 * step)
                points.append((cx + r * np.cos(angle), cy + r * np.sin(angle)))
        outline = np.round(np.array(points) * 8).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(self.image, [outline], True, color, thickness, cv2.LINE_AA, 3)
