"""A program in a process of its own, with its output in a file."""

import contextlib
import random
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

# For the end of what was killed: a busy machine takes its time over a process's memory.
_KILL_TIMEOUT_S = 40.0


# Below what Linux gives to outgoing connections by default (from 32768): a broker that is killed
# must find its port free when it comes back, whatever connections other tests open meanwhile.
_PORTS: Final = range(15_000, 32_000)


def free_port() -> int:
    """A loopback port that nobody listens on at the moment.

    Drawn at random, so that two test processes side by side do not get the same one.
    """
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class LoggedProcess:
    """May be started again when it has ended; its output goes on in the same file.

    Args:
        command: The program and its arguments.
        log: Where its output goes.
        cwd: Its working directory; ours when not given.
        env: Its whole environment; ours when not given.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        self._command = list(command)
        self._cwd = cwd
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._env,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is ours, not its
            )

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs, or was never started."""
        return None if self._process is None else self._process.poll()

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self.code is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it is running."""
        if self._process is not None and self.running:
            self._process.send_signal(number)

    def wait(self, timeout: float) -> int:
        """Wait for its end; its exit code.

        Raises:
            TimeoutExpired: It still runs after ``timeout`` seconds.
        """
        assert self._process is not None
        return self._process.wait(timeout)

    def kill(self) -> None:
        """SIGKILL, as when a machine dies, and wait for its end."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(_KILL_TIMEOUT_S)

    def said(self, words: str) -> bool:
        """Whether ``words`` are in its output."""
        return self.log.exists() and words in self.log.read_text(errors="replace")

    def last_words(self) -> str:
        """The end of its output, for messages."""
        return self.log.read_text(errors="replace")[-2000:]
