#!/usr/bin/env bash
# session.x64quantprecision=1 is onnxruntime's own cure for the saturation of u8 x s8 products on
# CPUs without VNNI. On a quantised model in which two Convs share a weight (the towers of most
# detector heads) the session does not load with it, on any x86 CPU with AVX2; the same file loads without.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2, on x86-64 with AVX2.
# Seen: without the key it loads; with it Fail ... "Attempt to replace the existing tensor".
# Cure: quantise with reduce_range=True (weights within +-64 cannot saturate): shown last, it loads.
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


save(
    "float.onnx",
    [conv("x", "first", "a"), conv("a", "shared", "b"), conv("b", "shared", "y")],
    [weight("first", 8, 3, 3, 3), weight("shared", 8, 8, 3, 3)],
)
quantize("float.onnx", "int8.onnx", (1, 3, 16, 16))
quantize("float.onnx", "reduced.onnx", (1, 3, 16, 16), reduce_range=True)


def load(path, value=None):
    options = ort.SessionOptions()
    options.log_severity_level = 4
    if value is not None:
        options.add_session_config_entry("session.x64quantprecision", value)
    try:
        ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        return str(error)
    return "loads"


seen = {"plain": load("int8.onnx"), "key": load("int8.onnx", "1")}
seen["key, reduce_range"] = load("reduced.onnx", "1")
for name, text in seen.items():
    print(name + ":", text[:60], "...", text[-120:])
assert seen["plain"] == "loads"
assert "replace the existing tensor" in seen["key"]
assert seen["key, reduce_range"] == "loads"
PYTHON
