"""HyperLPR (first generation, Caffe models): Chinese plates of one row."""

from __future__ import annotations

import contextlib
import os
from importlib.metadata import version

import cv2
import hyperlpr
from hyperlpr.hyperlpr import LPR
from serve import Lines, line, serve


def main() -> None:
    """Answer requests with HyperLPR; a crop goes to the recognizer alone."""
    cv2.setNumThreads(1)
    # OpenCV 4 dropped the function that the package aligns plates with; this is its successor.
    cv2.estimateRigidTransform = lambda src, dst, _full: cv2.estimateAffine2D(src, dst)[0]
    reader = LPR(os.path.join(os.path.dirname(hyperlpr.__file__), "models"))  # noqa: PTH118, PTH120

    def answer(path: str, crop: bool) -> Lines:
        picture = cv2.imread(path)
        if crop:
            text, score = reader.segmentation_free_recognition(picture)
            height, width = picture.shape[:2]
            return [line(text, [[0, 0], [width, 0], [width, height], [0, height]], score)]
        with contextlib.redirect_stdout(None):
            found = reader.plate_recognition(picture)
        return [
            line(text, [[left, top], [right, top], [right, bottom], [left, bottom]], score)
            for text, score, (left, top, right, bottom) in found
        ]

    serve(f"HyperLPR {version('hyperlpr')}", answer)


if __name__ == "__main__":
    main()
