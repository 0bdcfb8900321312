"""Gives a network the weights of its own export, so that training can go on from it.

An export holds less than a checkpoint: its normalisations are folded into the convolutions before
them. They are unfolded around the statistics of training batches, so that the network computes what
the export did and trains on as one that was never exported.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from onnx import numpy_helper
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import onnx
    from numpy.typing import NDArray
    from torch import Tensor

    Array = NDArray[np.float32]
    Pair = tuple[nn.Conv2d, nn.BatchNorm2d]

_PREFIX = "net."


def named_tensors(model: onnx.ModelProto) -> dict[str, Array]:
    """Return the tensors that kept their names, by their names in the network."""
    return {
        tensor.name.removeprefix(_PREFIX): numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if tensor.name.startswith(_PREFIX)
    }


def folded_convolutions(model: onnx.ModelProto) -> list[tuple[Array, Array]]:
    """Return weight and bias of each convolution that took a normalisation in, in order of use."""
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    # equal tensors, and those of a layer that is used again, are stored once and handed on
    same = {
        node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Identity"
    }
    used = {}
    for node in model.graph.node:
        if node.op_type == "Conv" and not node.input[1].startswith(_PREFIX):
            weight, bias = (same.get(name, name) for name in node.input[1:3])
            used[weight] = bias
    return [(tensors[weight], tensors[bias]) for weight, bias in used.items()]


def products(model: onnx.ModelProto) -> list[Array]:
    """Return the matrices of linear layers that lost their names, in order of use."""
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    return [
        tensors[node.input[1]].T
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in tensors
    ]


def put(target: Tensor, value: Array) -> None:
    """Copy a value into a parameter.

    Raises:
        ValueError: if the shapes differ.
    """
    if tuple(target.shape) != value.shape:
        raise ValueError(f"a tensor of shape {value.shape} where {tuple(target.shape)} belongs")
    with torch.no_grad():
        target.copy_(torch.from_numpy(np.array(value)))


def fill(
    net: nn.Module,
    named: Mapping[str, Array],
    folded: list[tuple[Array, Array]],
    run: Callable[[], None],
) -> None:
    """Give ``net`` the exported weights.

    Args:
        net: the network, changed in place and left in evaluation mode.
        named: everything but the folded convolutions.
        folded: their weights and biases, in order of use.
        run: runs the network over training batches; called twice.

    Raises:
        ValueError: if the export is of another network.
    """
    net.eval()
    parameters = dict(net.named_parameters())
    for name, value in named.items():
        if name not in parameters:
            raise ValueError(f"the network has no {name}")
        put(parameters[name], value)
    pairs = _in_order_of_use(_normalised(net), run)
    if len(pairs) != len(folded):
        raise ValueError(f"{len(folded)} exported convolutions, the network has {len(pairs)}")
    for (conv, norm), (weight, bias) in zip(pairs, folded, strict=True):
        put(conv.weight, weight)
        _set(norm, torch.zeros(len(bias)), torch.ones(len(bias)), torch.from_numpy(np.array(bias)))
    # now it computes what the export does, and what it meets on the way can be measured
    for (_, norm), (mean, variance), (_, bias) in zip(
        pairs, _statistics(pairs, run), folded, strict=True
    ):
        _set(norm, mean, variance, torch.from_numpy(np.array(bias)))


def _normalised(net: nn.Module) -> list[Pair]:
    modules = list(net.modules())
    return [
        (conv, norm)
        for conv, norm in pairwise(modules)
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    ]


def _in_order_of_use(pairs: list[Pair], run: Callable[[], None]) -> list[Pair]:
    met: list[nn.Module] = []

    def note(module: nn.Module, _inputs: tuple[Tensor, ...], _output: Tensor) -> None:
        if module not in met:
            met.append(module)

    handles = [conv.register_forward_hook(note) for conv, _ in pairs]
    _run(run, handles)
    by_conv: dict[nn.Module, Pair] = {pair[0]: pair for pair in pairs}
    return [by_conv[conv] for conv in met]


def _statistics(pairs: list[Pair], run: Callable[[], None]) -> list[tuple[Tensor, Tensor]]:
    """Return mean and variance of what each convolution gives out, per channel."""
    sums: dict[nn.Module, list[Tensor]] = {conv: [] for conv, _ in pairs}

    def note(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        flat = output.detach().double().transpose(0, 1).flatten(1)
        sums[module].append(torch.stack([flat.mean(1), flat.square().mean(1)]))

    handles = [conv.register_forward_hook(note) for conv, _ in pairs]
    _run(run, handles)
    moments = [torch.stack(sums[conv]).mean(0) for conv, _ in pairs]
    return [(mean, (square - mean.square()).clamp_min(0)) for mean, square in moments]


def _run(run: Callable[[], None], handles: list[torch.utils.hooks.RemovableHandle]) -> None:
    try:
        with torch.no_grad():
            run()
    finally:
        for handle in handles:
            handle.remove()


def _set(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor, bias: Tensor) -> None:
    """Make a normalisation around these statistics add ``bias`` and do nothing else."""
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("a normalisation without statistics")
    with torch.no_grad():
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.copy_(bias + mean)
