"""Begin a training run with the weights of an exported recognizer.

``python -m training.recognizer.warm_start --onnx recognizer.onnx --run build/training/recognizer/run``

An export holds less than a checkpoint: its normalisations are folded into the convolutions before
them. They are unfolded around the statistics of real batches, so that the network computes what the
export did, and trains on as one that was never exported. The optimizer starts anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from training.recognizer.dataset import ChunkPool
from training.recognizer.net import PlateNet
from training.recognizer.prerender import DEFAULT_CHUNKS
from training.recognizer.train import DEFAULT_RUN, Plan, Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import Tensor

# What of an attention layer is exported as a product with a matrix, in order.
_PRODUCTS = ("joint", "out", "mlp.0", "mlp.2")
# Enough for the mean and spread of a channel: 512 crops of thousands of pixels each.
_BATCHES = 4


def _convolutions(net: nn.Module) -> Iterator[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Yield each convolution with its normalisation, in the order in which they are applied."""
    modules = list(net.modules())
    for conv, norm in zip(modules, modules[1:], strict=False):
        if isinstance(conv, nn.Conv2d):
            if not isinstance(norm, nn.BatchNorm2d):
                raise TypeError("a convolution without a normalisation")
            yield conv, norm


def _folded(model: onnx.ModelProto) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return weight and bias of each exported convolution, in order."""
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    return [
        (tensors[node.input[1]], tensors[node.input[2]])
        for node in model.graph.node
        if node.op_type == "Conv"
    ]


def _linear(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """Return everything else by its name in the network."""
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    found = {
        name.removeprefix("net."): value
        for name, value in tensors.items()
        if name.startswith("net.")
    }
    # products with a matrix lose their names and are stored the other way round
    weights = [
        tensors[node.input[1]].T
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[1] in tensors
    ]
    layers, rest = divmod(len(weights) - 1, len(_PRODUCTS))
    if rest or layers < 1:
        raise ValueError(f"{len(weights)} products with a matrix are no recognizer's")
    names = [
        f"{layer}.{name}"
        for layer in ("attention", *(f"further.{place}" for place in range(layers - 1)))
        for name in _PRODUCTS
    ] + ["chars"]
    return found | {f"{name}.weight": w for name, w in zip(names, weights, strict=True)}


def _put(target: Tensor, value: NDArray[np.float32]) -> None:
    if tuple(target.shape) != value.shape:
        raise ValueError(f"a tensor of shape {value.shape} where {tuple(target.shape)} belongs")
    with torch.no_grad():
        target.copy_(torch.from_numpy(np.array(value)))


def unfold(net: PlateNet, model: onnx.ModelProto, batches: list[Tensor]) -> None:
    """Give ``net`` the weights of an exported network.

    The network may have more attention layers than the export; those do nothing at first.

    Args:
        net: the network to fill, in place.
        model: the export.
        batches: normalised crops, float32 ``[N, 3, 48, 168]``, as in training.

    Raises:
        ValueError: if the export is of another network.
    """
    pairs, folded = list(_convolutions(net)), _folded(model)
    if len(pairs) != len(folded):
        raise ValueError(f"{len(folded)} exported convolutions, the network has {len(pairs)}")
    for (conv, norm), (weight, _) in zip(pairs, folded, strict=True):
        _put(conv.weight, weight)
        # one convolution after the other is measured, so what comes before must already be right
        norm.eval()
        for statistic, value in ((norm.running_mean, 0.0), (norm.running_var, 1.0)):
            if statistic is not None:
                statistic.fill_(value)
    for layer in net.further:
        layer.become_identity()
    parameters = dict(net.named_parameters())
    for name, value in _linear(model).items():
        _put(parameters[name], value)
    net.eval()
    for (conv, norm), (_, bias) in zip(pairs, folded, strict=True):
        _spread(net, conv, norm, torch.from_numpy(np.array(bias)), batches)


def _spread(
    net: PlateNet, conv: nn.Conv2d, norm: nn.BatchNorm2d, bias: Tensor, batches: list[Tensor]
) -> None:
    """Set a normalisation to its input's statistics, and its scale so that it adds ``bias``."""
    sums: list[Tensor] = []

    def note(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        flat = output.detach().double().transpose(0, 1).flatten(1)
        sums.append(torch.stack([flat.mean(1), flat.square().mean(1)]))

    handle = conv.register_forward_hook(note)
    with torch.inference_mode():
        for batch in batches:
            net(batch)
    handle.remove()
    mean, square = torch.stack(sums).mean(0)
    variance = (square - mean.square()).clamp_min(0)
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("a normalisation without statistics")
    with torch.no_grad():
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.copy_(bias + mean.float())


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.recognizer.warm_start",
        description=(__doc__ or "").split("\n", 1)[0],
    )
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--chunks", type=Path, default=DEFAULT_CHUNKS)
    parser.add_argument("--run", type=Path, default=DEFAULT_RUN, help="folder of the new run")
    options = parser.parse_args(arguments)
    plan = Plan()
    torch.set_num_threads(plan.threads)
    pool = ChunkPool(options.chunks, real_share=plan.real_share, seed=plan.seed)
    trainer = Trainer(plan, pool)
    batches = [pool.batch(plan.batch).crops for _ in range(_BATCHES)]
    unfold(trainer.net, onnx.load(str(options.onnx)), batches)
    trainer.average = {name: value.clone() for name, value in trainer.net.state_dict().items()}
    # the frame loss is for the beginning, which is over
    trainer.samples = plan.frame_samples
    trainer.save(options.run / "last.pt")
    print(f"{options.run / 'last.pt'} computes what {options.onnx} does")


if __name__ == "__main__":
    main()
