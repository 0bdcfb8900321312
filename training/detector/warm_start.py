"""Begin a training run with the weights of an exported detector.

``python -m training.detector.warm_start --onnx EXPORT --data DATA --run RUN``
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import onnx
import torch

from training.detector.dataset import Batches, build_sources
from training.detector.export import PROPOSALS_FILE, REFINER_FILE
from training.detector.losses import assign, refine_loss
from training.detector.net import PIXEL_SPREAD, STRIDES, PlateNet
from training.detector.trainer import Settings, Trainer
from training.unfold import fill, folded_convolutions, named_tensors, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from training.detector.dataset import Batch
    from training.detector.net import LevelBlock

    Folded = tuple[NDArray[np.float32], NDArray[np.float32]]

# Enough for the mean and spread of a channel: 64 pictures, and hundreds of patches.
_BATCHES = 4


def unfold(
    net: PlateNet, proposals: onnx.ModelProto, refiner: onnx.ModelProto, batches: list[Batch]
) -> None:
    """Give ``net`` the weights of exported networks of the same size.

    The refining network is measured on the patches that training shows it, not on what service
    does.

    Args:
        net: the networks to fill, in place.
        proposals: the export of the proposing one.
        refiner: the export of the refining one.
        batches: as in training.

    Raises:
        ValueError: if the export is of other networks.
    """

    def propose() -> None:
        for batch in batches:
            net.proposal(PlateNet.normalise(batch.images))

    def refine() -> None:
        for batch in batches:
            x = PlateNet.normalise(batch.images)
            count, height, width, _ = batch.images.shape
            logits, corners = net.propose(x)
            owner, _ = assign(batch.targets, height, width, count)
            refine_loss(
                net,
                x,
                logits=logits,
                corners=corners,
                owner=owner,
                targets=batch.targets,
                generator=torch.Generator().manual_seed(1),
            )

    of_levels: list[Folded] = []
    for part, model, run in ((net.proposal, proposals, propose), (net.refine, refiner, refine)):
        folded = folded_convolutions(model)
        if folded:  # an export takes the input's scale into its first convolution
            weight, bias = folded[0]
            folded[0] = (weight * np.float32(PIXEL_SPREAD), bias)
        if part is net.proposal:
            # used last: one convolution, folded with each level's statistics
            folded, of_levels = folded[: -len(STRIDES)], folded[-len(STRIDES) :]
        fill(part, named_tensors(model), folded, run)
    _unfold_levels(net.proposal.tower, of_levels, propose)


def _unfold_levels(tower: LevelBlock, folded: list[Folded], run: Callable[[], None]) -> None:
    """Give the levels' shared convolution its weights, and each level the statistics it had."""
    put(tower.conv.weight, folded[0][0])
    outputs: list[Tensor] = []
    handle = tower.conv.register_forward_hook(lambda _module, _input, out: outputs.append(out))
    with torch.no_grad():
        run()
    handle.remove()
    finest = torch.cat(
        [out.detach().transpose(0, 1).flatten(1) for out in outputs[:: len(STRIDES)]], 1
    )
    first = torch.from_numpy(folded[0][0].copy()).flatten(1)
    norm = cast("nn.BatchNorm2d", tower.norms[0])
    gain = (finest.var(1, correction=0) + norm.eps).sqrt()
    shift = torch.from_numpy(folded[0][1].copy()) + finest.mean(1)
    put(norm.weight, gain.numpy())
    put(norm.bias, shift.numpy())
    for module, (weight, bias) in zip(tower.norms, folded, strict=True):
        level = cast("nn.BatchNorm2d", module)
        own = torch.from_numpy(weight.copy()).flatten(1)
        ratio = (own * first).sum(1) / first.square().sum(1).clamp(min=1e-12)
        ratio = ratio.clamp(min=1e-6)
        mean, variance = level.running_mean, level.running_var
        if mean is None or variance is None:
            raise TypeError("a normalisation without statistics")
        put(mean, ((shift - torch.from_numpy(bias.copy())) / ratio).numpy())
        put(variance, ((gain / ratio).square() - level.eps).clamp(min=0).numpy())


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.detector.warm_start",
        description=(__doc__ or "").split("\n", 1)[0],
    )
    parser.add_argument("--onnx", type=Path, required=True, help="folder of an export")
    parser.add_argument("--data", type=Path, help="folder of the labelled photo folders")
    parser.add_argument("--run", type=Path, default=Path("build/training/detector"))
    parser.add_argument("--scene-folder", type=Path, help="scenes drawn before")
    options = parser.parse_args(arguments)
    settings = Settings(run=options.run)
    torch.set_num_threads(settings.threads)
    trainer = Trainer(settings)
    sources = build_sources(
        options.data, plates=200, scenes=20, seed=settings.seed, scene_folder=options.scene_folder
    )
    dataset = Batches(sources, seed=settings.seed, batch=settings.batch)
    proposals, refiner = (
        onnx.load(str(options.onnx / name)) for name in (PROPOSALS_FILE, REFINER_FILE)
    )
    unfold(trainer.net, proposals, refiner, [dataset[index] for index in range(_BATCHES)])
    trainer.average.load_state_dict(trainer.net.state_dict())
    trainer.save(options.run / "last.pt")
    print(f"{options.run / 'last.pt'} computes what {options.onnx} does")


if __name__ == "__main__":
    main()
