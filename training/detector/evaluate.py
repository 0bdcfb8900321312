"""Measures an exported detector on labelled photo folders, as the service would run it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import onnxruntime as ort
from rich.console import Console
from rich.table import Table

from platestream.vision.detection.letterbox import (
    choose_canvas,
    empty_canvases,
    fit,
    place,
    to_picture,
)
from platestream.vision.detection.nms import sound_quads, suppress
from training.detector.export import (
    CANVASES,
    NMS_IOU,
    PROPOSAL_THRESHOLD,
    PROPOSALS_FILE,
    REFINE_SHARE,
    REFINER_FILE,
    SCORE_THRESHOLD,
)
from training.detector.graphs import PROPOSALS
from training.detector.patches import corrected, cut_patches
from training.detector.photos import LabelledFile, read_labels
from training.detector.scores import Found, Judged, match, score_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FOLDERS = (
    "ccpd_subset",
    "easypr_general_test",
    "shaowenfu_car2024",
    "cn_hand_labelled",
    "aolp_ac",
    "robertlucian_dashcam",
    "egypt_motorcycle",
    "kaggle_car_plate_detection",
    "openimages_plates",
    "thailand_photos",
    "thailand_cars",
    "russia_web",
    "philippines_photos",
    "poland_web",
    "korea_cvlab",
    "tunisia_photos",
    "easypr_negative_patches",
)
# Proposals that overlap more are of the same plate: one of them is enough to look at again.
PROPOSAL_IOU = 0.6


class Runner:
    """Runs an exported detector on pictures: letterbox, proposals, patches, suppression."""

    def __init__(
        self,
        folder: Path,
        canvases: Sequence[tuple[int, int]] = CANVASES,
        *,
        proposal_threshold: float = PROPOSAL_THRESHOLD,
    ) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.proposals, self.refiner = (
            ort.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
            for name in (PROPOSALS_FILE, REFINER_FILE)
        )
        self.canvases = canvases
        self.proposal_threshold = proposal_threshold

    def __call__(self, image: NDArray[np.uint8], least: float) -> list[Found]:
        """Detections of one picture scoring at least ``least``, best first."""
        h, w = image.shape[:2]
        canvas = choose_canvas(h, w, self.canvases)
        letterbox = fit(h, w, canvas)
        batch = empty_canvases(1, canvas)
        place(image, letterbox, batch[0])
        first, corners = (np.asarray(v)[0] for v in self.proposals.run(None, {"images": batch}))
        chosen = np.flatnonzero(first >= self.proposal_threshold)
        chosen = chosen[sound_quads(corners[chosen])]
        if not chosen.size:
            return []
        chosen = chosen[suppress(corners[chosen], first[chosen], iou=PROPOSAL_IOU, keep=PROPOSALS)]
        quads = np.asarray(to_picture(corners[chosen], letterbox), np.float32)
        patches = cut_patches(image, quads)
        second, corrections = self.refiner.run(None, {"patches": patches})
        scores = first[chosen] ** (1 - REFINE_SHARE) * second**REFINE_SHARE
        quads = corrected(quads, corrections)
        good = np.flatnonzero(scores >= least)
        good = good[sound_quads(quads[good])]
        if not good.size:
            return []
        kept = good[suppress(quads[good], scores[good], iou=NMS_IOU, keep=PROPOSALS)]
        return [Found(quads[index], float(scores[index])) for index in kept]


class SingleGraph:
    """Runs a detector of one graph with both stages in it, as bundles before 0.5 held it."""

    def __init__(self, path: Path, canvases: Sequence[tuple[int, int]] = CANVASES) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.canvases = canvases

    def __call__(self, image: NDArray[np.uint8], least: float) -> list[Found]:
        """Detections of one picture scoring at least ``least``, best first."""
        h, w = image.shape[:2]
        canvas = choose_canvas(h, w, self.canvases)
        letterbox = fit(h, w, canvas)
        batch = empty_canvases(1, canvas)
        place(image, letterbox, batch[0])
        scores, corners = (np.asarray(v)[0] for v in self.session.run(None, {"images": batch}))
        chosen = np.flatnonzero(scores >= least)
        chosen = chosen[sound_quads(corners[chosen])]
        if not chosen.size:
            return []
        kept = suppress(corners[chosen], scores[chosen], iou=NMS_IOU, keep=PROPOSALS)
        quads = to_picture(corners[chosen][kept], letterbox)
        return [
            Found(np.asarray(quad, np.float32), float(score))
            for quad, score in zip(quads, scores[chosen][kept], strict=True)
        ]


def judge(
    runner: Runner | SingleGraph, files: Sequence[LabelledFile], least: float
) -> list[Judged]:
    """Run the detector over files."""
    judged = []
    for file in files:
        image = cv2.imread(str(file.path), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f"not a picture: {file.path.name}")
        found = runner(np.asarray(image, np.uint8), least)
        judged.append(Judged(file, found, file.plates))
    return judged


def draw_misses(judged: Sequence[Judged], threshold: float, out: Path, most: int = 60) -> int:
    """Draw pictures with a miss (red) or a false plate (yellow); true ones green."""
    cells: list[NDArray[np.uint8]] = []
    for one in judged:
        found = [f for f in one.found if f.score >= threshold]
        answer, left = match(found, one.plates)
        if None not in answer and not left:
            continue
        image = cv2.imread(str(one.file.path), cv2.IMREAD_COLOR)
        if image is None or len(cells) >= most:
            continue
        scale = min(384 / image.shape[1], 320 / image.shape[0])
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for plate, index in zip(one.plates, answer, strict=True):
            ink = (0, 0, 255) if index is None else (0, 255, 0)
            cv2.polylines(image, [np.int32(plate.quad * scale)], True, ink, 1)  # type: ignore[list-item]
        for index in left:
            quad = found[index].quad * scale
            cv2.polylines(image, [np.int32(quad)], True, (0, 255, 255), 1)  # type: ignore[list-item]
            at = (int(quad[0, 0]), int(quad[0, 1]) - 3)
            text = f"{found[index].score:.2f}"
            image = np.ascontiguousarray(image.astype(np.uint8))
            cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 255, 255), 1)
        cell = np.full((340, 384, 3), 40, np.uint8)
        cell[: image.shape[0], : image.shape[1]] = image
        label = f"{one.file.folder[:8]}/{one.file.path.name}"
        cv2.putText(cell, label, (4, 335), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
        cells.append(cell)
    if cells:
        while len(cells) % 6:
            cells.append(np.zeros_like(cells[0]))
        rows = [np.hstack(cells[i : i + 6]) for i in range(0, len(cells), 6)]
        out.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(out), np.vstack(rows))
    return len(cells)


def parse_canvases(text: str) -> list[tuple[int, int]]:
    """``384x640,640x384`` to [(384, 640), (640, 384)]."""
    pairs = [part.split("x") for part in text.split(",")]
    return [(int(h), int(w)) for h, w in pairs]


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.detector.evaluate", description=__doc__
    )
    parser.add_argument(
        "--onnx", type=Path, required=True, help="folder of an export, or a file of one graph"
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--threshold", type=float, default=SCORE_THRESHOLD)
    parser.add_argument("--canvases", type=parse_canvases, default=list(CANVASES))
    parser.add_argument("--folders", nargs="*", default=list(FOLDERS))
    parser.add_argument("--splits", nargs="*", default=["dev", "train"])
    parser.add_argument("--limit", type=int, help="files per folder and split")
    parser.add_argument("--misses", type=Path, help="PNG to draw misses and false plates into")
    parser.add_argument("--sweep", nargs="*", type=float, default=[], help="more thresholds")
    parser.add_argument("--json", type=Path, help="write the table as JSON, too")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    whole = options.onnx.is_file()
    runner = (SingleGraph if whole else Runner)(options.onnx, options.canvases)
    least = min([options.threshold, *options.sweep]) * 0.999
    everything: list[Judged] = []
    rows = []
    for split in options.splits:
        for folder in options.folders:
            files = [f for f in read_labels(options.data, folder) if f.split == split]
            judged = judge(runner, files[: options.limit], least)
            if not judged:
                continue
            everything += judged
            for threshold in sorted({options.threshold, *options.sweep}):
                row = score_folder(judged, threshold)
                rows.append({"split": split, "folder": folder, "threshold": threshold, **row})
    table = Table(
        "split",
        "folder",
        "thr",
        "photos",
        "plates",
        "found %",
        "false/photo",
        "corner %",
        "p90",
        "IoU",
    )
    for row in rows:
        table.add_row(
            str(row["split"]), str(row["folder"]), f"{row['threshold']:.2f}",
            f"{row['photos']}", f"{row['plates']}", f"{row['found']:.1f}", f"{row['false']:.3f}",
            f"{row['corner']:.2f}", f"{row['corner90']:.2f}", f"{row['iou']:.3f}",
        )  # fmt: skip
    Console(width=110).print(table)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if options.misses:
        count = draw_misses(everything, options.threshold, options.misses)
        print(f"{count} pictures drawn into {options.misses}")


if __name__ == "__main__":
    main()
