"""Moves a run part of the way back to the weights that it began with.

``python -m training.recognizer.midway START.pt RUN.pt --share 0.75 --out OUT.pt``

A short run on new pictures forgets some of what a long one had learnt. Between the two lie weights
that know most of both, as long as the run has not gone far. The head for evidence, which the start
does not have, stays as the run left it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from training.checkpoint import write_checkpoint

if TYPE_CHECKING:
    from torch import Tensor

# Weights that a start from an export has drawn by chance.
_NEW = "evidence."


def midway(start: dict[str, Tensor], run: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Return weights between a run's start and its end.

    Args:
        start: the weights at its beginning, by name.
        run: those at its end.
        share: 1 for the end, 0 for the start.

    Raises:
        ValueError: if the two are of different networks.
    """
    if {name: value.shape for name, value in start.items()} != {
        name: value.shape for name, value in run.items()
    }:
        raise ValueError("the checkpoints are of different networks")
    return {
        name: value
        if name.startswith(_NEW) or not value.is_floating_point()
        else torch.lerp(start[name], value, share)
        for name, value in run.items()
    }


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.recognizer.midway",
        description=(__doc__ or "").split("\n", 1)[0],
    )
    parser.add_argument("start", type=Path, help="checkpoint of the beginning, by warm_start")
    parser.add_argument("run", type=Path, help="checkpoint of the run")
    parser.add_argument("--share", type=float, default=0.75, help="1: the run, 0: its start")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    start: dict[str, Any]
    start, run = (
        torch.load(path, map_location="cpu", weights_only=True)
        for path in (options.start, options.run)
    )
    for part in ("net", "average"):
        run[part] = midway(start["average"], run[part], options.share)
    write_checkpoint(run, options.out)
    print(f"{options.out}: {options.share:.2f} of the way from {options.start} to {options.run}")


if __name__ == "__main__":
    main()
