"""A run that begins with an export computes what the export did."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is missing: install the [train] extra")

from typing import TYPE_CHECKING

import onnx

from training.recognizer.alphabet import ALPHABET, CLASSES, encode
from training.recognizer.export import differences, to_onnx
from training.recognizer.net import NetSize, PlateNet
from training.recognizer.warm_start import unfold, with_new_characters

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

SMALL = NetSize(
    stem=8, early=8, middle=16, late=16, wide=16, columns=32, heads=2, mixers=1, attentions=1
)


def trained(size: NetSize) -> PlateNet:
    """A network whose normalisations have something to fold in."""
    torch.manual_seed(3)
    net = PlateNet(size)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 2)
            torch.nn.init.normal_(module.bias)
            torch.nn.init.uniform_(module.running_mean, -1, 1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    for layer in (net.attention, *net.further):
        torch.nn.init.normal_(layer.place)
    net.eval()
    return net


def batches() -> list[Tensor]:
    return [torch.randn((4, 3, 48, 168), generator=torch.Generator().manual_seed(5))]


@pytest.mark.parametrize(("exported", "wanted"), [(1, 1), (2, 2), (1, 3)])
def test_the_network_computes_what_the_export_did(
    exported: int, wanted: int, tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    to_onnx(trained(SMALL.with_attentions(exported)), path)
    net = PlateNet(SMALL.with_attentions(wanted))
    unfold(net, onnx.load(str(path)), batches())
    apart, _ = differences(net.eval(), path)
    assert apart < 1e-4


def test_new_characters_begin_as_those_they_look_like_only_rarer() -> None:
    old = len(ALPHABET) - 4 + 1
    weight = np.random.default_rng(1).normal(size=(2 * old, 5)).astype(np.float32)
    bias = np.zeros(2 * old, np.float32)
    grown, offset = with_new_characters(weight), with_new_characters(bias)
    assert grown.shape == (2 * CLASSES, 5)
    for half in (0, 1):
        rows = grown[half * CLASSES : (half + 1) * CLASSES]
        assert np.array_equal(rows[:old], weight[half * old : (half + 1) * old])
        for new, like in zip("ÜÖÄ", "UOA", strict=True):
            assert np.array_equal(rows[encode(new)[0]], rows[encode(like)[0]])
        assert np.allclose(rows[-1], rows[1:old].mean(0))
        assert (offset[half * CLASSES :][old:CLASSES] < -1).all()
        assert (offset[half * CLASSES :][:old] == 0).all()


def test_todays_alphabet_stays_as_it_is() -> None:
    bias = np.arange(2 * CLASSES, dtype=np.float32)
    assert np.array_equal(with_new_characters(bias), bias)


def test_the_normalisations_have_the_statistics_of_the_batches(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    to_onnx(trained(SMALL), path)
    net = PlateNet(SMALL)
    unfold(net, onnx.load(str(path)), batches())
    first = net.trunk[0]
    with torch.inference_mode():
        seen = first[0](batches()[0])
    assert np.allclose(first[1].running_mean, seen.mean((0, 2, 3)), atol=1e-4)
    assert np.allclose(first[1].running_var, seen.var((0, 2, 3), unbiased=False), rtol=1e-3)


def test_an_export_of_another_width_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    to_onnx(trained(SMALL), path)
    with pytest.raises(ValueError, match="shape"):
        unfold(PlateNet(dataclasses.replace(SMALL, columns=64)), onnx.load(str(path)), batches())
