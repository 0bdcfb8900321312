#!/usr/bin/env bash
# A tiled TIFF with orientation 2, 3, 6 or 7 comes out of OpenCV with its columns in the wrong order:
# the mirror is applied tile by tile and the tiles stay where they were, or are moved the other way.
# The same pixels in strips are right, and so are orientations 1, 4, 5 and 8. IMREAD_IGNORE_ORIENTATION
# does not switch it off for TIFF.
#
# Versions: opencv-python-headless 5.0.0.93, tifffile 2026.3.3.
# Seen: corners (top left first) of strips and of tiles differ for exactly 2, 3, 6, 7.
# For whom: whoever reads places of things off such pictures. Put tag 274 to 1 and turn by yourself.
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


wrong = []
for orientation in range(1, 9):
    tag = [(274, "H", 1, orientation, True)]
    strips = decode(tiff(quarters, photometric="rgb", extratags=tag))
    tiled = tiff(quarters, photometric="rgb", tile=(32, 32), extratags=tag)
    tiles = decode(tiled)
    ignored = decode(tiled, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    assert strips.shape == tiles.shape == ignored.shape
    assert (ignored == tiles).all(), "the flag changes nothing"
    if not (strips == tiles).all():
        wrong.append(orientation)
    print(orientation, "same" if (strips == tiles).all() else "differ")
assert wrong == [2, 3, 6, 7], wrong
PYTHON
