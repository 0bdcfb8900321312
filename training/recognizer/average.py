"""Averages the weights of exported recognizers of one training run.

``python -m training.recognizer.average A.onnx B.onnx --out recognizer.onnx``

Two checkpoints whose rate has decayed, some thousand steps apart on one path, err on different
plates; the mean of their weights lies between or above them. That does not hold for two runs. The
description is copied from the last model named.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper


def average(models: list[Path], out: Path) -> int:
    """Write the mean of some models' weights; return how many tensors were averaged.

    Raises:
        ValueError: the models are not the same network.
    """
    loaded = [onnx.load(str(path)) for path in models]
    first = loaded[0]
    for other in loaded[1:]:
        if [n.op_type for n in first.graph.node] != [n.op_type for n in other.graph.node]:
            raise ValueError("the models are not the same network")
    tensors = [{t.name: numpy_helper.to_array(t) for t in m.graph.initializer} for m in loaded]
    count = 0
    for tensor in first.graph.initializer:
        values = [of[tensor.name] for of in tensors if tensor.name in of]
        if len(values) != len(loaded) or len({value.shape for value in values}) > 1:
            raise ValueError(f"{tensor.name} differs in shape or is missing")
        if not np.issubdtype(values[0].dtype, np.floating):
            continue
        mean = np.mean([value.astype(np.float64) for value in values], axis=0)
        tensor.CopyFrom(numpy_helper.from_array(mean.astype(values[0].dtype), tensor.name))
        count += 1
    onnx.save(first, str(out))
    return count


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.recognizer.average",
        description=(__doc__ or "").split("\n", 1)[0],
    )
    parser.add_argument("models", type=Path, nargs="+", help="exported recognizers")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    count = average(options.models, options.out)
    shutil.copyfile(options.models[-1].with_suffix(".json"), options.out.with_suffix(".json"))
    print(f"{options.out}: {count} tensors averaged")


if __name__ == "__main__":
    main()
