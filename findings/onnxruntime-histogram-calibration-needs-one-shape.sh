#!/usr/bin/env bash
# quantize_static calibrates by MinMax over pictures of any sizes. Entropy and Percentile end in
# numpy's "inhomogeneous shape" error as soon as two calibration inputs differ in shape, although the
# model's axes are dynamic: the collector stacks the activations of all inputs.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6.
# Seen: MinMax passes; Entropy and Percentile raise ValueError; with one shape all three pass.
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

from onnxruntime.quantization import CalibrationMethod

save("m.onnx", [conv("x", "w", "y")], [weight("w", 8, 3, 3, 3)])
one, two = (1, 3, 16, 16), (1, 3, 16, 24)
for method in (CalibrationMethod.MinMax, CalibrationMethod.Entropy, CalibrationMethod.Percentile):
    quantize("m.onnx", "q.onnx", one, one, calibrate_method=method)
    try:
        quantize("m.onnx", "q.onnx", one, two, calibrate_method=method)
    except ValueError as error:
        seen = str(error)[:60]
        assert "inhomogeneous" in str(error)
    else:
        seen = "passes"
    print(method, seen)
    assert (seen == "passes") == (method is CalibrationMethod.MinMax)
PYTHON
