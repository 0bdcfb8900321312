"""A process that answers one line of JSON per line of JSON, as ``serve.py`` does on its side."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER: Final = Path(__file__).parent
# One thread for whatever library would take all; nothing of our own environment.
_ENVIRONMENT: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
}
_END_S: Final = 30.0


class Conversation:
    """A running reader that is asked for pictures.

    Args:
        command: Starts it.
        name: What to call it in errors.
        environment: Variables over those that every reader gets.

    Raises:
        RuntimeError: If it does not start.
    """

    def __init__(
        self, command: Sequence[str], *, name: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**_ENVIRONMENT, **(environment or {})},
        )
        self.title = self._name() or ""
        if not self.title:
            self.close()
            raise RuntimeError(f"{name} does not start: {' '.join(command)}")

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and wait for its answer; ``error`` in it where there is none."""
        if self._process.stdin is None or self._process.poll() is not None:
            return {"error": "it has ended"}
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return {"error": "it has ended"}
        line = self._process.stdout.readline() if self._process.stdout else ""
        answer: dict[str, Any] = json.loads(line) if line else {"error": "it has ended"}
        return answer

    def close(self) -> None:
        """Let it end, and see that it does."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _name(self) -> str | None:
        """Return its title, past whatever its packages print when they are imported."""
        for line in self._process.stdout or ():
            if line.startswith('{"name"'):
                return str(json.loads(line)["name"])
        return None
