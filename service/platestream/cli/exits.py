"""How a command ends: exit codes, the error that carries one, and signals."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from types import FrameType
from typing import Any, Final, Self


class ExitCode(IntEnum):
    """What the process's exit code says. Documented: scripts depend on it."""

    OK = 0
    SOME_FAILED = 1
    """The command ran through, but at least one picture, frame or check failed."""
    USAGE = 2
    """Wrong flags, wrong settings or an unusable input file: nothing was started."""
    FATAL = 3
    """The command could not go on: models, broker, disk or a defect of ours."""
    INTERRUPTED = 130
    """Stopped at once by a signal (130 for SIGINT, 143 for SIGTERM), as a shell reports it."""


class CliError(Exception):
    """Ends the command with one clear line on stderr.

    Args:
        message: What is wrong, for the person at the terminal. May hold several lines.
        code: The exit code.
    """

    def __init__(self, message: str, code: ExitCode = ExitCode.FATAL) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


# Exit code of a process that a signal ended, as shells report it.
SIGNALLED: Final = 128
# "At once": time for the last log line, no more.
_AT_ONCE_S: Final = 1.0


@contextmanager
def process_exit() -> Iterator[None]:
    """Let the process end with the exit code that the block raises, whatever its threads are in.

    Up to Python 3.13 the interpreter ends a daemon thread that comes back to it at the end by
    unwinding its stack. In the middle of onnxruntime or OpenCV, which are C++, that is
    ``std::terminate``: SIGABRT in place of the exit code, and a core. Threads cannot be waited for
    instead, since one that hangs is a reason to end. So a process that still has some ends right
    before that, with its exit handlers run and its output written.
    """
    code = 1  # what Python makes of any other exception

    def end() -> None:
        if threading.active_count() > 1:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code)

    # Handlers run in reverse order: the first to be registered is the last to run.
    atexit.register(end)
    try:
        yield
    except SystemExit as leaving:
        told = leaving.code
        code = 0 if told is None else told if isinstance(told, int) else 1
        raise


def leave_signalled(number: int, _frame: FrameType | None) -> None:
    """A signal handler: end before there is anything to drain.

    Raises:
        SystemExit: Always, with the exit code of a process that the signal ended.
    """
    raise SystemExit(SIGNALLED + number)


class StopSignals:
    """SIGTERM and SIGINT: the first drains, the second stops at once.

    Args:
        stop: Called in the signal handler, for each of them.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._count = 0
        self._before: dict[int, Any] = {}
        self.last: int | None = None

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.last = number
        self._count += 1
        self._stop()
        if self._count > 1:
            # The service ends by itself, unless it hangs somewhere (loading a model, a dead disk).
            killer = threading.Timer(_AT_ONCE_S, os._exit, (SIGNALLED + number,))
            killer.daemon = True
            killer.start()
