"""Exports a checkpoint to two ONNX graphs and proves that they answer as the networks do."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime as ort
import torch

from training.detector.graphs import PROPOSALS, Proposals, Refiner
from training.detector.net import PATCH_HEIGHT, PATCH_WIDTH, NetConfig, PlateNet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor, nn

OPSET = 18
PROPOSALS_FILE = "proposals.onnx"
REFINER_FILE = "refiner.onnx"
SETTINGS_FILE = "detector.json"
# The final score is a geometric mean of both networks': the refining one sees the plate upright
# and in full resolution, the proposing one sees its surroundings.
REFINE_SHARE = 0.5
# ONNX and torch may order sums differently; corners are in pixels of a canvas of some hundreds.
SCORE_TOLERANCE = 1e-4
CORNER_TOLERANCE = 2e-2
CORRECTION_TOLERANCE = 1e-4
BATCH_TOLERANCE = 1e-5

# Canvases [height, width] the run time letterboxes into, chosen by a picture's shape alone.
CANVASES = ((384, 640), (640, 384), (512, 512))
# Below this no proposal is worth a second look; with a score of 1 from the refining network it
# still stays below the threshold.
PROPOSAL_THRESHOLD = 0.1
SCORE_THRESHOLD = 0.45
NMS_IOU = 0.4


def load_network(checkpoint: Path, *, averaged: bool = True) -> PlateNet:
    """Read a checkpoint's networks, ready for inference."""
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    config: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in state["config"].items()
    }
    net = PlateNet(NetConfig(**config))
    net.load_state_dict(state["average" if averaged else "net"])
    net.eval()
    return net


def sample_pictures(count: int, height: int, width: int) -> NDArray[np.uint8]:
    """Structured random pictures for comparing graphs."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (count, -(-height // 32), -(-width // 32), 3))
    smooth = np.kron(coarse, np.ones((1, 32, 32, 1)))[:, :height, :width]
    return np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)


def matched_differences(
    ours: Sequence[NDArray[np.float32]], theirs: Sequence[NDArray[np.float32]]
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


def _runs(path: Path, name: str, inputs: NDArray[np.uint8]) -> tuple[list[Any], float]:
    """Answers to a batch, and how far the answers to its members alone are from them."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    together = session.run(None, {name: inputs})
    worst = 0.0
    for index in range(len(inputs)):
        alone = session.run(None, {name: inputs[index : index + 1]})
        for a, b in zip(alone, together, strict=True):
            worst = max(worst, float(np.abs(a[0] - b[index]).max()))
    return list(together), worst


def _verify(proposals: Path, refiner: Path, net: PlateNet) -> dict[str, float]:
    """Compare the graphs with torch, and one input alone with the same one in a batch.

    Raises:
        AssertionError: the difference is larger than rounding explains.
    """
    worst = {"score": 0.0, "corner": 0.0, "batch": 0.0}
    for height, width in CANVASES:
        pictures = sample_pictures(8, height, width)
        together, batch = _runs(proposals, "images", pictures)
        with torch.no_grad():
            expected = [
                value.numpy() for value in Proposals(net).eval()(torch.from_numpy(pictures))
            ]
        score, corner = matched_differences(together, expected)
        worst["score"] = max(worst["score"], score)
        worst["corner"] = max(worst["corner"], corner)
        worst["batch"] = max(worst["batch"], batch)
    patches = sample_pictures(8, PATCH_HEIGHT, PATCH_WIDTH)
    together, batch = _runs(refiner, "patches", patches)
    with torch.no_grad():
        expected = [value.numpy() for value in Refiner(net).eval()(torch.from_numpy(patches))]
    worst["refined_score"] = float(np.abs(together[0] - expected[0]).max())
    worst["correction"] = float(np.abs(together[1] - expected[1]).max())
    worst["batch"] = max(worst["batch"], batch)
    limits = {
        "score": SCORE_TOLERANCE,
        "corner": CORNER_TOLERANCE,
        "refined_score": SCORE_TOLERANCE,
        "correction": CORRECTION_TOLERANCE,
        "batch": BATCH_TOLERANCE,
    }
    for name, limit in limits.items():
        if worst[name] > limit:
            raise AssertionError(f"{name} differs by {worst[name]:.2e}, more than {limit}")
    return worst


def _write(model: nn.Module, example: Tensor, path: Path, inputs: str, outputs: list[str]) -> None:
    axes: dict[str, dict[int, str]] = {name: {0: "n"} for name in (inputs, *outputs)}
    if inputs == "images":
        axes[inputs] |= {1: "height", 2: "width"}
    torch.onnx.export(
        model.eval(),
        (example,),
        str(path),
        input_names=[inputs],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(str(path), full_check=True)


def export(
    net: PlateNet,
    folder: Path,
    *,
    threshold: float = SCORE_THRESHOLD,
    proposal_threshold: float = PROPOSAL_THRESHOLD,
) -> dict[str, float]:
    """Write both graphs and ``detector.json`` into a folder, each in one move.

    Returns:
        The largest differences between the graphs and torch.

    Raises:
        AssertionError: if they are larger than rounding explains.
    """
    folder.mkdir(parents=True, exist_ok=True)
    proposals, refiner = folder / PROPOSALS_FILE, folder / REFINER_FILE
    fresh = [path.with_suffix(".part.onnx") for path in (proposals, refiner)]
    pictures = torch.from_numpy(sample_pictures(2, 384, 640))
    _write(Proposals(net), pictures, fresh[0], "images", ["scores", "corners"])
    patches = torch.from_numpy(sample_pictures(2, PATCH_HEIGHT, PATCH_WIDTH))
    _write(Refiner(net), patches, fresh[1], "patches", ["scores", "corrections"])
    differences = _verify(fresh[0], fresh[1], net)
    settings = {
        "canvases": [list(canvas) for canvas in CANVASES],
        "proposal_threshold": proposal_threshold,
        "score_threshold": threshold,
        "nms_iou": NMS_IOU,
        "max_plates": PROPOSALS,
    }
    text = folder / f"{SETTINGS_FILE}.part"
    text.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    for part, whole in zip(
        (*fresh, text), (proposals, refiner, folder / SETTINGS_FILE), strict=True
    ):
        part.replace(whole)
    return differences


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.detector.export", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/training/detector/export"))
    parser.add_argument("--last", action="store_true", help="last weights, not the average")
    parser.add_argument("--threshold", type=float, default=SCORE_THRESHOLD)
    parser.add_argument("--proposal-threshold", type=float, default=PROPOSAL_THRESHOLD)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    net = load_network(options.checkpoint, averaged=not options.last)
    differences = export(
        net,
        options.out,
        threshold=options.threshold,
        proposal_threshold=options.proposal_threshold,
    )
    print(f"{options.out}: differences {differences}")


if __name__ == "__main__":
    main()
