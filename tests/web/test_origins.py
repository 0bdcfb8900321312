"""Without credentials: which names and origins are answered, over a real connection."""

import http.client
import json
from collections.abc import Iterator

import pytest

from platestream.web.settings import WebSettings
from tests.web.interfaces import Interface, open_interface
from tests.web.test_app import GOOD, PATH

EVENTS = "/live/events"


@pytest.fixture(scope="module")
def interface() -> Iterator[Interface]:
    settings = WebSettings(port=0, no_auth=True, allowed_hosts=("plates.example",))
    with open_interface(settings) as interface:
        yield interface


def asked(interface: Interface, path: str, headers: dict[str, str]) -> tuple[int, str | None]:
    """Status and error code; the client writes the headers as they are, Host among them."""
    connection = http.client.HTTPConnection("127.0.0.1", interface.http.port, timeout=30)
    try:
        connection.putrequest("POST" if path == PATH else "GET", path, skip_host=True)
        body = json.dumps(GOOD).encode() if path == PATH else b""
        lengths = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in ({**headers, **lengths} if body else headers).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("x-error-code")
    finally:
        connection.close()


@pytest.mark.parametrize("path", [PATH, EVENTS])
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "localhost", "LocalHost.:80", "[::1]:8080", "127.9.9.9", "plates.example:1"],
)
def test_own_names_are_answered(interface: Interface, path: str, host: str) -> None:
    assert asked(interface, path, {"Host": host}) == (200, None)
    assert asked(interface, path, {"Host": host, "Origin": f"http://{host}"}) == (200, None)


@pytest.mark.parametrize("path", [PATH, EVENTS])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8080",
        "192.0.2.1",
        "user@localhost",
        "localhost/x",
        "",
    ],
)
def test_a_name_that_was_bent_to_this_address_is_refused(
    interface: Interface, path: str, host: str
) -> None:
    assert asked(interface, path, {"Host": host}) == (400, "AIS.0101")


@pytest.mark.parametrize("path", [PATH, EVENTS])
@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:9999", "file://", "https://", "http://[::"],
)
def test_another_pages_request_is_refused(interface: Interface, path: str, origin: str) -> None:
    headers = {"Host": "localhost:8080", "Origin": origin}
    assert asked(interface, path, headers) == (400, "AIS.0101")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_ask_by_any_name(interface: Interface, path: str) -> None:
    assert asked(interface, path, {"Host": "10.0.0.7:8080"})[0] == 200


def test_on_all_addresses_any_address_is_own_but_no_foreign_name() -> None:
    with open_interface(WebSettings(host="0.0.0.0", port=0, no_auth=True)) as interface:
        assert asked(interface, EVENTS, {"Host": "192.0.2.1:8080"})[0] == 200
        assert asked(interface, EVENTS, {"Host": "[2001:db8::1]:8080"})[0] == 200
        assert asked(interface, EVENTS, {"Host": "evil.example"}) == (400, "AIS.0101")


def test_a_star_answers_every_name() -> None:
    with open_interface(WebSettings(port=0, no_auth=True, allowed_hosts=("*",))) as interface:
        headers = {"Host": "any.example", "Origin": "http://other.example"}
        assert asked(interface, EVENTS, headers)[0] == 200
