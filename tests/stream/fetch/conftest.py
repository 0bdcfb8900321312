"""Real servers on loopback, a resolver that answers from a table, and a spy on connections."""

import contextlib
import http.server
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore
import pytest
import trustme

from platestream.stream.fetch import FetchError, FetchFailure, FetchSettings, GuardedFetcher
from platestream.stream.fetch.addresses import IPAddress
from platestream.telemetry.metrics import Metrics

Route = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Dispatches to the route of the path; 404 where there is none."""

    protocol_version = "HTTP/1.1"
    server: "WebServer"

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.requests.append(
                (self.path, {k.lower(): v for k, v in self.headers.items()})
            )
        route = self.server.routes.get(self.path.partition("?")[0])
        with contextlib.suppress(OSError):  # the client may hang up on us: that is the test
            if route is None:
                self.answer(404, b"no")
            else:
                route(self)

    def answer(
        self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Be silent."""


class WebServer(http.server.ThreadingHTTPServer):
    """A real HTTP server; ``stopping`` ends routes that would go on for ever."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = context
        self.routes: dict[str, Route] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.connections = 0
        self.stopping = threading.Event()
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get_request(self) -> tuple[Any, Any]:
        sock, address = super().get_request()
        self.connections += 1
        if self.context is not None:
            sock = self.context.wrap_socket(sock, server_side=True)
        return sock, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be silent: broken connections are part of the tests."""


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    server = WebServer(context)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as server:
        yield server


@pytest.fixture
def other() -> Iterator[WebServer]:
    with serving() as server:
        yield server


class TableResolver:
    """Answers from a table; a list of lists is consumed answer by answer, the last one stays."""

    def __init__(self, table: Mapping[str, Iterable[Iterable[str]]]) -> None:
        self.table = {name: [tuple(answer) for answer in found] for name, found in table.items()}
        self.asked: list[str] = []

    def resolve(self, host: str, port: int, timeout: float) -> tuple[IPAddress, ...]:
        del port, timeout
        self.asked.append(host)
        answers = self.table.get(host)
        if not answers:
            raise FetchError(FetchFailure.UNRESOLVED)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return tuple(ipaddress.ip_address(text) for text in answer)

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class SpyBackend(httpcore.SyncBackend):
    """Records every address connected to; ``route`` leads public addresses to a local server."""

    route: dict[str, WebServer] = field(default_factory=dict)
    connects: list[tuple[str, int]] = field(default_factory=list)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.connects.append((host, port))
        if host in self.route:
            host, port = "127.0.0.1", self.route[host].port
        elif not ipaddress.ip_address(host).is_loopback:
            raise httpcore.ConnectError("tests do not leave this machine")
        return super().connect_tcp(host, port, timeout, local_address, socket_options)


@pytest.fixture
def spy() -> SpyBackend:
    return SpyBackend()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


MakeFetcher = Callable[..., GuardedFetcher]


@pytest.fixture
def make(metrics: Metrics, spy: SpyBackend) -> Iterator[MakeFetcher]:
    """Makes fetchers, closed at the end; ``resolver`` aside, keywords are settings."""
    with contextlib.ExitStack() as stack:

        def build(resolver: TableResolver | None = None, **settings: Any) -> GuardedFetcher:
            return stack.enter_context(
                GuardedFetcher(FetchSettings(**settings), metrics, resolver=resolver, backend=spy)
            )

        yield build


@pytest.fixture
def local(make: MakeFetcher, web: WebServer, other: WebServer) -> MakeFetcher:
    """Makes fetchers that may reach the two servers on loopback."""

    def build(resolver: TableResolver | None = None, **settings: Any) -> GuardedFetcher:
        defaults: dict[str, Any] = {
            "allow_networks": ("127.0.0.0/8",),
            "allow_ports": (80, 443, web.port, other.port),
            "backoff_initial_s": 0.01,
            "backoff_max_s": 0.05,
        }
        return make(resolver, **(defaults | settings))

    return build


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def failure_of(fetcher: GuardedFetcher, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    return caught.value
