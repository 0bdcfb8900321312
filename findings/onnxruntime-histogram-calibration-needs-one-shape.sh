#!/usr/bin/env bash
# quantize_static calibrates by MinMax over pictures of any sizes. Entropy and Percentile end in
# numpy's "inhomogeneous shape" error as soon as two calibration inputs differ in shape, although the
# model's axes are dynamic: the collector stacks the activations of all inputs.
#
# Versions: onnxruntime 1.32.0, onnx 1.23.2, numpy 2.4.6.
# Seen: MinMax passes; Entropy and Percentile raise ValueError; with one shape all three pass.
source "$(dirname "$0")/lib/python.sh" onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$python" - <<'PYTHON'
from models import conv, quantize, save, weight

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
