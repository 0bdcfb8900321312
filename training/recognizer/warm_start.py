"""Begin a training run with the weights of an exported recognizer.

``python -m training.recognizer.warm_start --onnx recognizer.onnx --run RUN``

The network may have more than the export: attention layers, which do nothing at first; characters
at the alphabet's end, which begin as those they look like, only rarer; evidence. The optimizer
starts anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch

from training.recognizer.alphabet import ALPHABET, CLASSES, encode
from training.recognizer.dataset import ChunkPool
from training.recognizer.net import SUB_COLUMNS
from training.recognizer.prerender import DEFAULT_CHUNKS
from training.recognizer.train import DEFAULT_RUN
from training.recognizer.trainer import Plan, Trainer
from training.unfold import fill, folded_convolutions, named_tensors, products

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from training.recognizer.net import PlateNet

# What of an attention layer is exported as a product with a matrix, in order.
_PRODUCTS = ("joint", "out", "mlp.0", "mlp.2")
# Enough for the mean and spread of a channel: 512 crops of thousands of pixels each.
_BATCHES = 4
# What a new character looks most like; one without any begins as the mean of all.
_LIKE = {"Ü": "U", "Ö": "O", "Ä": "A"}
# By how much a new character's logit begins below: the old one stays the answer until it is learnt.
_RARER = 3.0


def _named(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """Return everything but the convolutions by its name in the network."""
    weights = products(model)
    layers, rest = divmod(len(weights) - 1, len(_PRODUCTS))
    if rest or layers < 1:
        raise ValueError(f"{len(weights)} products with a matrix are no recognizer's")
    names = [
        f"{layer}.{name}"
        for layer in ("attention", *(f"further.{place}" for place in range(layers - 1)))
        for name in _PRODUCTS
    ] + ["chars"]
    return named_tensors(model) | {
        f"{name}.weight": weight for name, weight in zip(names, weights, strict=True)
    }


def with_new_characters(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rows of the character layer for today's alphabet.

    Args:
        rows: weight ``[2 * classes, C]`` or bias ``[2 * classes]`` of an alphabet that today's
            begins with.
    """
    halves = rows.reshape(SUB_COLUMNS, -1, *rows.shape[1:])
    new = ALPHABET[halves.shape[1] - 1 :]
    added = []
    for char in new:
        like = _LIKE.get(char)
        row = halves[:, encode(like)[0]] if like else halves[:, 1:].mean(axis=1)
        added.append(row - _RARER if rows.ndim == 1 else row)
    grown = np.concatenate([halves, *(row[:, None] for row in added)], axis=1)
    return np.ascontiguousarray(grown.reshape(SUB_COLUMNS * CLASSES, *rows.shape[1:]))


def unfold(net: PlateNet, model: onnx.ModelProto, batches: list[Tensor]) -> None:
    """Give ``net`` the weights of an exported network.

    Args:
        net: the network to fill, in place.
        model: the export.
        batches: normalised crops, float32 ``[N, 3, 48, 168]``, as in training.

    Raises:
        ValueError: if the export is of another network.
    """
    named = _named(model)
    for name in ("chars.weight", "chars.bias"):
        named[name] = with_new_characters(named[name])
    for layer in net.further:
        layer.become_identity()

    def run() -> None:
        for batch in batches:
            net(batch)

    fill(net, named, folded_convolutions(model), run)


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
