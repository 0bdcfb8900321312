"""The HTTP interface with the chart's command, configuration and Secret, asked by `helm test`."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import yaml

from platestream.web.credentials import hash_token
from tests.deploy.chart import Values, container, hook_pod, render, service_config

pytestmark = pytest.mark.slow

# Loading the models on a busy machine; anything else takes milliseconds.
DEADLINE_S: Final = 90.0
PROJECT: Final = "gate"


@dataclass(frozen=True, slots=True)
class Running:
    """An interface that answers."""

    process: subprocess.Popen[bytes]
    telemetry: str
    url: str
    secret: Path
    test_script: str


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def _bring(folder: Path, version: str, token: str) -> None:
    """Put a version of the Secret into the folder as the kubelet does: by exchanging a link."""
    (folder / version).mkdir()
    content = {"projects": {PROJECT: {"tokens": [hash_token(token)]}}}
    (folder / version / "credentials.yaml").write_text(yaml.safe_dump(content), "utf-8")
    (folder / "..next").symlink_to(version)
    (folder / "..next").rename(folder / "..data")


def _status(url: str, token: str = "") -> int:
    request = urllib.request.Request(url, data=b"{}" if token else None)  # noqa: S310 - our own
    request.add_header("Content-Type", "application/json")
    request.add_header("X-Auth-Token", token)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    telemetry, port = _free_port(), _free_port()
    values: Values = {
        "kafka": {"enabled": False},
        # Both families, where the machine has both: what pods with IPv6 addresses only are given.
        "listenAddress": "::" if _has_ipv6() else "0.0.0.0",
        "telemetry": {"port": telemetry},
        "web": {"enabled": True, "existingSecret": "callers", "port": port},
    }
    objects = render(values)
    secret = tmp_path_factory.mktemp("secret")
    _bring(secret, "..1", "old")
    (secret / "credentials.yaml").symlink_to("..data/credentials.yaml")
    config = service_config(objects)
    config["web"]["credentials"] = str(secret / Path(config["web"]["credentials"]).name)
    path = tmp_path_factory.mktemp("config") / "config.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    arguments = [
        str(path) if item == "/etc/platestream/config.yaml" else item
        for item in container(values)["args"]
    ]
    pod = hook_pod(objects)
    with subprocess.Popen(
        [sys.executable, "-m", "platestream.cli", *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    ) as process:
        found = Running(
            process,
            f"http://127.0.0.1:{telemetry}",
            f"http://127.0.0.1:{port}",
            secret,
            pod["spec"]["containers"][0]["args"][0],
        )
        try:
            _wait_until(lambda: _status(f"{found.telemetry}/readyz") == 200, "never ready")
            yield found
        finally:
            process.kill()


def test_helm_test_is_content(running: Running) -> None:
    script = [sys.executable, "-c", running.test_script]

    done = subprocess.run(
        [*script, running.telemetry, running.url], capture_output=True, check=False, timeout=60
    )
    nobody = subprocess.run(
        [*script, running.telemetry, f"http://127.0.0.1:{_free_port()}"],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert nobody.returncode != 0


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback address")
def test_one_address_listens_for_both_families(running: Running) -> None:
    for host in ("127.0.0.1", "[::1]"):
        for url in (running.telemetry, running.url):
            assert _status(url.replace("127.0.0.1", host) + "/readyz") == 200


def test_a_changed_secret_is_taken_up(running: Running) -> None:
    url = f"{running.url}/v2/{PROJECT}/ocr/license-plate"
    # 400: let in, and asked for nothing.
    assert (_status(url, "old"), _status(url, "new")) == (400, 401)

    _bring(running.secret, "..2", "new")

    _wait_until(lambda: _status(url, "new") == 400, "the new token is not known")
    assert _status(url, "old") == 401


def test_a_stop_is_clean(running: Running) -> None:
    running.process.send_signal(signal.SIGTERM)

    assert running.process.wait(DEADLINE_S) == 0
