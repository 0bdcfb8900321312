"""A detector's run that begins with an export computes what the export did."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch (training extra)")
pytest.importorskip("onnx", reason="needs onnx (training extra)")

from typing import TYPE_CHECKING

import onnx

from tests.training.networks.test_detector_training import TINY, drawn_sources
from training.detector.dataset import Batches
from training.detector.export import PROPOSALS_FILE, REFINER_FILE, export, sample_pictures
from training.detector.graphs import Proposals, Refiner
from training.detector.net import PATCH_HEIGHT, PATCH_WIDTH, PlateNet
from training.detector.trainer import Settings, Trainer
from training.detector.warm_start import unfold

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("few_faces")


def exported(net: PlateNet, folder: Path) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    export(net, folder)
    return onnx.load(str(folder / PROPOSALS_FILE)), onnx.load(str(folder / REFINER_FILE))


def test_the_networks_compute_what_the_exports_did(tmp_path: Path) -> None:
    batches = Batches(drawn_sources(), seed=3, batch=2)
    trained = Trainer(Settings(run=tmp_path, batch=2, warm_up=1), TINY)
    trained.train_step(batches[0])
    trained.average.load_state_dict(trained.net.state_dict())
    net = PlateNet(TINY)
    unfold(net, *exported(trained.average, tmp_path), [batches[1], batches[2]])
    patches = torch.from_numpy(sample_pictures(3, PATCH_HEIGHT, PATCH_WIDTH))
    for graph, inputs in ((Proposals, batches[3].images), (Refiner, patches)):
        with torch.inference_mode():
            expected = graph(trained.average)(inputs)
            found = graph(net)(inputs)
        for one, other in zip(expected, found, strict=True):
            assert torch.allclose(one, other, atol=1e-2, rtol=1e-3)
            assert one.std() > 0


def test_an_export_of_another_width_is_refused(tmp_path: Path) -> None:
    batches = Batches(drawn_sources(), seed=3, batch=2)
    models = exported(PlateNet(TINY).eval(), tmp_path)
    with pytest.raises(ValueError, match="shape"):
        unfold(PlateNet(), *models, [batches[0]])
