#!/usr/bin/env bash
# add_session_config_entry takes any key and, for the spinning switches, any value: a misspelt
# "session.intra_op.allow_spining" and "allow_spinning" = "no" are both accepted without an error or a
# warning, and so is an unknown option of the CPU provider. No call reads back what is in force.
#
# Version: onnxruntime 1.32.0.
# Seen: every session loads and runs; nothing on stderr at severity "warning".
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

import contextlib
import os
import tempfile

save("m.onnx", [conv("x", "w", "y")], [weight("w", 8, 3, 3, 3)])
with tempfile.TemporaryFile() as stderr:
    kept = os.dup(2)
    os.dup2(stderr.fileno(), 2)
    try:
        for key, value in (
            ("session.intra_op.allow_spining", "0"),
            ("session.intra_op.allow_spinning", "no"),
        ):
            options = ort.SessionOptions()
            options.log_severity_level = 2
            options.add_session_config_entry(key, value)
            session = ort.InferenceSession(
                "m.onnx", options, providers=[("CPUExecutionProvider", {"use_arenaa": "0"})]
            )
            assert session.run(None, {"x": np.zeros((1, 3, 8, 8), np.float32)})[0].size == 512
    finally:
        os.dup2(kept, 2)
    stderr.seek(0)
    said = stderr.read()
print("accepted; said:", said)
assert said == b""
PYTHON
