"""Small float models, and their quantisation."""  # noqa: INP001 - for scripts

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

random = np.random.default_rng(0)


class Pictures(CalibrationDataReader):
    """Random float32 inputs ``x`` of the given shapes, one after the other."""

    def __init__(self, *shapes: tuple[int, ...]) -> None:
        self._left = iter([{"x": random.random(shape, dtype=np.float32)} for shape in shapes])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next input, None behind the last."""
        return next(self._left, None)


def weight(name: str, *shape: int) -> TensorProto:
    """A float32 weight of small random values."""
    return numpy_helper.from_array((random.standard_normal(shape) * 0.2).astype(np.float32), name)


def conv(source: str, weights: str, target: str) -> NodeProto:
    """A 3x3 convolution that keeps the size."""
    return helper.make_node("Conv", [source, weights], [target], pads=[1, 1, 1, 1])


def save(path: str, nodes: Sequence[NodeProto], weights: Sequence[TensorProto]) -> None:
    """Write a model from ``x`` float32 ``[n,3,h,w]`` to ``y``."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", 3, "h", "w"))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)


def quantize(source: str, target: str, *shapes: tuple[int, ...], **options: Any) -> None:
    """Quantise statically, per channel, u8 activations and s8 weights, calibrated on ``shapes``."""
    quantize_static(
        source,
        target,
        Pictures(*shapes),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        **options,
    )
