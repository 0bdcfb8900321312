"""Freed pixels stay with the process."""

import os
import subprocess
import sys

import pytest

# Decodes pictures of 1920 x 1080 and prints how many page faults one took.
_DECODING = """
import resource, cv2, numpy as np
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits
data = cv2.imencode(".jpg", np.full((1080, 1920, 3), 90, np.uint8))[1].tobytes()
for number in range(12):
    if number == 2:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    decode_picture(data, PictureLimits())
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 10)
"""


def faults(**environment: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _DECODING],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="for glibc")
def test_a_frame_finds_its_memory_ready() -> None:
    # The picture takes 1,519 pages.
    assert faults() < 100
    # Whoever tunes the allocator has the last word.
    assert faults(MALLOC_MMAP_THRESHOLD_="131072") > 1000
