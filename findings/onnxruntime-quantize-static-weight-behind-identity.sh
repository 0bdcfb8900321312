#!/usr/bin/env bash
# quantize_static treats a weight that reaches its Conv through an Identity node (what exporters and
# deduplicating tools write for shared towers) as an activation: one u8 scale for the whole tensor,
# quantised again at every run, per_channel and weight_type are not applied. No warning.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2.
# Seen: the float weight stays in the file, QuantizeLinear runs on it, its scale has one element and its
# zero point is uint8; the control without Identity has an int8 weight with eight scales.
# Cure: fold Identity nodes first (onnxruntime at ORT_ENABLE_BASIC does), then quantise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

random = np.random.default_rng(0)


class Pictures(CalibrationDataReader):
    def __init__(self, *shapes):
        self._left = iter([{"x": random.random(shape, dtype=np.float32)} for shape in shapes])

    def get_next(self):
        return next(self._left, None)


def weight(name, *shape):
    return numpy_helper.from_array((random.standard_normal(shape) * 0.2).astype(np.float32), name)


def conv(source, weights, target):
    return helper.make_node("Conv", [source, weights], [target], pads=[1, 1, 1, 1])


def save(path, nodes, weights):
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


def quantize(source, target, *shapes, **options):
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


first = weight("w", 8, 3, 3, 3)
save("direct.onnx", [conv("x", "w", "y")], [first])
save("behind.onnx", [helper.make_node("Identity", ["w"], ["v"]), conv("x", "v", "y")], [first])


def weights_of(path):
    quantize(path, "int8.onnx", (1, 3, 16, 16))
    graph = onnx.load("int8.onnx").graph
    return {tensor.name: (tensor.data_type, list(tensor.dims)) for tensor in graph.initializer}


direct, behind = weights_of("direct.onnx"), weights_of("behind.onnx")
print("direct:", direct)
print("behind Identity:", behind)
assert direct["w_quantized"] == (TensorProto.INT8, [8, 3, 3, 3])
assert direct["w_scale"][1] == [8]
assert behind["w"] == (TensorProto.FLOAT, [8, 3, 3, 3])
assert behind["v_zero_point"] == (TensorProto.UINT8, [])
assert behind["v_scale"][1] == []
PYTHON
