#!/usr/bin/env bash
# IMREAD_COLOR drops the alpha of a PNG and keeps its colours. Of a TIFF with unassociated alpha
# (ExtraSamples 2) it multiplies them: half transparent is half as bright, fully transparent is black.
# The picture's colours are in the file, and other readers show them.
#
# Versions: opencv-python-headless 5.0.0.93, tifffile 2026.3.3.
# Seen: red with alpha 128 -> (128, 0, 0) from TIFF, (255, 0, 0) from PNG; alpha 0 -> (0, 0, 0).
# IMREAD_UNCHANGED multiplies, too. With ExtraSamples 0 (unspecified) the colours come back whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93 numpy==2.4.6 tifffile==2026.3.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import io

import cv2
import numpy as np
import tifffile

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
quarters = np.zeros((96, 160, 3), np.uint8)
quarters[:48, :80], quarters[:48, 80:] = RED, GREEN
quarters[48:, :80], quarters[48:, 80:] = BLUE, YELLOW


def tiff(pixels, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def decode(data, flags=cv2.IMREAD_COLOR):
    """RGB pixels, or None."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    return None if pixels is None else pixels[..., ::-1]


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
