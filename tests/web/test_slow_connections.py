"""Connections that hold something back: each wait ends, and nobody else waits for it."""

import contextlib
import json
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from platestream.web.credentials import hash_token
from platestream.web.settings import WebSettings
from tests.stream.waiting import wait_until
from tests.web.interfaces import Interface, certified, open_interface
from tests.web.test_app import GOOD, PATH, RESULT
from tests.web.test_connections import HEAD, connected, requests_counted

SOON = 0.2


def dropped(interface: Interface, reason: str) -> float:
    name = "platestream_http_connections_dropped_total"
    return interface.metrics.registry.get_sample_value(name, {"reason": reason}) or 0


def open_now(interface: Interface) -> float | None:
    return interface.metrics.registry.get_sample_value("platestream_http_connections")


def everything(connection: socket.socket) -> bytes:
    """All that comes until the interface closes the connection, cleanly or not."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65536):
            received += data
    return received


def answer_of(connection: socket.socket) -> bytes:
    """One answer to its end; the connection may stay open."""
    received = b""
    while not received.endswith(b"}"):
        data = connection.recv(4096)
        assert data, received
        received += data
    return received


def trickle(connection: socket.socket, data: bytes) -> None:
    """A byte at a time, for as long as the interface takes them."""
    with contextlib.suppress(OSError):
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(SOON / 10)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    """Short deadlines, and credentials."""
    path = tmp_path_factory.mktemp("credentials") / "credentials.yaml"
    path.write_text(json.dumps({"projects": {"p1": {"tokens": [hash_token("t0ken")]}}}))
    settings = WebSettings(
        port=0, credentials=path, head_timeout_s=SOON, body_timeout_s=SOON, keep_alive_s=SOON
    )
    with open_interface(settings) as interface:
        yield interface


def test_a_silent_connection_is_closed(hasty: Interface) -> None:
    with connected(hasty) as connection:
        assert everything(connection) == b""


def test_half_a_head_is_told_that_it_is_late(hasty: Interface) -> None:
    with connected(hasty) as connection:
        connection.sendall(HEAD[:40].encode())
        answer = everything(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nx-error-code: AIS.0101\r\n" in head + b"\r\n"
    assert "in time" in json.loads(body)["error_msg"]


def test_a_head_that_trickles_is_not_waited_for(hasty: Interface) -> None:
    before = dropped(hasty, "late")
    with connected(hasty) as connection:
        trickle(connection, HEAD.encode())
    assert dropped(hasty, "late") == before + 1


def test_the_rest_of_a_refused_body_is_not_waited_for(hasty: Interface) -> None:
    """Answered before its body, so that no time-out of a request is at work any more."""
    before = dropped(hasty, "late")
    with connected(hasty) as connection:
        connection.sendall(f"{HEAD}Content-Length: 100000\r\n\r\n".encode())
        assert answer_of(connection).startswith(b"HTTP/1.1 401")
        trickle(connection, b" " * 100)
    assert dropped(hasty, "late") == before + 1


def test_a_connection_that_is_kept_alive_ends_some_day(hasty: Interface) -> None:
    with connected(hasty) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 200")
    with connected(hasty) as connection:  # likewise after the rest of a refused body
        connection.sendall(f"{HEAD}Content-Length: 2\r\n\r\n".encode())
        assert answer_of(connection).startswith(b"HTTP/1.1 401")
        connection.sendall(b"{}")
        assert everything(connection) == b""


def test_a_connection_is_kept_for_longer_than_proxies_keep_theirs() -> None:
    assert WebSettings().keep_alive_s > 60
    settings = WebSettings(port=0, no_auth=True, head_timeout_s=SOON, body_timeout_s=SOON)
    with open_interface(settings) as interface, connected(interface) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        assert answer_of(connection).startswith(b"HTTP/1.1 200")
        with connected(interface) as silent:
            assert everything(silent) == b""  # its time is over; that of the other is not
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        assert answer_of(connection).startswith(b"HTTP/1.1 200")


def test_a_client_that_reads_nothing_is_cut_off(hasty: Interface) -> None:
    with connected(hasty) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            for _ in range(100_000):
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_until(lambda: dropped(hasty, "stalled") == 1, "the connection to be cut off")


def test_silence_shuts_nobody_out() -> None:
    settings = WebSettings(port=0, no_auth=True, max_connections=8)
    with open_interface(settings) as interface, contextlib.ExitStack() as stack:
        kept = stack.enter_context(httpx.Client(base_url=interface.url, trust_env=False))
        kept.get("/healthz")
        for _ in range(50):
            stack.enter_context(connected(interface))
            assert (open_now(interface) or 0) <= 8
        for _ in range(5):
            with connected(interface) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
                assert answer_of(connection).startswith(b"HTTP/1.1 200")
        assert dropped(interface, "displaced") >= 43
        # Whoever had a request before is the last to go.
        (pooled,) = kept._transport._pool.connections  # type: ignore[attr-defined]
        assert kept.get("/healthz").status_code == 200
        assert kept._transport._pool.connections == [pooled]  # type: ignore[attr-defined]


def test_where_all_are_at_work_the_next_is_refused() -> None:
    settings = WebSettings(port=0, no_auth=True, max_connections=2)
    with open_interface(settings) as interface, contextlib.ExitStack() as stack:
        for _ in range(2):
            connection = stack.enter_context(connected(interface))
            connection.sendall(f"{HEAD}Content-Length: 100\r\n\r\n{{".encode())
        in_progress = "platestream_http_requests_in_progress"
        wait_until(
            lambda: interface.metrics.registry.get_sample_value(in_progress) == 2, "both to begin"
        )
        with connected(interface) as surplus:
            assert everything(surplus) == b""
        assert dropped(interface, "full") == 1


def test_tls_that_never_shakes_hands_shuts_nobody_out(tmp_path: Path) -> None:
    chain, key, authority = certified(tmp_path)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    settings = WebSettings(
        port=0, no_auth=True, tls_certificate=chain, tls_key_file=key, max_connections=4
    )
    with (
        open_interface(settings, verify=trusting) as interface,
        contextlib.ExitStack() as stack,
    ):
        address = ("127.0.0.1", interface.http.port)
        for _ in range(20):
            stack.enter_context(socket.create_connection(address, timeout=30))
        assert interface.client.post(PATH, json=GOOD).json() == RESULT
        assert dropped(interface, "displaced") >= 16
    with open_interface(
        settings.model_copy(update={"head_timeout_s": SOON}), verify=trusting
    ) as interface:
        with socket.create_connection(("127.0.0.1", interface.http.port), timeout=30) as silent:
            assert everything(silent) == b""
        wait_until(lambda: open_now(interface) == 0, "the connection to be forgotten")


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000,
        HEAD.encode() + b"X-Auth-Token: t0ken\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=lambda request_: repr(request_[-24:]),
)
def test_malformed_http_is_answered_in_the_contracts_form(
    hasty: Interface, request_: bytes
) -> None:
    before = requests_counted(hasty, "400", "AIS.0101")
    with connected(hasty) as connection:
        connection.sendall(request_)
        answer = everything(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-type: application/json" in head
    assert json.loads(body)["error_code"] == "AIS.0101"
    wait_until(lambda: requests_counted(hasty, "400", "AIS.0101") == before + 1, "it to be counted")


def test_nonsense_after_an_answer_ends_the_connection_quietly(
    hasty: Interface, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(hasty) as connection:
        connection.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        assert answer_of(connection).startswith(b"HTTP/1.1 401")
        connection.sendall(b"zz\r\n")
        assert everything(connection) == b""
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_the_end_of_the_interface_waits_for_no_slow_connection(tmp_path: Path) -> None:
    path = tmp_path / "credentials.yaml"
    path.write_text(json.dumps({"projects": {}}))
    settings = WebSettings(port=0, credentials=path, shutdown_timeout_s=60)
    with open_interface(settings) as interface, contextlib.ExitStack() as stack:
        silent, half, rest, idle = (stack.enter_context(connected(interface)) for _ in range(4))
        half.sendall(HEAD[:40].encode())
        rest.sendall(f"{HEAD}Content-Length: 100000\r\n\r\n".encode())
        assert answer_of(rest).startswith(b"HTTP/1.1 401")
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
        assert answer_of(idle).startswith(b"HTTP/1.1 200")
        wait_until(lambda: open_now(interface) == 4, "all to be there")
        interface.http.close()
        assert dropped(interface, "late") == 0  # no deadline was waited for
        assert [everything(connection) for connection in (silent, half, rest, idle)] == [b""] * 4
