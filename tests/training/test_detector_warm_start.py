"""A detector's run that begins with an export computes what the export did."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch (training extra)")
pytest.importorskip("onnx", reason="needs onnx (training extra)")

from typing import TYPE_CHECKING

import onnx

from tests.training.test_detector_training import TINY, drawn_sources
from training.detector.dataset import Batches
from training.detector.export import Exported, export
from training.detector.net import PlateNet
from training.detector.trainer import Settings, Trainer
from training.detector.warm_start import unfold

if TYPE_CHECKING:
    from pathlib import Path


def test_the_network_computes_what_the_export_did(tmp_path: Path) -> None:
    batches = Batches(drawn_sources(), seed=3, batch=2)
    trained = Trainer(Settings(run=tmp_path, batch=2, warm_up=1), TINY)
    trained.train_step(batches[0])
    trained.average.load_state_dict(trained.net.state_dict())
    export(trained.average, tmp_path / "model.onnx")
    net = PlateNet(TINY)
    unfold(net, onnx.load(str(tmp_path / "model.onnx")), [batches[1], batches[2]])
    images = batches[3].images
    with torch.inference_mode():
        expected = Exported(trained.average)(images)
        found = Exported(net)(images)
    for one, other in zip(expected, found, strict=True):
        assert torch.allclose(one, other, atol=1e-2, rtol=1e-3)
    assert not torch.allclose(expected[0], torch.full_like(expected[0], float(expected[0][0, 0])))


def test_an_export_of_another_width_is_refused(tmp_path: Path) -> None:
    batches = Batches(drawn_sources(), seed=3, batch=2)
    export(PlateNet(TINY).eval(), tmp_path / "model.onnx")
    with pytest.raises(ValueError, match="shape"):
        unfold(PlateNet(), onnx.load(str(tmp_path / "model.onnx")), [batches[0]])
