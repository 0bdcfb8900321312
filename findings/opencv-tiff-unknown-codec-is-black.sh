#!/usr/bin/env bash
# A TIFF whose codec OpenCV's libtiff knows by name only is decoded to an all-black picture: no
# exception, no None. One error line goes to stderr, and the caller cannot tell it from a night frame.
# A codec that libtiff was built without (Zstandard, LZMA, WebP, LERC) gives None, as one expects.
#
# Versions: opencv-python-headless 5.0.0.93, tifffile 2026.3.3, imagecodecs 2026.3.6.
# Seen: jpegxl, jpeg2000, png, jpegxr -> shape (96, 160, 3), largest value 0; zstd, lzma -> None.
# For whom: anyone who takes "not None" for "decoded". Look at tag 259 before you decode.
source "$(dirname "$0")/lib/python.sh" opencv-python-headless==5.0.0.93 numpy==2.4.6 tifffile==2026.3.3 imagecodecs==2026.3.6
"$python" - <<'PYTHON'
import io

import tifffile
from pictures import decode, quarters, tiff

for codec in ("jpegxl", "jpeg2000", "png", "jpegxr"):
    data = tiff(quarters, compression=codec, photometric="rgb")
    assert (tifffile.imread(io.BytesIO(data)) == quarters).mean() > 0.5, "the file itself is sound"
    pixels = decode(data)
    print(codec, pixels.shape, "largest value", pixels.max())
    assert pixels.shape == (96, 160, 3)
    assert pixels.max() == 0
for codec in ("zstd", "lzma"):
    pixels = decode(tiff(quarters, compression=codec, photometric="rgb"))
    print(codec, pixels)
    assert pixels is None
PYTHON
