#!/usr/bin/env bash
# cv2.imdecode refuses an uncompressed tiled TIFF whose tile takes no multiple of 1,024 bytes;
# cv2.imread reads the same bytes from a file. libtiff says "Expected 768, got 1024".
# A service that decodes messages meets it, a script that tries the file does not.
#
# Versions: opencv-python-headless 5.0.0.93, tifffile 2026.3.3.
# Seen: RGB tiles of 16, 48, 80, 112, 144, 240 px: imdecode None, imread right. 32, 64, 128: both right.
source "$(dirname "$0")/lib/python.sh" opencv-python-headless==5.0.0.93 numpy==2.4.6 tifffile==2026.3.3
"$python" - <<'PYTHON'
import cv2
from pictures import decode, quarters, tiff

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
