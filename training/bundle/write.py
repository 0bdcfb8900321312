"""Writes a bundle folder from trained networks and checks it by loading and running it.

``python -m training.bundle.write --detector D.onnx --refiner R.onnx --recognizer C.onnx --out DIR``

Beside each model lies the description that its export wrote (``D.json``, ``R.json``, ``C.json``).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from platestream.vision.models.bundle import ModelBundle
from platestream.vision.verify import BundleReport, verify_bundle
from training.bundle.card import model_card
from training.bundle.data import TRAINING_DATA

LARGEST_BUNDLE = 12_000_000
"""Bytes: the bundle ships inside the package."""
DETECTOR_KEYS = (
    "canvases",
    "proposal_threshold",
    "score_threshold",
    "nms_iou",
    "max_plates",
    "second_scale",
)
REFINER_KEYS = ("height", "width", "margin", "share")
# Without measured pairs the raw confidence stands for itself.
IDENTITY: dict[str, Any] = {
    "inputs": ["min_char", "detector"],
    "raw": "product",
    "x": [0.0, 1.0],
    "y": [0.0, 1.0],
}


def _digest(path: Path) -> str:
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


def detector_part(model: Path) -> dict[str, Any]:
    """The manifest's ``detector`` of an exported first stage."""
    return _part(model, "detector.onnx", DETECTOR_KEYS)


def refiner_part(model: Path) -> dict[str, Any]:
    """The manifest's ``refiner`` of an exported second stage."""
    return _part(model, "refiner.onnx", REFINER_KEYS)


def _part(model: Path, file: str, keys: tuple[str, ...]) -> dict[str, Any]:
    described = _described(model)
    return {"file": file, "sha256": _digest(model)} | {k: described[k] for k in keys}


def recognizer_part(model: Path) -> dict[str, Any]:
    """The manifest's ``recognizer`` of an exported recognizer."""
    described = _described(model)
    geometry = described["geometry"]
    return {
        "file": "recognizer.onnx",
        "sha256": _digest(model),
        "height": geometry["height"],
        "width": geometry["width"],
        "alphabet": described["alphabet"],
        "colors": described["colors"],
        "margin": list(geometry["margin"]),
        "rows_threshold": described["rows_threshold"],
        "evidence": bool(described.get("evidence")),
        "two_rows": {k: geometry[k] for k in ("upper_end", "lower_start", "upper_width")},
    }


def write_bundle(
    out: Path,
    *,
    detector: Path,
    refiner: Path,
    recognizer: Path,
    version: str,
    name: str = "platestream-base",
    calibration: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
    training_data: tuple[dict[str, str], ...] = TRAINING_DATA,
) -> BundleReport:
    """Assemble a bundle, check it, and only then put it in place of an older one.

    Args:
        out: the bundle's folder; replaced as a whole.
        detector: an exported first stage of the detector, its description beside it.
        refiner: its second stage, likewise.
        recognizer: an exported recognizer with its description beside it.
        version: of the bundle.
        name: of the bundle.
        calibration: the manifest's ``calibration``; None leaves raw confidences as they are.
        metrics: what was measured with exactly these models.
        training_data: the manifest's ``training_data``.

    Returns:
        What loading and running it once said.

    Raises:
        FileNotFoundError: a model or description is missing.
        ValueError: the bundle is too large.
        BundleError: the bundle does not load or run.
    """
    manifest: dict[str, Any] = {
        "schema_version": 2,
        "name": name,
        "version": version,
        "created_at": datetime.now(UTC).date().isoformat(),
        "licence": "Apache-2.0",
        "detector": detector_part(detector),
        "refiner": refiner_part(refiner),
        "recognizer": recognizer_part(recognizer),
        "calibration": calibration or IDENTITY,
        "training_data": list(training_data),
        "metrics": metrics or {},
    }
    models = {"detector.onnx": detector, "refiner.onnx": refiner, "recognizer.onnx": recognizer}
    return _put(out, manifest, models)


def rewrite_bundle(
    folder: Path, *, changes: dict[str, dict[str, Any]], metrics: dict[str, Any] | None = None
) -> BundleReport:
    """Change parts of a bundle's manifest, and its card with them; the models stay.

    Args:
        folder: the bundle.
        changes: new values by part, such as ``{"detector": {"score_threshold": 0.5}}``;
            ``calibration`` is replaced as a whole.
        metrics: added to the manifest's.

    Raises:
        BundleError: the bundle does not load or run, before or with the changes.
    """
    before = ModelBundle.load(folder).manifest
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for part, values in changes.items():
        known = {} if part == "calibration" else manifest.get(part, {})
        manifest[part] = {**known, **values}
    manifest["metrics"] = {**manifest.get("metrics", {}), **(metrics or {})}
    return _put(folder, manifest, {one.file: folder / one.file for one in before.files})


def _put(out: Path, manifest: dict[str, Any], models: dict[str, Path]) -> BundleReport:
    """Write a bundle beside ``out``, check it, and only then put it in its place."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".bundle-") as scratch:
        fresh = Path(scratch) / out.name
        fresh.mkdir()
        for name, model in models.items():
            shutil.copyfile(model, fresh / name)
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (fresh / "manifest.json").write_text(text + "\n", encoding="utf-8")
        (fresh / "MODEL_CARD.md").write_text(model_card(manifest), encoding="utf-8")
        size = sum(path.stat().st_size for path in fresh.iterdir())
        if size > LARGEST_BUNDLE:
            raise ValueError(f"the bundle has {size} bytes, more than {LARGEST_BUNDLE}")
        verify_bundle(fresh)
        if out.exists():
            shutil.rmtree(out)
        fresh.replace(out)
    return verify_bundle(out)


def _json(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.bundle.write", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--refiner", type=Path, required=True)
    parser.add_argument("--recognizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--name", default="platestream-base")
    parser.add_argument("--calibration", type=Path, help="JSON: the manifest's calibration")
    parser.add_argument("--metrics", type=Path, help="JSON: what was measured")
    options = parser.parse_args(arguments)
    report = write_bundle(
        options.out,
        detector=options.detector,
        refiner=options.refiner,
        recognizer=options.recognizer,
        version=options.version,
        name=options.name,
        calibration=_json(options.calibration),
        metrics=_json(options.metrics),
    )
    print(f"{report.path}: models {report.size / 1e6:.2f} MB, loaded and run")


if __name__ == "__main__":
    main()
