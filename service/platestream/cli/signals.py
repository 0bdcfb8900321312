"""SIGTERM and SIGINT, before and while there is something to drain."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, Self

# Exit code of a process that a signal ended, as shells report it.
SIGNALLED: Final = 128
# "At once": time for the last log line, no more.
_AT_ONCE_S: Final = 1.0


def leave(number: int, _frame: FrameType | None) -> None:
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
