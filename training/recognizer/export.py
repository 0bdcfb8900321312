"""Export a checkpoint as ONNX and check it against PyTorch.

``python -m training.recognizer.export --checkpoint run/last.pt --out recognizer.onnx``

Beside the model a ``.json`` of the same name is written: alphabet, colours, geometry, metrics.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from training.recognizer.alphabet import ALPHABET, COLORS
from training.recognizer.measure import ROWS_THRESHOLD
from training.recognizer.net import EVIDENCE, Normalised, PlateNet
from training.recognizer.train import measure
from training.recognizer.trainer import load_network
from training.recognizer.views import GEOMETRY

_OPSET = 17
OUTPUTS = ("chars", "colors", "rows", "evidence")
# FP32 sums in another order differ in the last bits; probabilities agree to this.
TOLERANCE = 1e-4
BATCH_TOLERANCE = 1e-5


def to_onnx(net: PlateNet, path: Path) -> None:
    """Write the network with its normalisation as ONNX with a free batch size."""
    crops = torch.zeros((2, GEOMETRY.height, GEOMETRY.width, 3), dtype=torch.uint8)
    torch.onnx.export(
        Normalised(net).eval(),
        (crops,),
        str(path),
        input_names=["crops"],
        output_names=list(OUTPUTS),
        dynamic_axes={name: {0: "N"} for name in ("crops", *OUTPUTS)},
        opset_version=_OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(onnx.load(str(path)), full_check=True)


def open_onnx(path: Path) -> Any:
    """Return a function from uint8 crops to the model's outputs, on one CPU thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda crops: session.run(None, {"crops": crops})


def differences(net: PlateNet, path: Path, count: int = 16) -> tuple[float, float]:
    """Return the largest differences between PyTorch and ONNX, and between batch sizes."""
    rng = np.random.default_rng(5)
    shape = (count, GEOMETRY.height, GEOMETRY.width, 3)
    crops = rng.integers(0, 256, shape, dtype=np.uint8)
    model = open_onnx(path)
    together = model(crops)
    with torch.inference_mode():
        expected = [output.numpy() for output in Normalised(net).eval()(torch.from_numpy(crops))]
    alone = [
        np.concatenate(parts)
        for parts in zip(*(model(crops[place : place + 1]) for place in range(count)), strict=True)
    ]
    apart = max(float(np.abs(a - b).max()) for a, b in zip(together, expected, strict=True))
    by_batch = max(float(np.abs(a - b).max()) for a, b in zip(together, alone, strict=True))
    return apart, by_batch


def export(checkpoint: Path, out: Path) -> dict[str, Any]:
    """Export, check and describe; both files replace older ones in one step each.

    Raises:
        ValueError: if ONNX and PyTorch, or batch sizes 1 and 16, disagree.
    """
    net = load_network(checkpoint)
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_suffix(".part.onnx")
    to_onnx(net, unfinished)
    apart, by_batch = differences(net, unfinished)
    if apart > TOLERANCE or by_batch > BATCH_TOLERANCE:
        unfinished.unlink()
        raise ValueError(f"outputs disagree: PyTorch {apart:.2e}, batch size {by_batch:.2e}")
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    description = {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": hashlib.sha256(unfinished.read_bytes()).hexdigest(),
        "alphabet": ALPHABET,
        "colors": list(COLORS),
        "evidence": list(EVIDENCE),
        "geometry": asdict(GEOMETRY),
        "rows_threshold": ROWS_THRESHOLD,
        "training": {"steps": state["step"], "samples": state["samples"], "plan": state["plan"]},
        "parameters": sum(p.numel() for p in net.parameters()),
        "difference_to_pytorch": apart,
        "difference_by_batch_size": by_batch,
        "metrics": {"dev_exact": measure(net)},
    }
    text = json.dumps(description, ensure_ascii=False, indent=1)
    beside = out.with_suffix(".json")
    unfinished_text = beside.with_suffix(".part.json")
    unfinished_text.write_text(text, encoding="utf-8")
    unfinished.replace(out)
    unfinished_text.replace(beside)
    return description


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/training/recognizer.onnx"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    description = export(arguments.checkpoint, arguments.out)
    print(json.dumps(description["metrics"], indent=1))


if __name__ == "__main__":
    main()
