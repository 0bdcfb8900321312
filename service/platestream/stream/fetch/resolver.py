"""Name look-up with a time limit, returning addresses to be checked before any is used."""

import concurrent.futures
import ipaddress
import socket
from typing import Final, Protocol

from platestream.stream.fetch.addresses import IPAddress
from platestream.stream.fetch.errors import FetchError, FetchFailure

# "No such name" and "no address of that kind": the name is wrong. Others: the name server is away.
_PERMANENT: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5)})


class Resolver(Protocol):
    """Turns a host name into addresses."""

    def resolve(self, host: str, port: int, timeout: float) -> tuple[IPAddress, ...]:
        """All addresses of ``host``, in order of preference, within ``timeout`` seconds.

        Raises:
            FetchError: ``UNRESOLVED``, ``LOOKUP`` or ``TIMEOUT``.
        """

    def close(self) -> None:
        """Accept no further look-ups."""


class SystemResolver:
    """The operating system's resolver (hosts file, search domains), run in threads of its own.

    ``getaddrinfo`` cannot be given a time-out or be interrupted: a look-up that hangs keeps its
    thread until the system gives up, while the caller is released on time.

    Args:
        threads: Look-ups at the same time.
    """

    def __init__(self, threads: int) -> None:
        self._threads = concurrent.futures.ThreadPoolExecutor(threads, "platestream-resolver")

    def resolve(self, host: str, port: int, timeout: float) -> tuple[IPAddress, ...]:
        """All addresses of ``host``; see :class:`Resolver`."""
        try:
            future = self._threads.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        except RuntimeError as error:
            raise FetchError(FetchFailure.CLOSED) from error
        try:
            found = future.result(timeout)
        except concurrent.futures.TimeoutError as error:
            future.cancel()
            raise FetchError(FetchFailure.TIMEOUT) from error
        except concurrent.futures.CancelledError as error:
            raise FetchError(FetchFailure.CLOSED) from error
        except socket.gaierror as error:
            permanent = error.errno in _PERMANENT
            failure = FetchFailure.UNRESOLVED if permanent else FetchFailure.LOOKUP
            raise FetchError(failure) from error
        except (OSError, UnicodeError) as error:
            raise FetchError(FetchFailure.UNRESOLVED) from error
        addresses = (ipaddress.ip_address(sockaddr[0]) for *_, sockaddr in found)
        return tuple(dict.fromkeys(addresses))

    def close(self) -> None:
        """Accept no further look-ups; does not wait for those under way."""
        self._threads.shutdown(wait=False, cancel_futures=True)
