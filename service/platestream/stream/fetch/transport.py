"""The guarded way to the network: every connection goes to an address that was just checked.

The guard sits where the socket is opened, below redirects, retries and connection pooling, so there
is no way around it. A name is resolved once per connection, all its addresses must be allowed, and
the socket is opened to one of those addresses, not to the name: a name server that changes its
answer (DNS rebinding) is never asked a second time. TLS still checks the certificate against the
name.
"""

import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from platestream.stream.fetch.addresses import AddressPolicy, IPAddress
from platestream.stream.fetch.deadlines import current_deadline
from platestream.stream.fetch.errors import FetchError, FetchFailure
from platestream.stream.fetch.resolver import Resolver

SocketOptions = Iterable[httpcore.SOCKET_OPTION]


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose every wait is cut to the deadline of the fetch that uses it."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, current_deadline().cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, current_deadline().cut(timeout))

    def close(self) -> None:
        # Closing alone does not wake a thread that waits on the socket; shutting down does. The
        # plain socket's method, as the TLS one would pull the session from under that thread.
        sock = self._inner.get_extra_info("socket")
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = current_deadline().cut(timeout)
        try:
            return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, limit))
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise FetchError(FetchFailure.CERTIFICATE) from error
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens sockets only to addresses that the policy admits.

    Args:
        policy: Decides on addresses.
        resolver: Turns names into addresses.
        inner: Opens the sockets; is only ever given IP addresses.
    """

    def __init__(
        self, policy: AddressPolicy, resolver: Resolver, inner: httpcore.NetworkBackend
    ) -> None:
        self._policy = policy
        self._resolver = resolver
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of ``host`` that answers.

        Raises:
            FetchError: ``REFUSED`` where any address of the host is not admitted, or what the
                resolver raises.
            httpcore.ConnectError: No address answers.
            httpcore.ConnectTimeout: The last address did not answer in time.
        """
        deadline = current_deadline()
        failure: Exception = FetchError(FetchFailure.UNRESOLVED)
        for address in self._addresses(host, port, deadline.cut(timeout)):
            try:
                stream = self._inner.connect_tcp(
                    str(address), port, deadline.cut(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream)
        raise failure

    def _addresses(self, host: str, port: int, timeout: float) -> tuple[IPAddress, ...]:
        try:
            found: tuple[IPAddress, ...] = (ipaddress.ip_address(host),)
        except ValueError:
            found = self._resolver.resolve(host, port, timeout)
        # One bad address spoils the name: a mixed answer is how a filter on the first is passed.
        if not all(self._policy.admits(address) for address in found):
            raise FetchError(FetchFailure.REFUSED)
        return found

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """Never: no URL leads to a local socket."""
        del path, timeout, socket_options
        raise FetchError(FetchFailure.REFUSED)


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        if hasattr(self._inner, "close"):
            self._inner.close()


class GuardedTransport(httpx.BaseTransport):
    """An httpx transport over a connection pool on a :class:`GuardedBackend`. Knows no proxies.

    Args:
        backend: Opens the connections.
        ssl_context: Verifies certificates.
        connections: Size of the pool.
    """

    def __init__(
        self, backend: httpcore.NetworkBackend, ssl_context: ssl.SSLContext, connections: int
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=connections,
            max_keepalive_connections=connections,
            # Below the idle limit of common servers, so that they are not the first to close.
            keepalive_expiry=10.0,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``; raises ``httpcore`` exceptions and :class:`FetchError`."""
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        if not isinstance(response.stream, Iterable):  # pragma: no cover - async only
            raise TypeError("the connection pool answered with an asynchronous stream")
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response.stream)
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
