"""Fetching over real HTTP and TLS servers on loopback."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import trustme

from platestream.contract.errors import ErrorCode
from tests.stream.fetch.conftest import (
    Handler,
    MakeFetcher,
    Route,
    SpyBackend,
    TableResolver,
    WebServer,
    failure_of,
    serving,
)


def picture() -> bytes:
    done, data = cv2.imencode(".png", np.full((20, 30, 3), 120, np.uint8))
    assert done
    return data.tobytes()


def serve(body: bytes, **headers: str) -> Route:
    return lambda handler: handler.answer(
        200, body, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def redirect(location: str, status: int = 302) -> Route:
    return lambda handler: handler.answer(status, b"", {"Location": location})


def test_a_picture_arrives_byte_for_byte(local: MakeFetcher, web: WebServer) -> None:
    body = picture()
    web.routes["/frames/a b.png"] = web.routes["/frames/a%20b.png"] = serve(body)
    assert local().fetch(f"{web.url}/frames/a%20b.png?sig=x%2Fy#part") == body
    path, headers = web.requests[0]
    assert path == "/frames/a%20b.png?sig=x%2Fy"
    assert headers["host"] == f"127.0.0.1:{web.port}"
    assert headers["accept-encoding"] == "identity"


def test_connections_are_reused(local: MakeFetcher, web: WebServer) -> None:
    web.routes["/p"] = serve(b"picture")
    fetcher = local()
    assert [fetcher.fetch(f"{web.url}/p") for _ in range(3)] == [b"picture"] * 3
    assert web.connections == 1


def test_no_cookies_and_no_proxies(
    local: MakeFetcher, web: WebServer, other: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url)
    web.routes["/p"] = serve(b"picture", Set_Cookie="id=1; Path=/")
    fetcher = local()
    fetcher.fetch(f"{web.url}/p")
    fetcher.fetch(f"{web.url}/p")
    assert all("cookie" not in headers for _, headers in web.requests)
    assert other.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(
    status: int, local: MakeFetcher, web: WebServer, other: WebServer
) -> None:
    web.routes["/a"] = redirect("/b", status)
    web.routes["/b"] = redirect(f"{other.url}/c?x=1", status)
    other.routes["/c"] = serve(b"picture")
    assert local().fetch(f"{web.url}/a") == b"picture"
    assert other.requests[0][0] == "/c?x=1"


@pytest.mark.parametrize(
    ("location", "label"),
    [
        ("http://10.0.0.1/", "refused"),
        ("http://169.254.169.254/latest/", "refused"),
        ("//192.168.0.1/", "refused"),
        ("http://[::1]:{port}/", "refused"),
        ("http://0x7f000001:{port}/", "refused"),
        ("http://inner.example.com:{port}/", "refused"),
        ("http://user:pw@127.0.0.1:{port}/", "refused"),
        ("http://127.0.0.1:1/", "refused"),
        ("file:///etc/passwd", "redirect"),
        ("ftp://127.0.0.1/", "redirect"),
        ("s3://frames/key", "redirect"),
        ("http://[::1/", "redirect"),
        ("", "redirect"),
    ],
)
def test_every_hop_is_guarded(
    location: str, label: str, local: MakeFetcher, web: WebServer, spy: SpyBackend
) -> None:
    web.routes["/a"] = redirect(location.replace("{port}", str(web.port)))
    resolver = TableResolver({"inner.example.com": [["10.1.1.1"]]})
    error = failure_of(local(resolver), f"{web.url}/a")
    assert (error.code, error.failure.label) == (ErrorCode.URL_FETCH_FAILED, label)
    assert not error.transient
    assert spy.connects == [("127.0.0.1", web.port)]
    assert len(web.requests) == 1


def test_a_redirect_loop_ends(local: MakeFetcher, web: WebServer) -> None:
    web.routes["/a"] = redirect("/a")
    error = failure_of(local(max_redirects=4), f"{web.url}/a")
    assert error.failure.label == "redirect"
    assert len(web.requests) == 5


def test_redirects_can_be_switched_off(local: MakeFetcher, web: WebServer) -> None:
    web.routes["/a"] = redirect("/b")
    assert failure_of(local(max_redirects=0), f"{web.url}/a").failure.label == "redirect"
    assert len(web.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_client_error_is_final(status: int, local: MakeFetcher, web: WebServer) -> None:
    web.routes["/a"] = lambda handler: handler.answer(status, b"no")
    error = failure_of(local(), f"{web.url}/a")
    assert (error.code, error.transient) == (ErrorCode.URL_FETCH_FAILED, False)
    assert str(status) in error.detail
    assert len(web.requests) == 1


def test_a_name_that_changes_its_answer_is_not_asked_twice(
    local: MakeFetcher, web: WebServer, other: WebServer, spy: SpyBackend
) -> None:
    """DNS rebinding: public at the check, loopback afterwards."""
    web.routes["/p"] = serve(b"picture", Connection="close")
    spy.route["93.184.216.34"] = web
    resolver = TableResolver({"rebind.example.com": [["93.184.216.34"], ["127.0.0.1"]]})
    fetcher = local(resolver, allow_networks=(), allow_ports=(other.port,))
    url = f"http://rebind.example.com:{other.port}/p"
    assert fetcher.fetch(url) == b"picture"
    assert resolver.asked == ["rebind.example.com"]
    assert spy.connects == [("93.184.216.34", other.port)]
    assert failure_of(fetcher, url).failure.label == "refused"
    assert spy.connects == [("93.184.216.34", other.port)]
    assert other.connections == 0


def test_the_next_address_is_tried_where_the_first_is_away(
    local: MakeFetcher, web: WebServer, spy: SpyBackend
) -> None:
    web.routes["/p"] = serve(b"picture")
    spy.route["93.184.216.34"] = web
    resolver = TableResolver({"two.example.com": [["1.1.1.1", "93.184.216.34"]]})
    assert local(resolver).fetch("http://two.example.com/p") == b"picture"
    assert spy.connects == [("1.1.1.1", 80), ("93.184.216.34", 80)]


class TestTls:
    NAMES = TableResolver(
        {"frames.example.com": [["127.0.0.1"]], "else.example.com": [["127.0.0.1"]]}
    )

    @pytest.fixture
    def server_names(self) -> list[str | None]:
        return []

    @pytest.fixture
    def secure(self, authority: trustme.CA, server_names: list[str | None]) -> Iterator[WebServer]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("frames.example.com").configure_cert(context)
        context.sni_callback = lambda _sock, name, _context: server_names.append(name)
        with serving(context) as server:
            server.routes["/p"] = serve(b"picture")
            yield server

    def test_the_certificate_is_checked_against_the_name(
        self,
        local: MakeFetcher,
        secure: WebServer,
        ca_file: Path,
        server_names: list[str | None],
        spy: SpyBackend,
    ) -> None:
        fetcher = local(self.NAMES, ca_file=ca_file, allow_ports=(secure.port,))
        assert fetcher.fetch(f"https://frames.example.com:{secure.port}/p") == b"picture"
        assert server_names == ["frames.example.com"]
        assert spy.connects == [("127.0.0.1", secure.port)]
        error = failure_of(fetcher, f"https://else.example.com:{secure.port}/p")
        assert (error.failure.label, error.transient) == ("certificate", False)
        assert failure_of(fetcher, f"https://127.0.0.1:{secure.port}/p").failure is error.failure
        assert len(secure.requests) == 1

    def test_an_unknown_authority_is_not_trusted(
        self, local: MakeFetcher, secure: WebServer
    ) -> None:
        fetcher = local(self.NAMES, allow_ports=(secure.port,))
        error = failure_of(fetcher, f"https://frames.example.com:{secure.port}/p")
        assert error.failure.label == "certificate"
        assert secure.requests == []

    def test_redirects_go_up_to_tls_and_never_down(
        self, local: MakeFetcher, secure: WebServer, web: WebServer, ca_file: Path
    ) -> None:
        safe = f"https://frames.example.com:{secure.port}"
        web.routes["/up"] = redirect(f"{safe}/p")
        secure.routes["/down"] = redirect(f"{web.url}/up")
        fetcher = local(self.NAMES, ca_file=ca_file, allow_ports=(web.port, secure.port))
        assert fetcher.fetch(f"{web.url}/up") == b"picture"
        assert failure_of(fetcher, f"{safe}/down").failure.label == "redirect"
        assert len(web.requests) == 1

    def test_plain_text_on_a_tls_url_is_a_failed_fetch(
        self, local: MakeFetcher, web: WebServer
    ) -> None:
        error = failure_of(local(max_attempts=1), f"https://127.0.0.1:{web.port}/")
        assert error.code is ErrorCode.URL_FETCH_FAILED


def test_an_unanswered_request_handler_sees_no_body(local: MakeFetcher, web: WebServer) -> None:
    """An answer that is no HTTP is a broken one, and may be better later."""

    def nonsense(handler: Handler) -> None:
        handler.wfile.write(b"\x00\x01 nonsense\r\n\r\n")
        handler.close_connection = True

    web.routes["/a"] = nonsense
    error = failure_of(local(max_attempts=1), f"{web.url}/a")
    assert (error.failure.label, error.transient) == ("broken", True)
