"""Pictures of plates made of plain marks, whose every pixel is known."""

from __future__ import annotations

import numpy as np

from training.render import PlateKind, RenderedPlate


def marked_plate(rows: int = 1) -> RenderedPlate:
    """A grey plate with one white mark per character, to see where the characters end up."""
    image = np.full((140 if rows == 1 else 220, 440, 3), 60, np.uint8)
    if rows == 1:
        centers = np.array([[x, 70] for x in range(50, 400, 60)], np.float32)
    else:
        centers = np.array(
            [[150, 45], [290, 45], *([x, 145] for x in range(60, 400, 80))], np.float32
        )
    for x, y in centers.astype(int):
        image[y - 26 : y + 27, x - 12 : x + 13] = 255
    return RenderedPlate(
        image=image,
        text="1" * len(centers),
        color="black",
        rows=rows,
        kind=PlateKind.GENERIC,
        char_centers=centers,
    )


def photographed(height: int) -> tuple[np.ndarray, np.ndarray]:
    """A grey picture with a white plate three times as wide as high, and its corners."""
    picture = np.full((200, 400, 3), 60, np.uint8)
    picture[50 : 50 + height, 40 : 40 + 3 * height] = 220
    left, top, right, bottom = 39.5, 49.5, 39.5 + 3 * height, 49.5 + height
    return picture, np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
