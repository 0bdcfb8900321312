"""The manifest's parts from what the exports of the networks say of themselves."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

DETECTOR_KEYS = ("canvases", "proposal_threshold", "score_threshold", "nms_iou", "max_plates")
# What an export of the present networks need not say.
DETECTOR_USUAL: dict[str, Any] = {"second_scale": False}
REFINER_USUAL: dict[str, Any] = {"height": 24, "width": 72, "margin": [0.25, 0.5], "share": 0.5}


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _described(model: Path) -> dict[str, Any]:
    """The description beside a model.

    Raises:
        FileNotFoundError: the model or its description is missing.
    """
    if not model.exists():
        raise FileNotFoundError(f"no model {model}")
    beside = model.with_suffix(".json")
    if not beside.exists():
        raise FileNotFoundError(f"no description {beside} beside the model")
    described: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
    return described


def detector_files(export: Path) -> dict[str, Path]:
    """Both stages of an exported detector, by their names in a bundle."""
    return {
        "detector.onnx": export / "proposals.onnx",
        "refiner.onnx": export / "refiner.onnx",
    }


def detector_parts(export: Path) -> dict[str, dict[str, Any]]:
    """The manifest's ``detector`` and ``refiner`` of an exported detector.

    Raises:
        FileNotFoundError: a model or the description is missing.
    """
    files = detector_files(export)
    for path in (*files.values(), export / "detector.json"):
        if not path.exists():
            raise FileNotFoundError(f"the detector's export has no {path.name}")
    described = json.loads((export / "detector.json").read_text(encoding="utf-8"))
    first = {key: described[key] for key in DETECTOR_KEYS}
    for key, usual in DETECTOR_USUAL.items():
        first[key] = described.get(key, usual)
    second = {**REFINER_USUAL, **described.get("refiner", {})}
    parts = {"detector.onnx": first, "refiner.onnx": second}
    return {
        name.removesuffix(".onnx"): {"file": name, "sha256": digest(files[name])} | part
        for name, part in parts.items()
    }


def recognizer_part(model: Path) -> dict[str, Any]:
    """The manifest's ``recognizer`` of an exported recognizer."""
    described = _described(model)
    geometry = described["geometry"]
    return {
        "file": "recognizer.onnx",
        "sha256": digest(model),
        "height": geometry["height"],
        "width": geometry["width"],
        "alphabet": described["alphabet"],
        "colors": described["colors"],
        "margin": list(geometry["margin"]),
        "rows_threshold": described["rows_threshold"],
        "evidence": bool(described.get("evidence", False)),
        "two_rows": {k: geometry[k] for k in ("upper_end", "lower_start", "upper_width")},
    }
