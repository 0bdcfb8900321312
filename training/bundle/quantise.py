"""Eight-bit forms of a bundle's models, calibrated on what they see in training photographs.

Static quantisation (QDQ) with unsigned activations and signed weights per channel. Weights take
seven bits: within -64 to 64 the sum of two products fits 16 bits, and CPUs without VNNI answer as
those with it do. The first layer and the last ones stay float32: they cost little and lose most.
The plain QDQ file is kept; onnxruntime optimises it for the CPU that it meets.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LARGEST_WEIGHT: Final = 64
WEIGHTED: Final = ("Conv", "Gemm", "MatMul")
# A Relu behind a convolution becomes the lower end of the range, and costs nothing any more.
_QUANTISED: Final = (*WEIGHTED, "Relu")


@dataclass(frozen=True, slots=True)
class Plan:
    """How one model is quantised.

    Attributes:
        kinds: Operators that are quantised.
        keep: Further nodes that stay float32, by name.
        method: How the range of an activation follows from what was seen.
    """

    kinds: tuple[str, ...] = _QUANTISED
    keep: tuple[str, ...] = ()
    method: CalibrationMethod = CalibrationMethod.MinMax


PLANS: Final[Mapping[str, Plan]] = {
    "detector": Plan(),
    "refiner": Plan(),
    "recognizer": Plan(kinds=("Conv", "Relu")),
}
"""How each part of a bundle is quantised."""


class _Inputs(CalibrationDataReader):
    def __init__(self, name: str, batches: Sequence[NDArray[np.uint8]]) -> None:
        self._left = iter([{name: batch} for batch in batches])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        return next(self._left, None)


def without_identities(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with Identity nodes resolved: a weight behind one would stay float32."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    outputs = {value.name for value in copy.graph.output}
    same: dict[str, str] = {}
    kept = []
    for node in copy.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = same.get(name, name)
        if node.op_type == "Identity" and node.output[0] not in outputs:
            same[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    del copy.graph.node[:]
    copy.graph.node.extend(kept)
    return copy


def ends(model: onnx.ModelProto) -> list[str]:
    """Return the names of the first and the last layers with weights: no other before or behind."""
    weighted = [node for node in model.graph.node if node.op_type in WEIGHTED]
    before = _reaching(model, [value.name for value in model.graph.input], forward=True)
    behind = _reaching(model, [value.name for value in model.graph.output], forward=False)
    return [node.name for node in weighted if node.name in before or node.name in behind]


def _reaching(model: onnx.ModelProto, tensors: Sequence[str], *, forward: bool) -> set[str]:
    """Names of the weighted nodes that are met first on the way from ``tensors``."""
    met: set[str] = set()
    seen, front = set(tensors), set(tensors)
    while front:
        following: set[str] = set()
        for node in model.graph.node:
            near, far = (node.input, node.output) if forward else (node.output, node.input)
            if not front & set(near):
                continue
            if node.op_type in WEIGHTED:
                met.add(node.name)
            else:
                following |= set(far)
        front = following - seen
        seen |= front
    return met


def quantised(
    model: onnx.ModelProto, batches: Sequence[NDArray[np.uint8]], plan: Plan | None = None
) -> onnx.ModelProto:
    """Return the eight-bit form of a model with one input.

    Args:
        model: Its float32 form.
        batches: Inputs as the service makes them, uint8.
        plan: How; the usual way when None.

    Raises:
        ValueError: If a quantised layer's weights are not constant, or outside -64 to 64.
    """
    plan = plan or Plan()
    source = without_identities(model)
    _name_nodes(source)
    stays = [*ends(source), *_products(source), *plan.keep]
    with tempfile.TemporaryDirectory() as scratch:
        before, after = Path(scratch, "float32.onnx"), Path(scratch, "int8.onnx")
        onnx.save(source, str(before))
        quantize_static(
            before,
            after,
            _Inputs(source.graph.input[0].name, batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(plan.kinds),
            nodes_to_exclude=stays,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=plan.method,
        )
        result = onnx.load(str(after))
    check(result, kinds=plan.kinds, stays=stays)
    return result


def _products(model: onnx.ModelProto) -> list[str]:
    """Names of the products of two activations (attention): small, and they lose most."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "MatMul" and not constants & set(node.input)
    ]


def _name_nodes(model: onnx.ModelProto) -> None:
    for number, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}_{number}"


def check(model: onnx.ModelProto, *, kinds: Sequence[str], stays: Sequence[str]) -> int:
    """Check that every layer that was to be quantised is, and that none can overflow.

    Returns:
        How many layers are quantised.

    Raises:
        ValueError: If not.
    """
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    source = {node.output[0]: node for node in model.graph.node}
    count = 0
    for node in model.graph.node:
        if node.op_type not in WEIGHTED or node.op_type not in kinds or node.name in stays:
            continue
        maker = source.get(node.input[1])
        if maker is None or maker.op_type != "DequantizeLinear" or maker.input[0] not in constants:
            raise ValueError(f"the weights of {node.name} are not constant eight-bit integers")
        weights = numpy_helper.to_array(constants[maker.input[0]])
        if weights.dtype != np.int8:
            raise ValueError(f"the weights of {node.name} are {weights.dtype}, not int8")
        if np.abs(weights.astype(np.int16)).max() > LARGEST_WEIGHT:
            raise ValueError(f"{node.name} has a weight outside -64 to 64")
        count += 1
    return count
