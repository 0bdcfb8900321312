#!/usr/bin/env bash
# IMREAD_COLOR drops the alpha of a PNG and keeps its colours. Of a TIFF with unassociated alpha
# (ExtraSamples 2) it multiplies them: half transparent is half as bright, fully transparent is black.
# The picture's colours are in the file, and other readers show them.
#
# Versions: opencv-python-headless 5.0.0.93, tifffile 2026.3.3.
# Seen: red with alpha 128 -> (128, 0, 0) from TIFF, (255, 0, 0) from PNG; alpha 0 -> (0, 0, 0).
# IMREAD_UNCHANGED multiplies, too. With ExtraSamples 0 (unspecified) the colours come back whole.
source "$(dirname "$0")/lib/python.sh" opencv-python-headless==5.0.0.93 numpy==2.4.6 tifffile==2026.3.3
"$python" - <<'PYTHON'
import cv2
import numpy as np
from pictures import RED, decode, quarters, tiff

for alpha, expected in ((128, (128, 0, 0)), (0, (0, 0, 0)), (255, RED)):
    pixels = np.dstack([quarters, np.full((96, 160), alpha, np.uint8)])
    written, png = cv2.imencode(".png", pixels[..., [2, 1, 0, 3]])
    from_png = tuple(int(v) for v in decode(png.tobytes())[0, 0])
    data = tiff(pixels, photometric="rgb", extrasamples=["unassalpha"])
    from_tiff = tuple(int(v) for v in decode(data)[0, 0])
    data = tiff(pixels, photometric="rgb", extrasamples=["unspecified"])
    unspecified = tuple(int(v) for v in decode(data)[0, 0])
    print("alpha", alpha, "png", from_png, "tiff", from_tiff, "unspecified", unspecified)
    assert from_png == unspecified == RED
    assert from_tiff == expected
PYTHON
