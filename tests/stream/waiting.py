"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

import threading
import time
from collections.abc import Callable

# Two contended cores: generous, since only a failing test ever waits this long.
DEADLINE_S = 30.0
_never = threading.Event()


def wait_until(
    condition: Callable[[], bool], what: str = "the condition", timeout: float = DEADLINE_S
) -> None:
    """Return as soon as ``condition`` is true; fail after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {timeout:g} s"
        _never.wait(0.005)
