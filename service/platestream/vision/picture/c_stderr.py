"""Keeps the picture libraries' own lines off standard error while a picture is decoded.

libjpeg and libpng, inside OpenCV, print warnings with C's ``fprintf(stderr, …)``; no log level of
OpenCV reaches them, and a camera that pads its pictures would put one bare line per frame between
our JSON lines. A warning is either of no account (the picture is read) or our counted error.

C's ``stderr`` is a variable, so it is pointed at ``/dev/null`` while any thread decodes. Descriptor
2 is not touched: whatever Python logs meanwhile, in any thread, comes out as ever. Two assignments
behind a lock take 2 µs a frame; redirecting the descriptor would lose other threads' lines, and a
pipe for it would lose the last words of a process that dies.
"""

import ctypes
import os
import threading
from contextlib import AbstractContextManager, nullcontext
from functools import cache


class _Switch:
    """While anybody is inside, C's ``stderr`` leads nowhere."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None)
        libc.fopen.restype = ctypes.c_void_p
        self._stream = ctypes.c_void_p.in_dll(libc, "stderr")
        # "e": closed in child processes. It lives as long as the process: a thread that began to
        # print before we turned stderr on again still has it.
        self._nowhere: int | None = libc.fopen(os.devnull.encode(), b"we")
        self._before: int | None = None
        self._inside = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._before = self._stream.value
                self._stream.value = self._nowhere or self._before

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._stream.value = self._before


@cache
def silenced() -> AbstractContextManager[None]:
    """Return what lets nothing that C code prints to ``stderr`` come out while it is entered.

    It may be entered by any number of threads at once. Only glibc's ``stderr`` may be assigned;
    with another C library the returned context does nothing.
    """
    try:
        glibc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError):
        glibc = None
    return _Switch() if glibc else nullcontext()
