"""A process with few file descriptors, under more connections than it could ever hold."""

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx

from platestream.telemetry.endpoint import TelemetryServer
from platestream.telemetry.health import Health
from platestream.telemetry.logs import configure_logging
from platestream.web.settings import WebSettings
from tests.web.interfaces import open_interface
from tests.web.test_app import GOOD, PATH, RESULT

DESCRIPTORS = 256
ROOT = Path(__file__).parents[2]


def serve() -> None:
    """The process: tells its ports, then does what it is told, a word for a line."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, most))
    configure_logging(level="info", form="json")
    eaten: list[int] = []
    with open_interface(WebSettings(port=0, no_auth=True)) as interface:
        telemetry = TelemetryServer(interface.metrics.registry, Health(), host="127.0.0.1", port=0)
        with telemetry:
            tell(json.dumps([interface.http.port, telemetry.port]))
            for line in sys.stdin:
                if line.strip() == "eat":
                    with contextlib.suppress(OSError):
                        while True:
                            eaten.append(os.open("/dev/null", os.O_RDONLY))
                tell(str(len(eaten)))


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def process(log: IO[bytes]) -> Iterator[tuple[subprocess.Popen[bytes], int, int]]:
    command = [sys.executable, "-c", "from tests.web.test_descriptors import serve; serve()"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
    ) as served:
        try:
            assert served.stdout is not None
            interface, telemetry = json.loads(served.stdout.readline())
            yield served, interface, telemetry
        finally:
            served.kill()


def test_more_connections_than_descriptors_close_neither_interface_nor_probes(
    tmp_path: Path,
) -> None:
    with (
        (tmp_path / "log").open("wb") as log,
        process(log) as (served, interface, telemetry),
        contextlib.ExitStack() as stack,
    ):

        def read() -> object:
            url = f"http://127.0.0.1:{interface}{PATH}"
            return httpx.post(url, json=GOOD, trust_env=False, timeout=20).json()

        def crowd() -> None:
            for _ in range(DESCRIPTORS + 100):
                with contextlib.suppress(OSError):
                    address = ("127.0.0.1", interface)
                    stack.enter_context(socket.create_connection(address, timeout=20))

        crowd()
        assert read() == RESULT
        for probe in ("healthz", "readyz", "metrics"):
            url = f"http://127.0.0.1:{telemetry}/{probe}"
            assert httpx.get(url, trust_env=False, timeout=20).status_code == 200

        # Something else in the process takes what was kept back for it, and more.
        assert served.stdin is not None
        assert served.stdout is not None
        served.stdin.write(b"eat\n")
        served.stdin.flush()
        assert int(served.stdout.readline()) > 0
        assert read() == RESULT
        crowd()
        assert read() == RESULT
    lines = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if "no room for another connection" in line]
    assert len(told) == 1
    assert len(lines) < 20, lines[:20]
