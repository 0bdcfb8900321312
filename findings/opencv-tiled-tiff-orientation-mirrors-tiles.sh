#!/usr/bin/env bash
# A tiled TIFF with orientation 2, 3, 6 or 7 comes out of OpenCV with its columns in the wrong order:
# the mirror is applied tile by tile and the tiles stay where they were, or are moved the other way.
# The same pixels in strips are right, and so are orientations 1, 4, 5 and 8. IMREAD_IGNORE_ORIENTATION
# does not switch it off for TIFF.
#
# Versions: opencv-python-headless 5.0.0.93, tifffile 2026.3.3.
# Seen: corners (top left first) of strips and of tiles differ for exactly 2, 3, 6, 7.
# For whom: whoever reads places of things off such pictures. Put tag 274 to 1 and turn by yourself.
source "$(dirname "$0")/lib/python.sh" opencv-python-headless==5.0.0.93 numpy==2.4.6 tifffile==2026.3.3
"$python" - <<'PYTHON'
import cv2
from pictures import decode, quarters, tiff

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
