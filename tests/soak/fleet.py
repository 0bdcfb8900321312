"""Replicas of the service as processes, and who starts them again when they end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

_EXIT_TIMEOUT_S: Final = 40.0
_START_TIMEOUT_S: Final = 120.0


class Replica:
    """One process of ``platestream run`` with a name, and so a transactional id, of its own."""

    def __init__(self, name: str, folder: Path, settings: Mapping[str, Any]) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._config = folder / f"{name}.yaml"
        self._config.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.wanted = False

    def start(self) -> None:
        """Start it; returns at once."""
        self.wanted = True
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "platestream.cli", "run", "--config", str(self._config)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                start_new_session=True,  # a Ctrl-C at the terminal is ours, not theirs
            )

    @property
    def ended(self) -> bool:
        """Whether its process is over."""
        return self.process is not None and self.process.poll() is not None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it is running."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, timeout: float = _EXIT_TIMEOUT_S) -> int:
        """Wait for its end; killed when that takes too long. Returns its exit code."""
        assert self.process is not None
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(_EXIT_TIMEOUT_S)

    def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        self.wanted = False
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(_EXIT_TIMEOUT_S)

    def has_logged(self, event: str) -> bool:
        """Whether a log line of this name is in its log."""
        return (
            json.dumps(event) in self.log.read_text(errors="replace")
            if self.log.exists()
            else False
        )


class Fleet:
    """All replicas. Those that end by themselves are started again, as an orchestrator would.

    Args:
        folder: Where settings and logs go.
        settings: The settings of a replica of this name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lock = threading.RLock()
        self.replicas: dict[str, Replica] = {}
        self.own_exits: Counter[int] = Counter()

    def add(self, name: str, settings: Mapping[str, Any]) -> Replica:
        """Start a replica."""
        with self.lock:
            replica = self.replicas.get(name) or Replica(name, self._folder, settings)
            self.replicas[name] = replica
            replica.start()
            return replica

    def supervise(self) -> None:
        """Start again what ended by itself."""
        with self.lock:
            for replica in self.replicas.values():
                if replica.wanted and replica.process is not None:
                    code = replica.process.poll()
                    if code is not None:
                        self.own_exits[code] += 1
                        replica.start()

    def wait_assigned(self) -> None:
        """Wait until every replica has had an assignment.

        Raises:
            TimeoutError: With the end of a log.
        """
        deadline = time.monotonic() + _START_TIMEOUT_S
        for replica in list(self.replicas.values()):
            while not replica.has_logged("partitions_assigned"):
                self.supervise()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{replica.name}: {replica.log.read_text()[-2000:]}")
                time.sleep(0.1)  # a log file offers nothing to wait on

    def drain(self) -> dict[str, int]:
        """SIGTERM to all, and their exit codes."""
        with self.lock:
            running = [r for r in self.replicas.values() if r.wanted]
            for replica in running:
                replica.wanted = False
                replica.signal(signal.SIGCONT)
                replica.signal(signal.SIGTERM)
            return {replica.name: replica.wait() for replica in running}

    def kill(self) -> None:
        """SIGKILL to all that are left."""
        with self.lock:
            for replica in self.replicas.values():
                replica.kill()
