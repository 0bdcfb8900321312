import base64
import contextlib
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from platestream.web.credentials import CredentialStore, hash_token
from tests.cli.conftest import Cli
from tests.cli.test_run import Process, get, wait_ready
from tests.pictures.pixels import encode
from tests.stream.waiting import wait_until
from tests.vision.tiny_models import paint_plate, scene

PATH = "/v2/p1/ocr/license-plate"
TOKEN = "s3cr3t-t0ken"


def body() -> dict[str, str]:
    picture = scene()
    paint_plate(picture, "京A1Z", at=(100, 200))
    return {"image": base64.b64encode(encode(picture, ".png")).decode()}


# -- arguments ----------------------------------------------------------------------------------


def test_a_interface_open_to_all_has_to_be_wanted(cli: Cli) -> None:
    ran = cli("serve")
    assert ran.code == 2
    assert "--credentials" in ran.err
    assert "--no-auth" in ran.err


def test_check_config_prints_what_the_interface_would_do_and_opens_none(cli: Cli) -> None:
    ran = cli("serve", "--check-config", "--port", "8099", "--no-auth")
    assert ran.code == 0
    shown = yaml.safe_load(ran.out)["web"]
    assert shown["port"] == 8099
    assert shown["no_auth"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["--no-auth", "--credentials", "x.yaml"], 2, "exclude each other"),
        (["--credentials", "/absent.yaml"], 2, "/absent.yaml"),
        (["--no-auth", "--set", "web.rate_limit=often"], 2, "web"),
        (["--no-auth", "--set", "web.prot=1"], 2, "web.prot"),
        (["--no-auth", "--set", "web.tls_certificate=a.pem"], 2, "tls_key_file"),
        (["--no-auth", "--host", "192.0.2.1"], 3, "192.0.2.1"),
    ],
)
def test_wrong_settings_stop_before_anything_is_served(
    cli: Cli, tiny: Path, arguments: list[str], code: int, complaint: str
) -> None:
    assert tiny.is_dir()
    ran = cli("serve", "--port", "0", *arguments)
    assert ran.code == code
    assert complaint in ran.err


def test_a_busy_port_is_fatal(cli: Cli, tiny: Path) -> None:
    assert tiny.is_dir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = cli("serve", "--no-auth", "--port", taken.getsockname()[1])
    assert ran.code == 3
    assert "web: 127.0.0.1" in ran.err


def test_a_new_token_fits_its_hash(cli: Cli, tmp_path: Path) -> None:
    ran = cli("token")
    assert ran.code == 0
    made = yaml.safe_load(ran.out)
    path = tmp_path / "credentials.yaml"
    path.write_text(json.dumps({"projects": {"p1": {"tokens": [made["hash"]]}}}))
    assert CredentialStore(path).token_is_valid("p1", made["token"])
    assert cli("token").out != ran.out


# -- as a process -------------------------------------------------------------------------------


@pytest.fixture
def serve(tiny_bundle_path: Path, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts the interface in a process of its own, with one known token."""
    started: list[Process] = []
    path = tmp_path / "credentials.yaml"
    path.write_text(json.dumps({"projects": {"p1": {"tokens": [hash_token(TOKEN)]}}}))

    def start(*extra: str, bundle: Path = tiny_bundle_path) -> Process:
        known = ("--port", "0", "--credentials", str(path))
        started.append(Process(bundle, *known, *extra, command="serve"))
        return started[-1]

    yield start
    for process in started:
        if process.child.poll() is None:
            process.child.kill()
        process.wait()


def post(address: str, document: Any, token: str = TOKEN) -> httpx.Response:
    headers = {"X-Auth-Token": token}
    return httpx.post(address + PATH, json=document, headers=headers, timeout=60, trust_env=False)


def test_it_reads_answers_its_probes_and_ends_on_sigterm(serve: Callable[..., Process]) -> None:
    process = serve()
    started = process.event("started")
    address, telemetry = started["address"], started["telemetry"].removesuffix("/metrics")
    wait_ready(telemetry)
    answer = post(address, body())
    assert answer.status_code == 200
    (plate,) = answer.json()["result"]
    assert post(address, body(), token="another").status_code == 401
    assert get(f"{address}/readyz")[0] == 200
    assert "<title>Platestream" in get(address)[1]
    metrics = get(f"{telemetry}/metrics")[1]
    assert 'platestream_http_requests_total{code="200",error_code=""}' in metrics
    process.child.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    process.event("stopped")
    written = json.dumps(process.log, ensure_ascii=False)
    assert '"method": "POST"' in written
    for secret in (TOKEN, hash_token(TOKEN), plate["plate_number"], body()["image"][:40]):
        assert secret not in written


def test_the_live_page_can_be_left_out(serve: Callable[..., Process]) -> None:
    process = serve("--set", "web.live_page=false")
    address = process.event("started")["address"]
    assert get(address)[0] == 404
    assert get(f"{address}/live/events")[0] == 404
    assert post(address, body()).status_code == 200


def test_a_request_in_flight_at_sigterm_gets_its_answer(serve: Callable[..., Process]) -> None:
    # The first half of a request keeps it in flight for as long as the test wants.
    process = serve()
    address = process.event("started")["address"]
    content = json.dumps(body()).encode()
    host, port = address.removeprefix("http://").split(":")
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        f"X-Auth-Token: {TOKEN}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(head.encode() + content[:100])
        # Its head has been read once a later request has been answered.
        assert get(f"{address}/healthz")[0] == 200
        process.child.send_signal(signal.SIGTERM)
        with ThreadPoolExecutor(1) as threads:
            ended = threads.submit(process.wait)
            connection.sendall(content[100:])
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            assert ended.result() == 0
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"result":[{' in answer


def test_a_second_signal_stops_at_once(serve: Callable[..., Process]) -> None:
    process = serve("--set", "web.shutdown_timeout_s=300")
    address = process.event("started")["address"]
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        head = f"POST {PATH} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}X-Auth-Token: {TOKEN}\r\nContent-Length: 9\r\n\r\n".encode())
        assert get(f"{address}/healthz")[0] == 200
        process.child.send_signal(signal.SIGTERM)
        process.child.send_signal(signal.SIGINT)
        assert process.wait() in (128 + signal.SIGTERM, 128 + signal.SIGINT)


def test_signals_count_while_the_models_are_still_loading(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    # A disk that never answers: nobody writes into the pipe that the loader reads.
    manifest = tmp_path / "slow" / "manifest.json"
    manifest.parent.mkdir()
    os.mkfifo(manifest)
    process = serve(bundle=manifest.parent)
    writer = -1

    def reading() -> bool:
        nonlocal writer
        assert process.child.poll() is None, process.log
        with contextlib.suppress(OSError):  # ENXIO while nobody reads
            writer = os.open(manifest, os.O_WRONLY | os.O_NONBLOCK)
        return writer >= 0

    wait_until(reading, "the loading")
    try:
        process.child.send_signal(signal.SIGTERM)
        process.child.send_signal(signal.SIGINT)
        assert process.wait() in (128 + signal.SIGTERM, 128 + signal.SIGINT)
    finally:
        os.close(writer)


def test_a_wrong_certificate_is_fatal(serve: Callable[..., Process], tmp_path: Path) -> None:
    path = tmp_path / "none.pem"
    path.write_text("no certificate")
    process = serve("--set", f"web.tls_certificate={path}", "--set", f"web.tls_key_file={path}")
    assert process.wait() == 3
    assert "web: the HTTP server did not start" in process.log[-1]["text"]
