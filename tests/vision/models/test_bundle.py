import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from platestream.contract.readings import ModelRef
from platestream.vision.models.bundle import BundleError, ModelBundle, list_bundles
from platestream.vision.verify import verify_bundle
from tests.vision import tiny_models
from tests.vision.tiny_models import write_bundle


def test_a_sound_bundle_loads(tiny_bundle_path: Path) -> None:
    bundle = ModelBundle.load(tiny_bundle_path)
    assert bundle.model == ModelRef("tiny", "0.0.1")
    assert bundle.manifest.created_at == date(2026, 1, 1)
    assert bundle.manifest.recognizer.geometry.upper_width == 84
    assert bundle.manifest.detector.canvases == tiny_models.CANVASES


def test_a_timestamp_will_do_for_the_day(tmp_path: Path) -> None:
    path = write_bundle(tmp_path, change={"created_at": "2026-02-03T04:05:06Z"})
    assert ModelBundle.load(path).manifest.created_at == date(2026, 2, 3)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"schema_version": 1}, "schema_version"),
        ({"name": "../evil"}, "name"),
        ({"version": "latest"}, "version"),
        ({"surprise": 1}, "surprise"),
        ({"detector.file": "../detector.onnx"}, "detector.file"),
        ({"detector.file": "detector.bin"}, "detector.file"),
        ({"detector.sha256": "abc"}, "detector.sha256"),
        ({"detector.sha256": "0" * 64}, "checksum"),
        ({"recognizer.sha256": "0" * 64}, "checksum"),
        ({"refiner.sha256": "0" * 64}, "checksum"),
        ({"refiner.file": "detector.onnx"}, "same file"),
        ({"refiner.margin": [0.25, -1]}, "margin"),
        ({"refiner.share": 1.5}, "share"),
        ({"detector.proposal_threshold": 0}, "proposal_threshold"),
        ({"detector.canvases": []}, "canvases"),
        ({"detector.canvases": [[100, 640]]}, "canvases"),
        ({"detector.score_threshold": 1.5}, "score_threshold"),
        ({"detector.nms_iou": 0}, "nms_iou"),
        ({"recognizer.alphabet": "AAB"}, "repeats"),
        ({"recognizer.colors": ["blue", "blue"]}, "repeats"),
        ({"recognizer.colors": ["mauve"]}, "colors"),
        ({"recognizer.margin": [0.05]}, "margin"),
        ({"recognizer.margin": [-1, 0]}, "margin"),
        ({"recognizer.two_rows.upper_width": 168}, "upper_width"),
        ({"calibration.x": [0.0, 0.0, 1.0]}, "ascend"),
        ({"calibration.y": [0.0, 0.9, 0.8]}, "descend"),
        ({"calibration.y": [0.0, 0.9]}, "length"),
        ({"calibration.y": [0.0, 0.9, 1.5]}, r"0\.\.1"),
        ({"calibration.y": [0.0, float("nan"), 1.0]}, "calibration"),
        ({"calibration.inputs": ["luck"]}, "inputs"),
        ({"calibration.inputs": ["detector", "detector"]}, "repeats"),
    ],
)
def test_a_manifest_that_lies_is_refused(tmp_path: Path, change: dict[str, Any], part: str) -> None:
    path = write_bundle(tmp_path / "bundle", change=change)
    with pytest.raises(BundleError, match=part):
        ModelBundle.load(path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json"):
        ModelBundle.load(tmp_path)
    path = write_bundle(tmp_path / "bundle")
    (path / "recognizer.onnx").unlink()
    with pytest.raises(BundleError, match=r"recognizer\.onnx"):
        ModelBundle.load(path)


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "\x00", " " * 2_000_000])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    path = write_bundle(tmp_path / "bundle")
    (path / "manifest.json").write_text(content)
    with pytest.raises(BundleError):
        ModelBundle.load(path)


def test_a_changed_model_is_noticed(tmp_path: Path) -> None:
    path = write_bundle(tmp_path / "bundle")
    model = bytearray((path / "detector.onnx").read_bytes())
    model[-1] ^= 1
    (path / "detector.onnx").write_bytes(model)
    with pytest.raises(BundleError, match="checksum"):
        ModelBundle.load(path)


def test_bundles_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_bundle(tmp_path / name)
    (tmp_path / "no-bundle").mkdir()
    assert [path.name for path in list_bundles(tmp_path)] == ["a", "b"]
    assert list_bundles(tmp_path / "nowhere") == []


def test_verify_runs_the_models(tiny_bundle_path: Path) -> None:
    report = verify_bundle(tiny_bundle_path)
    assert report.manifest.name == "tiny"
    assert report.size == sum(f.stat().st_size for f in tiny_bundle_path.glob("*.onnx"))


def test_verify_finds_models_that_do_not_fit_the_manifest(tmp_path: Path) -> None:
    swapped = {"detector": tiny_models.recognizer(), "recognizer": tiny_models.detector()}
    with pytest.raises(BundleError, match="images"):
        verify_bundle(write_bundle(tmp_path / "swapped", models=swapped))
    other = {"recognizer": tiny_models.recognizer("ABC")}
    with pytest.raises(BundleError, match="chars"):
        verify_bundle(write_bundle(tmp_path / "other", models=other))
    second = {"refiner": tiny_models.detector()}
    with pytest.raises(BundleError, match="patches"):
        verify_bundle(write_bundle(tmp_path / "second", models=second))
    path = write_bundle(tmp_path / "evidence", change={"recognizer.evidence": True})
    with pytest.raises(BundleError, match="evidence"):
        verify_bundle(path)
    judging = {"calibration.plate": {"inputs": ["plate"], "weights": [1.0], "bias": 0.0}}
    with pytest.raises(BundleError, match="evidence that the recognizer does not give"):
        verify_bundle(write_bundle(tmp_path / "unasked", change=judging))
    with pytest.raises(BundleError, match="cannot load"):
        verify_bundle(write_bundle(tmp_path / "junk", models={"detector": b"this is no model"}))
    manifest = json.loads((tmp_path / "other" / "manifest.json").read_text())
    assert manifest["recognizer"]["alphabet"] == tiny_models.ALPHABET
