"""Keeps freed pixels with the process, so that the next picture finds its memory ready.

A decoded frame takes megabytes. By itself glibc gives such a block back to the kernel when it is
freed, and the next frame's has to be mapped and cleared anew, page by page: measured on a 1080p
frame that is 2,000 page faults and half of the time that decoding takes. Told to keep up to
``_KEPT`` bytes of each thread's freed memory, it takes none.
"""

import ctypes
import os
from functools import cache
from typing import Final

# A decoded picture of the largest default size takes 48 MiB. What is larger is mapped and given
# back as before.
_KEPT: Final = 64 * 1024 * 1024
# From glibc's malloc.h.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
# Whoever sets one of these has decided already.
_DECIDED: Final = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


@cache
def keep_freed_memory() -> bool:
    """Tell glibc's allocator to keep freed memory; every later call does nothing.

    Returns:
        Whether it was told: not with another C library, nor where the environment tunes it.
    """
    if any(name in os.environ for name in _DECIDED):
        return False
    try:
        if not os.confstr("CS_GNU_LIBC_VERSION"):
            return False
        tune = ctypes.CDLL(None).mallopt
    except (AttributeError, ValueError, OSError):
        return False
    return bool(tune(_M_MMAP_THRESHOLD, _KEPT)) and bool(tune(_M_TRIM_THRESHOLD, _KEPT))
