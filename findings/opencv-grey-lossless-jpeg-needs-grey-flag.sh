#!/usr/bin/env bash
# A grey lossless JPEG (SOF3) is refused by cv2.imdecode with IMREAD_COLOR and read with
# IMREAD_GRAYSCALE or IMREAD_UNCHANGED. A grey baseline JPEG is read with all three.
#
# Versions: opencv-python-headless 5.0.0.93, imagecodecs 2026.3.6.
# Seen: lossless grey: color None, grey exact, unchanged exact.
source "$(dirname "$0")/lib/python.sh" opencv-python-headless==5.0.0.93 numpy==2.4.6 imagecodecs==2026.3.6
"$python" - <<'PYTHON'
import cv2
import imagecodecs
import numpy as np

grey = (np.arange(96 * 160) % 251).astype(np.uint8).reshape(96, 160)
lossless = np.frombuffer(imagecodecs.ljpeg_encode(grey), np.uint8)
written, baseline = cv2.imencode(".jpg", grey)
for name, flag in (
    ("color", cv2.IMREAD_COLOR),
    ("grey", cv2.IMREAD_GRAYSCALE),
    ("unchanged", cv2.IMREAD_UNCHANGED),
):
    pixels = cv2.imdecode(lossless, flag)
    print(name, None if pixels is None else pixels.shape)
    assert (pixels is None) == (name == "color")
    assert pixels is None or (pixels == grey).all()
    assert cv2.imdecode(baseline, flag) is not None
PYTHON
