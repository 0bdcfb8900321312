from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from training.bundle.card import model_card
from training.bundle.data import TRAINING_DATA
from training.bundle.parts import detector_parts, recognizer_part
from training.bundle.write import IDENTITY, write_bundle

if TYPE_CHECKING:
    from pathlib import Path

DETECTOR = {
    "canvases": [[384, 640]],
    "proposal_threshold": 0.1,
    "score_threshold": 0.5,
    "nms_iou": 0.4,
    "max_plates": 32,
    "second_scale": True,
    "refiner": {"share": 0.25},
}
RECOGNIZER = {
    "alphabet": "0A京",
    "colors": ["blue", "unknown"],
    "rows_threshold": 0.5,
    "geometry": {
        "height": 48,
        "width": 168,
        "margin": [0.05, 0.08],
        "upper_end": 0.4,
        "lower_start": 0.3,
        "upper_width": 72,
    },
}


def described(folder: Path, name: str, content: dict[str, Any]) -> Path:
    model = folder / f"{name}.onnx"
    model.write_bytes(b"not a model, but bytes with a checksum")
    model.with_suffix(".json").write_text(json.dumps(content), encoding="utf-8")
    return model


def exported(folder: Path) -> Path:
    """A detector's export."""
    for name in ("proposals", "refiner"):
        (folder / f"{name}.onnx").write_bytes(b"not a model, but bytes with a checksum")
    (folder / "detector.json").write_text(json.dumps(DETECTOR), encoding="utf-8")
    return folder


def manifest_of(tmp_path: Path) -> dict[str, Any]:
    return {
        "name": "test",
        "version": "1.2.3",
        "created_at": "2026-01-01",
        "licence": "Apache-2.0",
        **detector_parts(exported(tmp_path)),
        "recognizer": recognizer_part(described(tmp_path, "recognizer", RECOGNIZER)),
        "training_data": list(TRAINING_DATA),
        "metrics": {"ccpd": {"found": 99.1, "read": 97.25}, "parameters": 12},
    }


def test_parts_fit_the_manifest_that_the_service_reads(tmp_path: Path) -> None:
    from platestream.vision.models.calibration import CalibrationSpec
    from platestream.vision.models.manifest import DetectorSpec, RecognizerSpec, RefinerSpec

    manifest = manifest_of(tmp_path)
    detector = DetectorSpec.model_validate(manifest["detector"])
    assert detector.canvases == ((384, 640),)
    assert detector.second_scale
    refiner = RefinerSpec.model_validate(manifest["refiner"])
    assert (refiner.geometry.width, refiner.share) == (72, 0.25)
    assert RecognizerSpec.model_validate(manifest["recognizer"]).alphabet == "0A京"
    CalibrationSpec.model_validate(IDENTITY)


def test_card_names_data_licences_and_measurements(tmp_path: Path) -> None:
    card = model_card(manifest_of(tmp_path))
    for entry in TRAINING_DATA:
        assert entry["name"] in card
        assert entry["licence"] in card
    assert "| ccpd: found | 99.1 |" in card
    assert "| parameters | 12 |" in card
    assert "## Limits" in card
    assert "was not fitted" in card
    assert "eight-bit" not in card


def test_card_tells_how_the_confidence_comes_about(tmp_path: Path) -> None:
    fitted = {
        "inputs": ["text", "detector"],
        "raw": "logistic",
        "weights": [0.91, 0.4],
        "bias": -0.25,
        "x": [0, 1],
        "y": [0, 1],
    }
    rejection = {"text_weight": 0.2, "detector": 0.45}
    card = model_card({**manifest_of(tmp_path), "calibration": fitted, "rejection": rejection})
    assert "text 0.91, detector 0.40; bias -0.25" in card
    assert "from a score of 0.45 on" in card


def test_only_data_with_a_licence_is_listed() -> None:
    for entry in TRAINING_DATA:
        assert entry["licence"] not in {"", "none stated"}
        assert "aolp" not in entry["name"]


def test_a_bundle_that_does_not_run_replaces_nothing(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    out = tmp_path / "base"
    out.mkdir()
    (out / "manifest.json").write_text("old", encoding="utf-8")
    with pytest.raises(Exception, match=r"(?i)model|onnx|protobuf"):
        write_bundle(
            out,
            detector=exported(tmp_path),
            recognizer=described(tmp_path, "recognizer", RECOGNIZER),
            version="0.0.1",
        )
    assert (out / "manifest.json").read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".bundle")] == []


def test_a_missing_description_is_named(tmp_path: Path) -> None:
    model = tmp_path / "recognizer.onnx"
    model.write_bytes(b"x")
    with pytest.raises(FileNotFoundError, match=r"recognizer\.json"):
        recognizer_part(model)
    export = exported(tmp_path)
    for name in ("detector.json", "refiner.onnx", "proposals.onnx"):
        (export / name).unlink()
        with pytest.raises(FileNotFoundError, match=name):
            detector_parts(export)
