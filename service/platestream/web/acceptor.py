"""Taking connections in: one at a time, as many as there may be, and quietly where there are none.

asyncio's own server accepts whatever comes, and where file descriptors run out it writes a line for
every connection that the backlog might hold. Here a silent connection gives way; one line says so.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

from platestream.telemetry.logs import get_logger
from platestream.web.connections import Connections, Phase
from platestream.web.protocol import Connection

# More than the largest rush that admission lets in; the kernel refuses beyond it.
_BACKLOG: Final = 1024
# Descriptors come back when connections end, which takes seconds where their ends are slow.
_PAUSE_S: Final = 1.0
# One line says it; the metric counts.
_LOG_EVERY_S: Final = 60.0
log = get_logger(__name__)


class Acceptor:
    """Accepts on one listening socket; what uvicorn expects of a server.

    Args:
        listening: Bound, not yet listening.
        make: Makes a connection's protocol.
        connections: Which are open, and how many may be.
        tls: None for plain HTTP.
        handshake_s: Longest time for a TLS handshake, seconds.
    """

    def __init__(
        self,
        listening: socket.socket,
        make: Callable[[], Connection],
        connections: Connections,
        *,
        tls: ssl.SSLContext | None,
        handshake_s: float,
    ) -> None:
        self._listening = listening
        self._make = make
        self._connections = connections
        self._tls = tls
        self._handshake_s = handshake_s if tls is not None else None
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._quiet_until = 0.0
        listening.setblocking(False)
        listening.listen(_BACKLOG)
        self._loop.add_reader(listening.fileno(), self._accept)

    def close(self) -> None:
        """Take no more connections; those whose handshake is not done end."""
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listening.fileno())
        for opening in self._opening:
            opening.cancel()

    async def wait_closed(self) -> None:
        """Wait for the handshakes to end."""
        await asyncio.gather(*self._opening, return_exceptions=True)

    def _accept(self) -> None:
        """Take one connection in: the loop comes back for the next, after everybody else's turn."""
        try:
            accepted, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            self._give_way(error)
            return
        if not self._connections.make_room():
            self._connections.count("full")
            accepted.close()
            return
        connection = self._make()
        self._connections.enter(connection, Phase.HEAD)
        task = self._loop.create_task(self._open(connection, accepted))
        connection.opening = task
        self._opening.add(task)
        task.add_done_callback(lambda done: self._opened(done, accepted))

    async def _open(self, connection: Connection, accepted: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=self._tls,
                ssl_handshake_timeout=self._handshake_s,
            )
        except (OSError, asyncio.CancelledError):  # no TLS, too late, or gone
            self._connections.remove(connection)

    def _opened(self, task: asyncio.Task[None], accepted: socket.socket) -> None:
        self._opening.discard(task)
        if task.cancelled():  # before it began: nobody else knows the socket
            accepted.close()

    def _give_way(self, error: OSError) -> None:
        """Out of descriptors or memory: end a silent connection, or wait where there is none."""
        if not self._connections.displace("no_descriptors"):
            self._loop.remove_reader(self._listening.fileno())
            self._pause = self._loop.call_later(
                _PAUSE_S, self._loop.add_reader, self._listening.fileno(), self._accept
            )
        if self._loop.time() >= self._quiet_until:
            self._quiet_until = self._loop.time() + _LOG_EVERY_S
            log.error("no room for another connection", reason=error.strerror)
