#!/usr/bin/env bash
# quantize_static treats a weight that reaches its Conv through an Identity node (what exporters and
# deduplicating tools write for shared towers) as an activation: one u8 scale for the whole tensor,
# quantised again at every run, per_channel and weight_type are not applied. No warning.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2.
# Seen: the float weight stays in the file, QuantizeLinear runs on it, its scale has one element and its
# zero point is uint8; the control without Identity has an int8 weight with eight scales.
# Cure: fold Identity nodes first (onnxruntime at ORT_ENABLE_BASIC does), then quantise.
source "$(dirname "$0")/lib/python.sh" onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$python" - <<'PYTHON'
import onnx
from onnx import TensorProto, helper
from models import conv, quantize, save, weight

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
