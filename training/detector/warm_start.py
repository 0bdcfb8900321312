"""Begin a training run with the weights of an exported detector.

``python -m training.detector.warm_start --onnx EXPORT --data DATA --run RUN``
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch

from training.detector.dataset import Batches, build_sources
from training.detector.export import PROPOSALS_FILE, REFINER_FILE
from training.detector.losses import assign, refine_loss
from training.detector.net import PIXEL_SPREAD, PlateNet
from training.detector.trainer import Settings, Trainer
from training.unfold import fill, folded_convolutions, named_tensors

if TYPE_CHECKING:
    from training.detector.dataset import Batch

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

    for part, model, run in ((net.proposal, proposals, propose), (net.refine, refiner, refine)):
        folded = folded_convolutions(model)
        if folded:  # an export takes the input's scale into its first convolution
            weight, bias = folded[0]
            folded[0] = (weight * np.float32(PIXEL_SPREAD), bias)
        fill(part, named_tensors(model), folded, run)


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
