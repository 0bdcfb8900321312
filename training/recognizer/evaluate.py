"""Print how well an exported recognizer reads real crops and rendered special kinds.

``python -m training.recognizer.evaluate --onnx recognizer.onnx [--kinds 500] [--misses FILE]``
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
from rich.console import Console
from rich.table import Table

from training.recognizer.export import open_onnx
from training.recognizer.measure import (
    CROP_SETS,
    PHOTO_SETS,
    SPECIAL_KINDS,
    Score,
    score_kind,
    score_set,
)

# A detector's corner error, standard deviation as a share of the plate's width.
_JITTER = 0.015


def evaluate(path: Path, kinds: int) -> dict[str, Score]:
    """Return the scores by set name: crops, photos (true and noisy corners), rendered kinds."""
    recognizer = open_onnx(path)
    scores = {}
    for folder in CROP_SETS:
        scores[folder] = score_set(recognizer, folder)
    for folder in PHOTO_SETS:
        scores[f"{folder}, true corners"] = score_set(recognizer, folder)
        scores[f"{folder}, corner noise"] = score_set(recognizer, folder, jitter=_JITTER)
    if kinds:
        for kind in SPECIAL_KINDS:
            scores[f"rendered {kind}"] = score_kind(recognizer, kind, kinds)
    return scores


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--kinds", type=int, default=500, help="plates per rendered kind; 0: none")
    parser.add_argument("--misses", type=Path, help="write the misread plates as JSON lines")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    scores = evaluate(arguments.onnx, arguments.kinds)
    table = Table("set (dev)", "plates", "exact %", "without province %")
    for name, score in scores.items():
        table.add_row(
            name,
            str(score.plates),
            f"{100 * score.exact_share:.1f}",
            f"{100 * score.without_province_share:.1f}",
        )
    Console(width=100).print(table)
    if arguments.misses:
        with arguments.misses.open("w", encoding="utf-8") as out:
            for name, score in scores.items():
                for file, truth, text in score.misses:
                    line = {"set": name, "file": file, "truth": truth, "read": text}
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
