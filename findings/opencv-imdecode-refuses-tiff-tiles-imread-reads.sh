#!/usr/bin/env bash
# cv2.imdecode refuses an uncompressed tiled TIFF whose tile takes no multiple of 1,024 bytes;
# cv2.imread reads the same bytes from a file. libtiff says "Expected 768, got 1024".
# A service that decodes messages meets it, a script that tries the file does not.
#
# Versions: opencv-python-headless 5.0.0.93, tifffile 2026.3.3.
# Seen: RGB tiles of 16, 48, 80, 112, 144, 240 px: imdecode None, imread right. 32, 64, 128: both right.
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


for side in (16, 48, 80, 112, 144, 240, 32, 64, 128):
    data = tiff(quarters, photometric="rgb", tile=(side, side))
    with open("tiles.tif", "wb") as file:
        file.write(data)
    from_file = cv2.imread("tiles.tif")
    assert (from_file[..., ::-1] == quarters).all()
    even = side * side * 3 % 1024 == 0
    print(side, "bytes of a tile", side * side * 3, "imdecode:", decode(data) is not None)
    assert (decode(data) is not None) == even
PYTHON
