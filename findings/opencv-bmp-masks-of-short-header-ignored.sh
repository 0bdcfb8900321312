#!/usr/bin/env bash
# A 32-bit BMP with BI_BITFIELDS says in three masks where red, green and blue are. OpenCV obeys them
# with a V4 header (108 bytes) and ignores them with the 40-byte header, where they follow the header:
# red and blue change places, or everything moves by a byte, without an error.
#
# Version: opencv-python-headless 5.0.0.93.
# Seen, of a yellow picture: RGBX masks -> (0, 255, 255); XBGR masks -> (255, 0, 0); V4 -> yellow.
# For whom: frame grabbers that write RGBX rows. Read the masks and swap, or write V4.
source "$(dirname "$0")/lib/python.sh" opencv-python-headless==5.0.0.93 numpy==2.4.6
"$python" - <<'PYTHON'
import struct

import cv2
import numpy as np

SIDE = 4


def bmp(masks, header_size):
    """A yellow picture."""
    red, green, _blue = masks
    rows = struct.pack("<I", red | green) * (SIDE * SIDE)
    header = struct.pack(
        "<IiiHHIIiiII", header_size, SIDE, SIDE, 1, 32, 3, len(rows), 2835, 2835, 0, 0
    ) + struct.pack("<III", *masks)
    if header_size == 108:
        header += struct.pack("<I", 0) + b"BGRs" + bytes(48)
    start = 14 + len(header)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + header + rows


cases = {
    "BGRX": ((0xFF0000, 0xFF00, 0xFF), (255, 255, 0)),
    "RGBX": ((0xFF, 0xFF00, 0xFF0000), (0, 255, 255)),
    "XBGR": ((0xFF000000, 0xFF0000, 0xFF00), (255, 0, 0)),
}
for name, (masks, short) in cases.items():
    seen = {}
    for header_size in (40, 108):
        pixels = cv2.imdecode(np.frombuffer(bmp(masks, header_size), np.uint8), cv2.IMREAD_COLOR)
        seen[header_size] = tuple(int(v) for v in pixels[0, 0][::-1])
    print(name, seen)
    assert seen == {40: short, 108: (255, 255, 0)}
PYTHON
