#!/usr/bin/env bash
# add_session_config_entry takes any key and, for the spinning switches, any value: a misspelt
# "session.intra_op.allow_spining" and "allow_spinning" = "no" are both accepted without an error or a
# warning, and so is an unknown option of the CPU provider. No call reads back what is in force.
#
# Version: onnxruntime 1.32.0.
# Seen: every session loads and runs; nothing on stderr at severity "warning".
source "$(dirname "$0")/lib/python.sh" onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$python" - <<'PYTHON'
import numpy as np
import onnxruntime as ort
from models import conv, save, weight

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
