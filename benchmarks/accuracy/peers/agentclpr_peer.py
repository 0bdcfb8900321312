"""AgentCLPR (Apache-2.0): a Chinese plate detector with a text reader behind it."""

from __future__ import annotations

from importlib.metadata import version

import cv2
import numpy as np
from agentclpr import CLPSystem
from serve import Lines, line, serve


def main() -> None:
    """Answer requests with AgentCLPR; a crop gets the border that its detector step would add."""
    cv2.setNumThreads(1)
    reader = CLPSystem()

    def answer(path: str, crop: bool) -> Lines:
        picture = cv2.imread(path)
        if not crop:
            return [
                line(text, _clockwise(points), float(score))
                for points, (text, score) in reader(picture)
            ]
        height, width = picture.shape[:2]
        resized = cv2.resize(picture, (256, max(1, round(256 / width * height))))
        padded = np.pad(resized, ((100, 100), (100, 100), (0, 0)), constant_values=255)
        found = reader.ocr(padded)
        if not found:
            return []
        corners = [[0, 0], [width, 0], [width, height], [0, height]]
        text = "".join(read for _, (read, _) in found)
        return [line(text, corners, float(np.prod([score for _, (_, score) in found])))]

    serve(f"AgentCLPR {version('agentclpr')}", answer)


def _clockwise(points: list[list[int]]) -> list[list[int]]:
    """Order four points clockwise from the top-left one."""
    middle = np.mean(points, axis=0)
    return sorted(points, key=lambda p: np.arctan2(p[1] - middle[1], p[0] - middle[0]))


if __name__ == "__main__":
    main()
