"""Weights between a run's start and its end."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="torch is missing: install the [train] extra")

from typing import TYPE_CHECKING

from training.recognizer.midway import midway

if TYPE_CHECKING:
    from torch import Tensor


def weights(value: float) -> dict[str, Tensor]:
    return {
        "trunk.weight": torch.full((2, 3), float(value)),
        "evidence.out.bias": torch.full((2,), float(value)),
        "norm.num_batches_tracked": torch.tensor(int(value)),
    }


def test_weights_lie_between_and_new_ones_stay() -> None:
    between = midway(weights(1), weights(5), 0.75)
    assert torch.equal(between["trunk.weight"], torch.full((2, 3), 4.0))
    assert torch.equal(between["evidence.out.bias"], torch.full((2,), 5.0))
    assert int(between["norm.num_batches_tracked"]) == 5


def test_another_networks_weights_are_refused() -> None:
    other = weights(1) | {"trunk.weight": torch.zeros(3, 3)}
    with pytest.raises(ValueError, match="different"):
        midway(other, weights(1), 0.5)
