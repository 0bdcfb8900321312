"""The real command as a separate process, for tests from the outside."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Self

# Loading the models and joining a group takes some seconds; two cores that also run other tests
# take many.
_READY_TIMEOUT_S = 90.0
_STOP_TIMEOUT_S = 60.0
_LOOK_S = 0.1


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def topic_settings(servers: str, prefix: str) -> dict[str, object]:
    """Settings of a group and topics of its own, made at the start with one partition each."""
    return {
        "kafka.bootstrap_servers": servers,
        "kafka.group_id": prefix,
        "kafka.create_topics": True,
        "kafka.new_topic_partitions": 1,
        "kafka.topics.frames": f"{prefix}.frames",
        "kafka.topics.plates": f"{prefix}.plates",
        "kafka.topics.failures": f"{prefix}.failed",
    }


class ServiceProcess:
    """``platestream run`` with the given settings, for as long as the block lasts."""

    def __init__(
        self, settings: dict[str, object], log: Path, *, flags: Sequence[str] = ()
    ) -> None:
        self.port = free_port()
        assignments = settings | {"telemetry.port": self.port, "telemetry.host": "127.0.0.1"}
        self._command = [sys.executable, "-m", "platestream.cli", "run", *flags]
        for key, value in assignments.items():
            self._command += ["--set", f"{key}={value}"]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PLATESTREAM_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log, env=environment)
        try:
            self._wait_ready()
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    def get(self, path: str) -> str:
        """The body at ``path`` of the telemetry endpoint."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            body: bytes = answer.read()
        return body.decode()

    def stop(self) -> int:
        """SIGTERM, then the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(_STOP_TIMEOUT_S)

    def _wait_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"it ended: {self._log.read_text()[-2000:]}")
            try:
                self.get("/readyz")
            except (urllib.error.URLError, OSError):
                time.sleep(_LOOK_S)
            else:
                return
        raise TimeoutError(f"not ready: {self._log.read_text()[-2000:]}")
