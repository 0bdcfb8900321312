"""Writes a bundle folder from trained networks and checks it by loading and running it.

``python -m training.bundle.write --detector FOLDER --recognizer C.onnx --out DIR --calibrate DATA``

The detector's export is a folder with both stages and ``detector.json``; beside the recognizer lies
its description, ``C.json``. With ``--calibrate`` the models' eight-bit forms are made and added.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import onnx

from platestream.vision.models.bundle import ModelBundle
from platestream.vision.verify import BundleReport, verify_bundle
from training.bundle.card import model_card
from training.bundle.data import TRAINING_DATA
from training.bundle.parts import detector_files, detector_parts, digest, recognizer_part

LARGEST_BUNDLE = 14_000_000
"""Bytes of all forms: the bundle ships inside the package."""
# Without measured pairs the raw confidence stands for itself.
IDENTITY: dict[str, Any] = {
    "inputs": ["min_char", "detector"],
    "raw": "product",
    "x": [0.0, 1.0],
    "y": [0.0, 1.0],
}


def write_bundle(
    out: Path,
    *,
    detector: Path,
    recognizer: Path,
    version: str,
    name: str = "platestream-base",
    calibration: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
    training_data: tuple[dict[str, str], ...] = TRAINING_DATA,
    calibrate: Path | None = None,
) -> BundleReport:
    """Assemble a bundle, check it, and only then put it in place of an older one.

    Args:
        out: the bundle's folder; replaced as a whole.
        detector: the folder of an exported detector.
        recognizer: an exported recognizer with its description beside it.
        version: of the bundle.
        name: of the bundle.
        calibration: the manifest's ``calibration``; None leaves raw confidences as they are.
        metrics: what was measured with exactly these models.
        training_data: the manifest's ``training_data``.
        calibrate: folder of the labelled folders, to make the models' eight-bit forms with.

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
        **detector_parts(detector),
        "recognizer": recognizer_part(recognizer),
        "calibration": calibration or IDENTITY,
        "training_data": list(training_data),
        "metrics": metrics or {},
    }
    models = {**detector_files(detector), "recognizer.onnx": recognizer}
    return _put(out, manifest, models, calibrate=calibrate)


def rewrite_bundle(
    folder: Path,
    *,
    changes: dict[str, dict[str, Any]],
    metrics: dict[str, Any] | None = None,
    calibrate: Path | None = None,
) -> BundleReport:
    """Change parts of a bundle's manifest, and its card with them; the models stay.

    Args:
        folder: the bundle.
        changes: new values by part, such as ``{"detector": {"score_threshold": 0.5}}``;
            ``calibration`` is replaced as a whole.
        metrics: added to the manifest's.
        calibrate: as in ``write_bundle``; the eight-bit models are made anew.

    Raises:
        BundleError: the bundle does not load or run, before or with the changes.
    """
    before = ModelBundle.load(folder).manifest
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for part, values in changes.items():
        known = {} if part == "calibration" else manifest.get(part, {})
        manifest[part] = {**known, **values}
    manifest["metrics"] = {**manifest.get("metrics", {}), **(metrics or {})}
    models = {one.file: folder / one.file for one in before.files}
    return _put(folder, manifest, models, calibrate=calibrate)


def _put(
    out: Path,
    manifest: dict[str, Any],
    models: dict[str, Path],
    *,
    calibrate: Path | None = None,
) -> BundleReport:
    """Write a bundle beside ``out``, check it, and only then put it in its place."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".bundle-") as scratch:
        fresh = Path(scratch) / out.name
        fresh.mkdir()
        for name, model in models.items():
            shutil.copyfile(model, fresh / name)
        _describe(fresh, manifest)
        if calibrate is not None:
            add_int8(fresh, manifest, calibrate)
            _describe(fresh, manifest)
        size = sum(path.stat().st_size for path in fresh.iterdir())
        if size > LARGEST_BUNDLE:
            raise ValueError(f"the bundle has {size} bytes, more than {LARGEST_BUNDLE}")
        verify_bundle(fresh)
        if out.exists():
            shutil.rmtree(out)
        fresh.replace(out)
    return verify_bundle(out)


def _describe(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    (folder / "MODEL_CARD.md").write_text(model_card(manifest), encoding="utf-8")


def add_int8(folder: Path, manifest: dict[str, Any], data: Path) -> None:
    """Make the eight-bit forms of a bundle's models beside them, and name them in ``manifest``.

    Raises:
        ValueError: a model saw nothing, or its eight-bit form is not as it has to be.
    """
    from training.bundle.quantise import PLANS, quantised
    from training.bundle.seen import seen_by_models

    seen = seen_by_models(ModelBundle.load(folder), data)
    for part, plan in PLANS.items():
        name = manifest[part]["file"]
        if not seen.get(name):
            raise ValueError(f"the training pictures have nothing for the {part} to see")
        target = folder / name.replace(".onnx", ".int8.onnx")
        onnx.save(quantised(onnx.load(str(folder / name)), seen[name], plan), str(target))
        manifest[part]["int8"] = {"file": target.name, "sha256": digest(target)}


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
    parser.add_argument("--recognizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--name", default="platestream-base")
    parser.add_argument("--calibration", type=Path, help="JSON: the manifest's calibration")
    parser.add_argument("--metrics", type=Path, help="JSON: what was measured")
    parser.add_argument("--calibrate", type=Path, help="data folder; makes the eight-bit models")
    options = parser.parse_args(arguments)
    report = write_bundle(
        options.out,
        detector=options.detector,
        recognizer=options.recognizer,
        version=options.version,
        name=options.name,
        calibration=_json(options.calibration),
        metrics=_json(options.metrics),
        calibrate=options.calibrate,
    )
    print(f"{report.path}: models {report.size / 1e6:.2f} MB, loaded and run")


if __name__ == "__main__":
    main()
