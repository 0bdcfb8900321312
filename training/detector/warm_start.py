"""Begin a training run with the weights of an exported detector.

``python -m training.detector.warm_start --onnx detector.onnx --data DATA --run RUN``
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import torch

from training.detector.dataset import Batches, build_sources
from training.detector.losses import assign, refine_loss
from training.detector.net import PlateNet
from training.detector.trainer import Settings, Trainer
from training.unfold import fill, folded_convolutions, named_tensors

if TYPE_CHECKING:
    from training.detector.dataset import Batch

# Enough for the mean and spread of a channel: 64 pictures, and hundreds of patches.
_BATCHES = 4


def unfold(net: PlateNet, model: onnx.ModelProto, batches: list[Batch]) -> None:
    """Give ``net`` the weights of an exported network of the same size.

    The second stage is measured on the patches that training shows it, not on what service does.

    Args:
        net: the network to fill, in place.
        model: the export.
        batches: as in training.

    Raises:
        ValueError: if the export is of another network.
    """

    def run() -> None:
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

    fill(net, named_tensors(model), folded_convolutions(model), run)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.detector.warm_start",
        description=(__doc__ or "").split("\n", 1)[0],
    )
    parser.add_argument("--onnx", type=Path, required=True)
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
    unfold(trainer.net, onnx.load(str(options.onnx)), [dataset[index] for index in range(_BATCHES)])
    trainer.average.load_state_dict(trainer.net.state_dict())
    trainer.save(options.run / "last.pt")
    print(f"{options.run / 'last.pt'} computes what {options.onnx} does")


if __name__ == "__main__":
    main()
