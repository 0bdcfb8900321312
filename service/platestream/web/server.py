"""Serving the application: uvicorn in a thread of its own, beside the stream or alone."""

import asyncio
import math
import socket
import threading
import time
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from platestream.telemetry.logs import get_logger
from platestream.telemetry.metrics import Metrics
from platestream.web.acceptor import Acceptor
from platestream.web.connections import Connections, affordable
from platestream.web.protocol import Connection, Deadlines
from platestream.web.settings import WebSettings

# Binding and start-up take milliseconds; a machine that swaps takes seconds.
_START_TIMEOUT_S: Final = 30.0
_POLL_S: Final = 0.01
log = get_logger(__name__)


class WebServer:
    """Serves ``app`` where ``settings`` say.

    Args:
        app: The ASGI application.
        settings: Address, TLS, connections and the time that shutdown may take.
        metrics: Where connections are counted.

    Raises:
        OSError: From the constructor, when the address cannot be bound.
    """

    def __init__(self, app: ASGIApp, settings: WebSettings, metrics: Metrics) -> None:
        self._socket = _bind(settings.host, settings.port)
        self.host = settings.host
        self.port: int = self._socket.getsockname()[1]
        self._server = _Server(_uvicorn_config(app, settings), settings, metrics)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self._join_timeout = settings.shutdown_timeout_s + _START_TIMEOUT_S

    def start(self) -> None:
        """Begin to answer.

        Raises:
            RuntimeError: When the server does not come up, with the reason.
        """
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the HTTP server did not start") from self._failure
            time.sleep(_POLL_S)

    def close(self) -> None:
        """Take no more connections, finish the requests in flight, then end."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(self._join_timeout)
        self._socket.close()

    def _serve(self) -> None:
        # Away from the main thread uvicorn leaves signals alone: they belong to the process.
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        except BaseException as error:  # noqa: BLE001 - told to whoever starts it
            self._failure = error


class _Server(uvicorn.Server):
    """uvicorn, with our connections on our listening socket."""

    def __init__(self, config: uvicorn.Config, settings: WebSettings, metrics: Metrics) -> None:
        super().__init__(config)
        self._settings = settings
        self._metrics = metrics

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections in on ``sockets``; in the place of uvicorn's own, which has no bound."""
        await self.lifespan.startup()
        settings, metrics = self._settings, self._metrics
        connections = Connections(affordable(settings.max_connections), metrics)
        if connections.capacity < settings.max_connections:
            log.warning("fewer HTTP connections than set", descriptors_allow=connections.capacity)
        deadlines = Deadlines(
            head=settings.head_timeout_s,
            rest=settings.body_timeout_s,
            idle=settings.keep_alive_s,
        )

        def make() -> Connection:
            return Connection(
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
                connections=connections,
                deadlines=deadlines,
                metrics=metrics,
            )

        acceptors: list[Any] = [  # uvicorn closes them, and waits for that
            Acceptor(
                listening,
                make,
                connections,
                tls=self.config.ssl,
                handshake_s=settings.head_timeout_s,
            )
            for listening in sockets or ()
        ]
        self.servers = acceptors
        self.started = True


def _uvicorn_config(app: ASGIApp, settings: WebSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",  # or an installed library would answer upgrades in its own words
        workers=1,  # or WEB_CONCURRENCY of the environment would be read
        lifespan="off",
        access_log=False,  # the application logs requests itself, with their ids
        log_config=None,
        log_level="error",  # its warnings are one line for each malformed request
        server_header=False,
        # Nobody reads the caller's address or scheme here, so nobody may forge them either.
        proxy_headers=False,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key_file,
        timeout_graceful_shutdown=round(settings.shutdown_timeout_s) or 1,
        timeout_keep_alive=math.ceil(settings.keep_alive_s),
    )


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
