"""The telemetry endpoint: ``/metrics``, ``/healthz`` and ``/readyz`` on their own port and thread.

Apart from the HTTP interface on purpose: probes and scrapes must be answered while the interface is
busy, closed, or absent.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from platestream.telemetry.health import Health, HealthReport

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

# A scraper that goes silent mid-request must not hold a thread for ever; Prometheus itself gives
# up after 10 s by default.
_SOCKET_TIMEOUT_S = 10.0
_ALLOWED_METHODS = ("GET", "HEAD")
# How long a stop may have to wait for a thread to look up; the standard library's half second would
# be the longest part of many a stop.
_LOOK_UP_S = 0.05


class TelemetryServer:
    """Serves one registry and one :class:`Health` over HTTP.

    Args:
        registry: What ``/metrics`` exposes.
        health: What the probes ask.
        host: Address to listen on.
        port: Port to listen on; 0 picks a free one (see :attr:`port`).

    Raises:
        OSError: From the constructor, when the address cannot be bound.
    """

    def __init__(
        self, registry: CollectorRegistry, health: Health, *, host: str, port: int
    ) -> None:
        self._metrics_app = make_wsgi_app(registry)
        self._health = health
        self._scraped = threading.Event()
        self._server = make_server(
            host, port, self._app, server_class=_server_class(host), handler_class=_QuietHandler
        )
        self.host = host
        self.port: int = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _LOOK_UP_S},
            name="platestream-telemetry",
            daemon=True,
        )

    def start(self) -> None:
        """Begin to answer, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def wait_for_scrape(self, seconds: float, stopped: Callable[[], bool]) -> bool:
        """Wait until ``/metrics`` is read once more, for the figures of a service that ends.

        Args:
            seconds: How long at most.
            stopped: Whether there is no time for it after all.

        Returns:
            Whether it was read.
        """
        self._scraped.clear()
        deadline = time.monotonic() + seconds
        while not stopped() and time.monotonic() < deadline:
            if self._scraped.wait(_LOOK_UP_S):
                return True
        return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _app(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") not in _ALLOWED_METHODS:
            return _answer(start_response, HTTPStatus.METHOD_NOT_ALLOWED, {"status": "GET only"})
        match environ.get("PATH_INFO"):
            case "/metrics":
                exposed: Iterable[bytes] = self._metrics_app(environ, start_response)
                return _Told(exposed, self._scraped)
            case "/healthz":
                return _answer_report(start_response, self._health.liveness())
            case "/readyz":
                return _answer_report(start_response, self._health.readiness())
            case _:
                return _answer(start_response, HTTPStatus.NOT_FOUND, {"status": "not found"})


def _answer_report(start_response: StartResponse, report: HealthReport) -> Iterable[bytes]:
    status = HTTPStatus.OK if report.ok else HTTPStatus.SERVICE_UNAVAILABLE
    return _answer(start_response, status, report.as_dict())


def _answer(
    start_response: StartResponse, status: HTTPStatus, body: dict[str, object]
) -> Iterable[bytes]:
    data = json.dumps(body).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [data]


class _Told:
    """An answer that says when all of it was sent."""

    def __init__(self, parts: Iterable[bytes], sent: threading.Event) -> None:
        self._parts = parts
        self._sent = sent

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts
        self._sent.set()


class _QuietHandler(WSGIRequestHandler):
    """Without a line on stderr per scrape."""

    timeout = _SOCKET_TIMEOUT_S

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: scrapes are not events."""


def _server_class(host: str) -> type[ThreadingWSGIServer]:
    if ":" not in host:
        return ThreadingWSGIServer
    import socket

    class IPv6Server(ThreadingWSGIServer):
        address_family = socket.AF_INET6

    return IPv6Server
