"""Serving the application: uvicorn in a thread of its own, beside the stream or alone."""

import asyncio
import socket
import threading
import time
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from platestream.web.settings import WebSettings

# Binding and start-up take milliseconds; a machine that swaps takes seconds.
_START_TIMEOUT_S: Final = 30.0
_POLL_S: Final = 0.01
# More than the largest rush that admission lets in; the kernel refuses beyond it.
_BACKLOG: Final = 1024


class WebServer:
    """Serves ``app`` where ``settings`` say.

    Args:
        app: The ASGI application.
        settings: Address, TLS and the time that shutdown may take.

    Raises:
        OSError: From the constructor, when the address cannot be bound.
    """

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._socket = _bind(settings.host, settings.port)
        self.host = settings.host
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,  # the application logs requests itself, with their ids
            log_config=None,
            server_header=False,
            # Nobody reads the caller's address or scheme here, so nobody may forge them either.
            proxy_headers=False,
            ws="none",  # or an installed library would answer upgrades in its own words
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key_file,
            timeout_graceful_shutdown=round(settings.shutdown_timeout_s) or 1,
            backlog=_BACKLOG,
        )
        # Away from the main thread uvicorn leaves signals alone: they belong to the process.
        self._server = uvicorn.Server(config)
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
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        except BaseException as error:  # noqa: BLE001 - told to whoever starts it
            self._failure = error


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
