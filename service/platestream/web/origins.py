"""Under which names the interface answers where nobody has to say who they are.

A web page may give its own name the address of this machine and ask from the operator's browser
(DNS rebinding): for the browser that is the page's own host, and nothing but ``Host`` tells it
apart. So without credentials only names that cannot be somebody else's are answered, and a request
that a page of another origin makes is refused.
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from platestream.contract.errors import ErrorCode, FrameError

_ANY: Final = "*"
_LOOPBACK_NAME: Final = "localhost"
# Browsers leave these out of Host and Origin; other clients may write them.
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Handler = Callable[[Request], Awaitable[Response]]


class OwnHosts:
    """Refuses requests for hosts that are not the interface's own.

    Args:
        bound: The address that the interface listens on. Loopback names and addresses are always
            its own; on every address of the machine (``0.0.0.0``, ``::``) so is any address, which
            no name can be bent to.
        allowed: Further names, without ports; ``*`` for all.
    """

    def __init__(self, bound: str, allowed: tuple[str, ...]) -> None:
        self._allowed = {_name(host) for host in (*allowed, bound)}
        self._all = _ANY in allowed
        address = _address(_name(bound))
        self._everywhere = address is not None and address.is_unspecified

    def only(self, handler: Handler) -> Handler:
        """``handler`` for the interface's own hosts and origins."""

        async def guarded(request: Request) -> Response:
            self.require(request.headers)
            return await handler(request)

        return guarded

    def require(self, headers: Headers) -> None:
        """Refuse a foreign host or origin.

        Raises:
            FrameError: AIS.0101.
        """
        host = headers.get("host", "")
        if not self._is_own(host):
            raise FrameError(
                ErrorCode.INVALID_PARAMETER,
                "Without credentials this host is not served; see web.allowed_hosts.",
            )
        origin = headers.get("origin")
        if origin is not None and not self._all and not _same(origin, host):
            raise FrameError(
                ErrorCode.INVALID_PARAMETER, "Without credentials no other origin is served."
            )

    def _is_own(self, host: str) -> bool:
        if self._all:
            return True
        name = _host_name(f"http://{host}")
        if name is None:
            return False
        address = _address(name)
        if address is not None and (address.is_loopback or self._everywhere):
            return True
        return name == _LOOPBACK_NAME or name in self._allowed


def _same(origin: str, host: str) -> bool:
    scheme = origin.partition("://")[0].lower()
    if scheme not in _DEFAULT_PORTS:  # "null", of a file or a sandbox, among them
        return False
    ours, theirs = f"{scheme}://{host}", origin
    try:
        ports = {urlsplit(url).port or _DEFAULT_PORTS[scheme] for url in (ours, theirs)}
    except ValueError:
        return False
    return len(ports) == 1 and _host_name(ours) == _host_name(theirs)


def _host_name(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.hostname is None or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return _name(parts.hostname)


def _name(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
