"""Measures an exported detector on labelled photo folders, as the service would run it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from platestream.vision.detection import proposer, refiner
from platestream.vision.detection.detector import Detector, DetectorConfig
from platestream.vision.detection.patches import PatchGeometry
from platestream.vision.models.batches import Batching
from platestream.vision.models.session import ModelSession, SessionOptions
from platestream.vision.picture.picture import Picture
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


class Runner:
    """Runs a detector's two graphs on pictures, as service does with one look.

    Args:
        folder: holds ``proposals.onnx`` (``detector.onnx`` in a bundle) and ``refiner.onnx``.
        least: lowest score that is asked for.
        canvases: height and width of what pictures are reduced to.
        proposal_threshold: least score of a proposal that is looked at again.
    """

    def __init__(
        self,
        folder: Path,
        least: float,
        canvases: Sequence[tuple[int, int]] = CANVASES,
        *,
        proposal_threshold: float = PROPOSAL_THRESHOLD,
    ) -> None:
        first = folder / PROPOSALS_FILE
        models = (first if first.exists() else folder / "detector.onnx", folder / REFINER_FILE)
        geometry, batching = PatchGeometry(), Batching(sizes=(1, 8), pad=False)
        proposing, refining = (
            ModelSession(
                path.read_bytes(),
                inputs=inputs,
                outputs=outputs,
                options=SessionOptions(
                    providers=("CPUExecutionProvider",), threads=1, provider_options={}
                ),
                label=path.name,
            )
            for path, inputs, outputs in zip(
                models,
                (proposer.INPUTS, refiner.input_specs(geometry)),
                (proposer.OUTPUTS, refiner.OUTPUTS),
                strict=True,
            )
        )
        config = DetectorConfig(
            score_threshold=least,
            proposal_threshold=proposal_threshold,
            refiner_share=REFINE_SHARE,
            nms_iou=NMS_IOU,
            max_plates=PROPOSALS,
        )
        self.detector = Detector(
            proposer.Proposer(proposing, canvases, config.least_proposal, batching),
            refiner.Refiner(refining, geometry, batching),
            config,
        )

    def __call__(self, image: NDArray[np.uint8]) -> list[Found]:
        """Detections of one picture, best first."""
        (look,) = self.detector.look([Picture.of(image)])
        return [Found(one.corners, one.score) for one in look.plates]


def judge(runner: Runner, files: Sequence[LabelledFile]) -> list[Judged]:
    """Run the detector over files."""
    judged = []
    for file in files:
        image = cv2.imread(str(file.path), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f"not a picture: {file.path.name}")
        found = runner(np.asarray(image, np.uint8))
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
        "--onnx", type=Path, required=True, help="folder of an export or of a bundle"
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--proposal-threshold", type=float, default=PROPOSAL_THRESHOLD)
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
    runner = Runner(
        options.onnx,
        min([options.threshold, *options.sweep]),
        options.canvases,
        proposal_threshold=options.proposal_threshold,
    )
    everything: list[Judged] = []
    rows = []
    for split in options.splits:
        for folder in options.folders:
            files = [f for f in read_labels(options.data, folder) if f.split == split]
            judged = judge(runner, files[: options.limit])
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
