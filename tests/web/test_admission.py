"""The order in which a request is judged, over real connections that hold bodies back."""

import contextlib
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from platestream.web.credentials import hash_token
from platestream.web.settings import WebSettings
from platestream.web.signing import SignedRequest, sign
from tests.stream.waiting import wait_until
from tests.web.interfaces import Interface, open_interface
from tests.web.test_app import GOOD, PATH, RESULT, HeldReader
from tests.web.test_connections import connected, requests_counted

KEY, SECRET = "AKEXAMPLE", "sk/example+"
JSON = {"content-type": "application/json"}
TOKEN = JSON | {"x-auth-token": "t0ken"}


@contextlib.contextmanager
def guarded(tmp_path: Path, **settings: object) -> Iterator[Interface]:
    """Two projects with the same token; the first one signs, too."""
    path = tmp_path / "credentials.yaml"
    tokens = {"tokens": [hash_token("t0ken")]}
    path.write_text(
        json.dumps({"projects": {"p1": {**tokens, "keys": {KEY: SECRET}}, "p2": tokens}})
    )
    fields = {"port": 0, "credentials": path, **settings}
    with open_interface(WebSettings.model_validate(fields)) as interface:
        yield interface


def signed(body: bytes, *, secret: str = SECRET, **headers: str) -> dict[str, str]:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    covered = {"host": "localhost", "x-sdk-date": stamp}
    request = SignedRequest(method="POST", path=PATH, query=[], headers=covered, body=body)
    value = sign(request, ["host", "x-sdk-date"], stamp, secret)
    fields = f"Access={KEY}, SignedHeaders=host;x-sdk-date, Signature={value}"
    return JSON | covered | {"authorization": f"SDK-HMAC-SHA256 {fields}"} | headers


def send_head(connection: socket.socket, headers: dict[str, str], path: str = PATH) -> None:
    """The head and one byte of a body that never comes, chunked."""
    lines = "".join(
        f"{name}: {value}\r\n" for name, value in ({"host": "localhost"} | headers).items()
    )
    head = f"POST {path} HTTP/1.1\r\n{lines}transfer-encoding: chunked\r\n\r\n"
    connection.sendall(f"{head}1\r\n{{\r\n".encode())


def status_of(connection: socket.socket) -> tuple[int, str]:
    """Status and error code of the answer that must come though the body does not."""
    head = connection.recv(4096).decode()
    code = next(
        (line[14:] for line in head.split("\r\n") if line.lower().startswith("x-error-code:")), ""
    )
    return int(head.split()[1]), code


def hold_back(
    interface: Interface, stack: contextlib.ExitStack, headers: dict[str, str], requests: int
) -> None:
    """Have so many requests inside whose bodies do not come."""
    for number in range(1, requests + 1):
        send_head(stack.enter_context(connected(interface)), headers)
        wait_until(partial(inside, interface, number), "the request to be let in")


def inside(interface: Interface, requests: int) -> bool:
    name = "platestream_http_requests_in_progress"
    return interface.metrics.registry.get_sample_value(name) == requests


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"authorization": "x"}, "ModelArts.4101"),
        ({"authorization": "Basic dTpw", "x-auth-token": "wrong"}, "ModelArts.0203"),
        ({"authorization": "SDK-HMAC-SHA256 x"}, "APIG.0301"),
        (signed(b"") | {"x-sdk-date": "20200101T000000Z"}, "APIG.0301"),
        (
            {name: value.replace(KEY, "AKOTHER") for name, value in signed(b"").items()},
            "APIG.0301",
        ),
    ],
    ids=["any", "token", "malformed", "stale", "key"],
)
def test_strangers_are_told_before_their_body(
    tmp_path: Path, headers: dict[str, str], code: str
) -> None:
    """More of them than there are places, and none of them takes one."""
    with guarded(tmp_path, max_admitted=2) as interface, contextlib.ExitStack() as stack:
        for _ in range(4):
            connection = stack.enter_context(connected(interface))
            send_head(connection, JSON | headers)
            assert status_of(connection) == (401, code)
        answer = interface.client.post(PATH, json=GOOD, headers=TOKEN)
        assert answer.json() == RESULT


def test_a_key_without_its_secret_takes_its_own_projects_share_at_most(tmp_path: Path) -> None:
    other = "/v2/p2/ocr/license-plate"
    with guarded(tmp_path, max_admitted=4) as interface, contextlib.ExitStack() as stack:
        hold_back(interface, stack, signed(b"", secret="wrong"), 2)
        assert interface.client.post(PATH, json=GOOD, headers=TOKEN).status_code == 429
        assert interface.client.post(other, json=GOOD, headers=TOKEN).json() == RESULT


def test_a_projects_bodies_leave_room_for_anothers(tmp_path: Path) -> None:
    bounds = {"max_body_bytes": 100_000, "max_body_memory": 400_000, "memory_timeout_s": 0.1}
    other = "/v2/p2/ocr/license-plate"
    with guarded(tmp_path, **bounds) as interface, contextlib.ExitStack() as stack:
        hold_back(interface, stack, TOKEN, 2)  # of unknown length: the largest is kept for each
        assert interface.client.post(PATH, json=GOOD, headers=TOKEN).status_code == 429
        assert interface.client.post(other, json=GOOD, headers=TOKEN).json() == RESULT


def test_a_project_that_is_alone_has_everything() -> None:
    bounds = WebSettings(port=0, no_auth=True, max_admitted=2, body_timeout_s=60)
    with open_interface(bounds) as interface, contextlib.ExitStack() as stack:
        hold_back(interface, stack, JSON, 2)
        assert interface.client.post(PATH, json=GOOD).status_code == 429


def test_the_rate_is_counted_before_the_body(tmp_path: Path) -> None:
    with guarded(tmp_path, rate_limit="1/minute") as interface, connected(interface) as connection:
        assert interface.client.post(PATH, json=GOOD, headers=TOKEN).json() == RESULT
        send_head(connection, TOKEN)
        assert status_of(connection) == (429, "APIG.0308")


def test_false_signatures_do_not_use_up_a_projects_rate(tmp_path: Path) -> None:
    body = json.dumps(GOOD).encode()
    with guarded(tmp_path, rate_limit="2/minute") as interface:

        def status(headers: dict[str, str]) -> int:
            return interface.client.post(PATH, content=body, headers=headers).status_code

        assert [status(signed(body, secret="wrong")) for _ in range(4)] == [401] * 4
        assert [status(signed(body)) for _ in range(3)] == [200, 200, 429]


def test_a_client_that_leaves_is_cancelled_and_counted_as_such() -> None:
    reader = HeldReader()
    body = json.dumps(GOOD).encode()
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with open_interface(WebSettings(port=0, no_auth=True), reader=reader) as interface:

        def came(frames: int) -> bool:
            return len(interface.frames) == frames

        try:
            with contextlib.ExitStack() as stack:
                for waiting in range(1, 9):
                    connection = stack.enter_context(connected(interface))
                    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                    wait_until(partial(came, waiting), "the frame")
                    assert reader.entered.wait(30)
            wait_until(lambda: requests_counted(interface, "499", "") == 8, "all to be counted")
            # The first one was in the models already; nobody waits for the others.
            wait_until(lambda: interface.pipeline.pending <= 1, "the others to be cancelled")
        finally:
            reader.go.set()
        wait_until(lambda: interface.pipeline.pending == 0, "the first one's end")
        assert interface.client.post(PATH, json=GOOD).json() == RESULT
        assert reader.pictures == 2
