"""RapidOCR: a general text reader (PP-OCR models, Apache-2.0). It knows no plates, only lines."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import cv2
from rapidocr import RapidOCR
from serve import Lines, line, serve


def _whole(picture: Any) -> list[list[int]]:
    height, width = picture.shape[:2]
    return [[0, 0], [width, 0], [width, height], [0, height]]


def main() -> None:
    """Answer requests with RapidOCR; a crop goes to the recognizer alone."""
    cv2.setNumThreads(1)
    one_thread = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    engine = RapidOCR(params=one_thread)

    def answer(path: str, crop: bool) -> Lines:
        picture = cv2.imread(path)
        if crop:
            out = engine(picture, use_det=False, use_cls=False, use_rec=True)
            if not out.txts:
                return []
            return [line("".join(out.txts), _whole(picture), min(out.scores))]
        out = engine(picture)
        if out.boxes is None or out.txts is None:
            return []
        found = zip(out.txts, out.boxes, out.scores, strict=True)
        return [line(text, box, score) for text, box, score in found]

    serve(f"RapidOCR {version('rapidocr')}", answer)


if __name__ == "__main__":
    main()
