"""The fetcher's table of hostile URLs once more, as a caller of the HTTP interface has it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from platestream.contract.errors import ErrorCode
from platestream.stream.fetch import FetchSettings, GuardedFetcher
from platestream.telemetry.metrics import Metrics
from platestream.web.settings import WebSettings
from tests.stream.fetch.conftest import SpyBackend, TableResolver, WebServer, serving
from tests.stream.fetch.test_hostile_urls import HOSTILE, NAMES
from tests.web.interfaces import Interface, open_interface

PATH = "/v2/p1/ocr/license-plate"
PUBLIC = "93.184.216.34"


@dataclass
class Trap:
    """An interface that fetches, and a server on loopback that must not be reached."""

    interface: Interface
    spy: SpyBackend
    server: WebServer

    def ask(self, url: str) -> tuple[int, str]:
        # Escaped, so that even a lone surrogate travels.
        body = json.dumps({"url": url.replace("{port}", str(self.server.port))})
        headers = {"content-type": "application/json"}
        answer = self.interface.client.post(PATH, content=body, headers=headers)
        return answer.status_code, answer.json()["error_code"]


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with serving() as server:
        spy = SpyBackend(route={PUBLIC: server})
        table = NAMES | {"public.example.com": [[PUBLIC]]}
        fetcher = GuardedFetcher(
            FetchSettings(allow_ports=(80, 443, server.port), max_attempts=1),
            Metrics(),
            resolver=TableResolver(table),
            backend=spy,
        )
        with (
            fetcher,
            open_interface(WebSettings(port=0, no_auth=True), fetcher=fetcher) as interface,
        ):
            yield Trap(interface, spy, server)


@pytest.mark.parametrize(("url", "code"), HOSTILE)
def test_a_hostile_url_is_refused_with_the_documented_code(
    trap: Trap, url: str, code: ErrorCode
) -> None:
    before = len(trap.spy.connects)
    assert trap.ask(url) == (400, code.code)
    assert len(trap.spy.connects) == before


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/"]
)
def test_a_redirect_into_the_house_is_refused(trap: Trap, target: str) -> None:
    location = target.replace("{port}", str(trap.server.port))
    trap.server.routes["/away"] = lambda handler: handler.answer(302, b"", {"Location": location})
    connections = trap.server.connections
    assert trap.ask("http://public.example.com/away") == (400, ErrorCode.URL_FETCH_FAILED.code)
    assert trap.server.connections == connections + 1  # the redirect itself, no more


def test_an_answer_says_nothing_about_where_the_url_led(trap: Trap) -> None:
    bodies = {
        trap.interface.client.post(PATH, json={"url": url}).text
        for url in ("http://db.internal/?s3cr3t", "http://none.internal/", "http://10.0.0.1/")
    }
    assert len(bodies) == 1
    assert "internal" not in bodies.pop()
