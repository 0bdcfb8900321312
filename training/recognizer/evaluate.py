"""Print how well an exported recognizer reads, and what its evidence is worth.

Texts: real crops and photos, and rendered special kinds. Evidence: dev photos, whole and altered,
and lettering in type faces that never train.

``python -m training.recognizer.evaluate --onnx recognizer.onnx [--kinds 200] [--misses FILE]``
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
from rich.console import Console
from rich.table import Table

from training.recognizer.evidence import grey_colors, measure_evidence
from training.recognizer.export import open_onnx
from training.recognizer.measure import (
    CROP_SETS,
    PHOTO_SETS,
    SPECIAL_KINDS,
    WORLD_KINDS,
    Score,
    score_kind,
    score_set,
)
from training.recognizer.prerender import background_photos

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
        for kind in (*SPECIAL_KINDS, *WORLD_KINDS):
            scores[f"rendered {kind}"] = score_kind(recognizer, kind, kinds)
    return scores


def _print_evidence(path: Path) -> None:
    """Print what the evidence is worth, and whether grey plates are given a colour."""
    recognizer = open_onnx(path)
    console = Console(width=100)
    stated, count = grey_colors(recognizer)
    console.print(f"grey plates with a stated colour: {stated} of {count}")
    table = Table("evidence (dev)", "yes", "no", "AUC", "yes < 0.5, %", "no >= 0.5, %")
    for name, found in measure_evidence(recognizer, background_photos()).items():
        table.add_row(
            name,
            str(found.yes),
            str(found.no),
            f"{found.auc:.4f}",
            f"{100 * found.lost:.1f}",
            f"{100 * found.taken:.1f}",
        )
    console.print(table)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--kinds", type=int, default=200, help="plates per rendered kind; 0: none")
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
    _print_evidence(arguments.onnx)
    if arguments.misses:
        with arguments.misses.open("w", encoding="utf-8") as out:
            for name, score in scores.items():
                for file, truth, text in score.misses:
                    line = {"set": name, "file": file, "truth": truth, "read": text}
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
