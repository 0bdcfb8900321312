#!/usr/bin/env bash
# session.x64quantprecision=1 is onnxruntime's own cure for the saturation of u8 x s8 products on
# CPUs without VNNI. On a quantised model in which two Convs share a weight (the towers of most
# detector heads) the session does not load with it, on any x86 CPU with AVX2; the same file loads without.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2, on x86-64 with AVX2.
# Seen: without the key it loads; with it Fail ... "Attempt to replace the existing tensor".
# Cure: quantise with reduce_range=True (weights within +-64 cannot saturate): shown last, it loads.
source "$(dirname "$0")/lib/python.sh" onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$python" - <<'PYTHON'
import onnxruntime as ort
from models import conv, quantize, save, weight

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
