"""Connections that misbehave, and the end of the interface."""

import base64
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from platestream.stream import reloading
from platestream.web.credentials import hash_token
from platestream.web.settings import WebSettings
from tests.stream.waiting import wait_until
from tests.web.interfaces import Interface, certified, open_interface
from tests.web.test_app import GOOD, PATH, RESULT, HeldReader

HEAD = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def connected(interface: Interface) -> Iterator[socket.socket]:
    host, port = interface.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        yield connection


def requests_counted(interface: Interface, code: str, error_code: str) -> float:
    labels = {"code": code, "error_code": error_code}
    return (
        interface.metrics.registry.get_sample_value("platestream_http_requests_total", labels) or 0
    )


@pytest.fixture
def narrow() -> Iterator[Interface]:
    """An interface with one place, so that one that is not given back shows at once."""
    settings = WebSettings(port=0, no_auth=True, max_admitted=1, body_timeout_s=0.3)
    with open_interface(settings) as interface:
        yield interface


def test_a_body_that_trickles_is_ended_and_its_place_given_back(narrow: Interface) -> None:
    with connected(narrow) as connection:
        connection.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n{{".encode())
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 504")
    assert b"APIG.0201" in answer
    assert narrow.client.post(PATH, json=GOOD).json() == RESULT


def test_a_client_that_leaves_mid_body_gives_its_place_back(narrow: Interface) -> None:
    with connected(narrow) as connection:
        connection.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n{{".encode())
    wait_until(lambda: requests_counted(narrow, "499", "") == 1, "the end of the request")
    assert narrow.client.post(PATH, json=GOOD).json() == RESULT


def test_a_client_that_leaves_before_its_answer_harms_nobody() -> None:
    reader = HeldReader()
    settings = WebSettings(port=0, no_auth=True, max_admitted=1)
    with open_interface(settings, reader=reader) as interface:
        body = json.dumps(GOOD).encode()
        with connected(interface) as connection:
            connection.sendall(f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert reader.entered.wait(30)
        reader.go.set()
        wait_until(lambda: interface.pipeline.pending == 0, "the end of the request")
        wait_until(
            lambda: interface.client.post(PATH, json=GOOD).status_code == 200,
            "the place to be free",
        )


@pytest.mark.parametrize(
    "line",
    ["NONSENSE\r\n\r\n", "POST / HTTP/9.9\r\n\r\n", "GET /\x00 HTTP/1.1\r\n\r\n", "\x16\x03\x01"],
)
def test_what_is_no_http_is_refused_and_the_interface_stays_open(
    narrow: Interface, line: str
) -> None:
    with connected(narrow) as connection:
        connection.sendall(line.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert not answer or answer.split()[1] in (b"400", b"404", b"505")
    assert narrow.client.post(PATH, json=GOOD).json() == RESULT


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "DELETE", "BREW"])
def test_other_methods_do_not_exist(narrow: Interface, method: str) -> None:
    answer = narrow.client.request(method, PATH)
    assert (answer.status_code, answer.headers["x-error-code"]) == (404, "APIG.0101")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "-1"},
        {"Content-Length": "1e3"},
        {"Content-Length": "9" * 5000},
        {"Transfer-Encoding": "gzip"},
        {"Enterprise-Project-Id": "é" * 100},
        {"X-Request-Id": "x" * 4000},
        {"Content-Type": "application/json; charset=\x80"},
    ],
    ids=str,
)
def test_strange_headers_never_are_a_server_error(
    narrow: Interface, headers: dict[str, str]
) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with connected(narrow) as connection:
        connection.sendall(f"{HEAD}{lines}\r\n".encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 504"))
    assert narrow.client.post(PATH, json=GOOD).json() == RESULT


def test_closing_finishes_the_requests_in_flight_and_takes_no_more() -> None:
    reader = HeldReader()
    with (
        open_interface(WebSettings(port=0, no_auth=True), reader=reader) as interface,
        ThreadPoolExecutor(2) as threads,
    ):
        answer = threads.submit(interface.client.post, PATH, json=GOOD)
        assert reader.entered.wait(30)
        closed = threads.submit(interface.http.close)

        def refused() -> bool:
            try:
                httpx.get(f"{interface.url}/healthz", trust_env=False, timeout=5)
            except httpx.TransportError:
                return True
            return False

        wait_until(refused, "the interface to close")
        assert not answer.done()
        reader.go.set()
        assert answer.result(30).json() == RESULT
        closed.result(30)


def test_an_open_live_page_does_not_hold_the_end_up() -> None:
    settings = WebSettings(port=0, no_auth=True, shutdown_timeout_s=60)
    ended = threading.Event()
    with open_interface(settings) as interface, ThreadPoolExecutor(1) as threads:
        listening = threading.Event()

        def listen() -> None:
            with interface.client.stream("GET", "/live/events") as answer:
                for _ in answer.iter_lines():
                    listening.set()
            ended.set()

        watching = threads.submit(listen)
        assert listening.wait(30)
        interface.http.close()
        watching.result(30)
    assert ended.is_set()


@pytest.mark.filterwarnings("ignore:.*TLSv1_1:DeprecationWarning")
def test_tls(tmp_path: Path) -> None:
    chain, key, authority = certified(tmp_path)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    settings = WebSettings(port=0, no_auth=True, tls_certificate=chain, tls_key_file=key)
    with open_interface(settings, verify=trusting) as interface:
        assert interface.url.startswith("https://")
        assert interface.client.post(PATH, json=GOOD).json() == RESULT
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(f"{interface.url}/healthz", trust_env=False)
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority.configure_trust(old)
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{interface.url}/healthz", trust_env=False, verify=old)


def test_an_unusable_certificate_is_told(tmp_path: Path) -> None:
    path = tmp_path / "none.pem"
    path.write_text("no certificate")
    settings = WebSettings(port=0, no_auth=True, tls_certificate=path, tls_key_file=path)
    with pytest.raises(RuntimeError, match="did not start"), open_interface(settings):
        pass


def test_a_token_is_rotated_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reloading, "_CHECK_EVERY_S", 0.0)
    path = tmp_path / "credentials.yaml"

    def write(*tokens: str) -> None:
        project = {"tokens": [hash_token(token) for token in tokens]}
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"projects": {"p1": project}}))
        fresh.replace(path)  # as Kubernetes does it: never half a file

    def status(token: str) -> int:
        answer = interface.client.post(PATH, json=GOOD, headers={"X-Auth-Token": token})
        return answer.status_code

    write("old")
    with open_interface(WebSettings(port=0, credentials=path)) as interface:
        assert (status("old"), status("new")) == (200, 401)
        write("old", "new")
        assert (status("old"), status("new")) == (200, 200)
        write("new")
        assert (status("old"), status("new")) == (401, 200)
        path.unlink()  # a slip: the last good content stays
        assert status("new") == 200


def test_no_request_changes_what_a_later_one_gets(narrow: Interface) -> None:
    image = {"image": base64.b64encode(b"GIF89a....").decode()}
    for _ in range(3):
        assert narrow.client.post(PATH, json=image).status_code == 400
        assert narrow.client.post(PATH, json=GOOD).json() == RESULT
