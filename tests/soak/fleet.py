"""Replicas of the service as processes, and who starts them again when they end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tests.clusters.process import LoggedProcess

_EXIT_TIMEOUT_S: Final = 40.0
_START_TIMEOUT_S: Final = 120.0


SERVICE: Final = (sys.executable, "-m", "platestream.cli", "run")


class Replica(LoggedProcess):
    """One process of ``platestream run`` with a name, and so a transactional id, of its own."""

    def __init__(
        self,
        name: str,
        folder: Path,
        settings: Mapping[str, Any],
        program: Sequence[str] = SERVICE,
    ) -> None:
        config = folder / f"{name}.yaml"
        config.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
        super().__init__(
            [*program, "--config", str(config)],
            folder / f"{name}.log",
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self.name = name
        self.wanted = False

    def start(self) -> None:
        """Start it; returns at once."""
        self.wanted = True
        super().start()

    def wait(self, timeout: float = _EXIT_TIMEOUT_S) -> int:
        """Wait for its end; killed when that takes too long. Returns its exit code."""
        try:
            return super().wait(timeout)
        except subprocess.TimeoutExpired:
            super().kill()
            return super().wait(_EXIT_TIMEOUT_S)

    def kill(self) -> None:
        """SIGKILL, and wait for its end."""
        self.wanted = False
        super().kill()

    def has_logged(self, event: str) -> bool:
        """Whether a log line of this name is in its log."""
        return self.said(json.dumps(event))


class Fleet:
    """All replicas. Those that end by themselves are started again, as an orchestrator would.

    Args:
        folder: Where settings and logs go.
        program: What a replica runs; the service when not given.
    """

    def __init__(self, folder: Path, program: Sequence[str] = SERVICE) -> None:
        self._folder = folder
        self._program = program
        self.lock = threading.RLock()
        self.replicas: dict[str, Replica] = {}
        self.own_exits: Counter[int] = Counter()

    def add(self, name: str, settings: Mapping[str, Any]) -> Replica:
        """Start a replica."""
        with self.lock:
            replica = self.replicas.get(name) or Replica(
                name, self._folder, settings, self._program
            )
            self.replicas[name] = replica
            replica.start()
            return replica

    def supervise(self) -> None:
        """Start again what ended by itself."""
        with self.lock:
            for replica in self.replicas.values():
                if replica.wanted and (code := replica.code) is not None:
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
                    raise TimeoutError(f"{replica.name}: {replica.last_words()}")
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
