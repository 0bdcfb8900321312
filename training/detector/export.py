"""Exports a checkpoint to ONNX and proves that the graph answers as the network does."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.detector.net import (
    STRIDES,
    NetConfig,
    PlateNet,
    refined_corners,
    sample_patches,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPSET = 18
# Proposals handed to the refining stage, per picture. A plate makes one or two local maxima, so
# this leaves room for a car park's worth of plates while the second stage stays cheap.
PROPOSALS = 32
# The final score is a geometric mean: the refining stage sees the plate upright and in full
# resolution, the proposal stage sees its surroundings. On the development photos, at one false
# plate in ten photos, the proposal score alone finds 90 %, the refining score alone 88 %, shares
# from 0.3 to 0.7 find 94-95 %.
REFINE_SHARE = 0.5
# ONNX and torch may order sums differently; corners are in pixels of a canvas of some hundreds.
SCORE_TOLERANCE = 1e-4
CORNER_TOLERANCE = 2e-2
BATCH_TOLERANCE = 1e-5

# Canvases [height, width] the run time letterboxes into, chosen by a picture's shape alone.
CANVASES = ((384, 640), (640, 384), (512, 512))
SCORE_THRESHOLD = 0.45
NMS_IOU = 0.4


class Exported(nn.Module):
    """Both stages as one graph: uint8 pictures in, scores and corners of the best cells out."""

    def __init__(self, net: PlateNet, *, proposals: int = PROPOSALS, rounds: int = 1) -> None:
        super().__init__()
        self.net = net
        self.proposals = proposals
        self.rounds = rounds

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``[N,H,W,3]`` uint8 BGR to scores ``[N,A]`` and corners ``[N,A,4,2]``."""
        x = PlateNet.normalise(images)
        logits, corners = [], []
        for stride, (score, offset) in zip(STRIDES, self.net.proposal(x), strict=True):
            # Only local maxima go on, so that one plate does not use up all proposals.
            peak = F.max_pool2d(score, 3, 1, 1)
            logits.append(torch.where(score >= peak, score, score - 100.0).flatten(1))
            corners.append(self.net.corners_of(offset, stride))
        all_logits = torch.cat(logits, 1)
        best, index = torch.topk(all_logits, self.proposals, dim=1)
        where = index[:, :, None].expand(-1, -1, 8)
        quads = torch.gather(torch.cat(corners, 1), 1, where).reshape(-1, self.proposals, 4, 2)
        first = torch.sigmoid(best)
        second = first
        for _ in range(self.rounds):
            patches = sample_patches(x, quads)
            score, correction = self.net.refine(patches)
            second = torch.sigmoid(score).reshape(-1, self.proposals)
            quads = refined_corners(quads, correction.reshape(-1, self.proposals, 4, 2))
        scores = first.pow(1 - REFINE_SHARE) * second.pow(REFINE_SHARE)
        return scores, quads


def load_network(checkpoint: Path, *, averaged: bool = True) -> PlateNet:
    """Read a checkpoint's network, ready for inference."""
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    config: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in state["config"].items()
    }
    net = PlateNet(NetConfig(**config))
    net.load_state_dict(state["average" if averaged else "net"])
    net.eval()
    return net


def test_pictures(count: int, height: int, width: int) -> NDArray[np.uint8]:
    """Structured random pictures for comparing graphs."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (count, height // 32, width // 32, 3))
    smooth = np.kron(coarse, np.ones((1, 32, 32, 1)))
    return np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)


def matched_differences(
    ours: list[NDArray[np.float32]], theirs: list[NDArray[np.float32]]
) -> tuple[float, float]:
    """Largest difference of scores and of corners, each proposal against its likeliest twin.

    Proposals of nearly equal score may come in another order, and the last few may be others.
    """
    worst_score = worst_corner = 0.0
    for picture in range(len(ours[0])):
        score = np.abs(theirs[0][picture][:, None] - ours[0][picture][None])
        corner = np.abs(theirs[1][picture][:, None] - ours[1][picture][None]).max((2, 3))
        twin = (score * 100 + corner).argmin(1)
        rows = np.arange(len(twin) - 4)
        worst_score = max(worst_score, float(score[rows, twin[rows]].max()))
        worst_corner = max(worst_corner, float(corner[rows, twin[rows]].max()))
    return worst_score, worst_corner


def verify(path: Path, model: Exported) -> dict[str, float]:
    """Compare the graph with torch, and one picture alone with the same one in a batch.

    Raises:
        AssertionError: the difference is larger than rounding explains.
    """
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = {"score": 0.0, "corner": 0.0, "batch": 0.0}
    for height, width in CANVASES:
        pictures = test_pictures(8, height, width)
        together = session.run(None, {"images": pictures})
        with torch.no_grad():
            expected = [value.numpy() for value in model(torch.from_numpy(pictures))]
        score, corner = matched_differences(together, expected)
        worst["score"] = max(worst["score"], score)
        worst["corner"] = max(worst["corner"], corner)
        for index in range(len(pictures)):
            alone = session.run(None, {"images": pictures[index : index + 1]})
            for a, b in zip(alone, together, strict=True):
                worst["batch"] = max(worst["batch"], float(np.abs(a[0] - b[index]).max()))
    limits = {
        "score": SCORE_TOLERANCE,
        "corner": CORNER_TOLERANCE,
        "batch": BATCH_TOLERANCE,
    }
    for name, limit in limits.items():
        if worst[name] > limit:
            raise AssertionError(f"{name} differs by {worst[name]:.2e}, more than {limit}")
    return worst


def export(
    net: PlateNet, out: Path, *, rounds: int = 1, threshold: float = SCORE_THRESHOLD
) -> dict[str, float]:
    """Write ``out`` and a ``detector.json`` beside it, each in one move; returns differences."""
    model = Exported(net, rounds=rounds).eval()
    fresh = out.with_suffix(".part.onnx")
    out.parent.mkdir(parents=True, exist_ok=True)
    example = torch.from_numpy(test_pictures(2, 384, 640))
    torch.onnx.export(
        model,
        (example,),
        str(fresh),
        input_names=["images"],
        output_names=["scores", "corners"],
        dynamic_axes={
            "images": {0: "n", 1: "height", 2: "width"},
            "scores": {0: "n"},
            "corners": {0: "n"},
        },
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(str(fresh), full_check=True)
    differences = verify(fresh, model)
    settings = {
        "canvases": [list(canvas) for canvas in CANVASES],
        "score_threshold": threshold,
        "nms_iou": NMS_IOU,
        "max_plates": 32,
    }
    text = out.with_name("detector.json.part")
    text.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    fresh.replace(out)
    text.replace(out.with_name("detector.json"))
    return differences


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.detector.export", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/training/detector/detector.onnx"))
    parser.add_argument("--last", action="store_true", help="last weights, not the average")
    parser.add_argument("--rounds", type=int, default=1, help="times the corners are refined")
    parser.add_argument("--threshold", type=float, default=SCORE_THRESHOLD)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    net = load_network(options.checkpoint, averaged=not options.last)
    differences = export(net, options.out, rounds=options.rounds, threshold=options.threshold)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB, differences {differences}")


if __name__ == "__main__":
    main()
