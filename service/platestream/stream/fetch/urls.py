"""From the text a sender wrote to a target in one canonical form.

Everything that two parsers could read in two ways (white space, back-slashes, credentials before
the host, numbers for addresses, look-alike characters) is refused or brought into canonical form
here, once, so that what is checked is what is asked for.
"""

import ipaddress
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import idna

from platestream.stream.fetch.errors import FetchError, FetchFailure
from platestream.stream.fetch.settings import FetchSettings

# Longer than any signed object-store URL; short enough that parsing hostile ones costs nothing.
_MAX_CHARACTERS: Final = 8192
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_MAX_HOST: Final = 253
_MAX_KEY_BYTES: Final = 1024  # the limit of S3, Azure and Google Cloud alike


@dataclass(frozen=True, slots=True)
class WebTarget:
    """An http(s) URL. ``host`` is ASCII in lower case; an IP address is in its canonical form."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def url(self) -> str:
        """The canonical URL, without fragment. May carry a signature: never log it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if _DEFAULT_PORTS[self.scheme] == self.port else f":{self.port}"
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{host}{port}{self.path}{query}"


@dataclass(frozen=True, slots=True)
class ObjectTarget:
    """An object of a configured store."""

    scheme: str
    bucket: str
    key: str


def parse_target(url: str, settings: FetchSettings) -> WebTarget | ObjectTarget:
    """Parse ``url`` and check all that can be checked without the network.

    Raises:
        FetchError: ``INVALID_URL``, ``SCHEME`` or ``REFUSED``.
    """
    if len(url) > _MAX_CHARACTERS:
        raise FetchError(FetchFailure.INVALID_URL, f"The url exceeds {_MAX_CHARACTERS} characters.")
    # urlsplit silently drops tabs and line ends, and other parsers read "\" as "/".
    if not url.isprintable() or "\\" in url or " " in url:
        raise FetchError(FetchFailure.INVALID_URL)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError(FetchFailure.INVALID_URL) from error
    if not parts.scheme:
        raise FetchError(FetchFailure.INVALID_URL)
    if parts.scheme in settings.schemes:
        return _web_target(parts, port, settings)
    if any(store.scheme == parts.scheme for store in settings.stores):
        return _object_target(parts, settings)
    raise FetchError(FetchFailure.SCHEME)


def _web_target(parts: SplitResult, port: int | None, settings: FetchSettings) -> WebTarget:
    if not parts.netloc or not parts.hostname:
        raise FetchError(FetchFailure.INVALID_URL)
    if "@" in parts.netloc:
        raise FetchError(FetchFailure.REFUSED, "Credentials in the url are not allowed.")
    host = _canonical_host(parts.hostname, bracketed="[" in parts.netloc)
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    if port not in settings.allow_ports:
        raise FetchError(FetchFailure.REFUSED, "The port of the url is not allowed.")
    if any(fnmatchcase(host, pattern) for pattern in settings.deny_hosts):
        raise FetchError(FetchFailure.REFUSED)
    allowed = settings.allow_hosts
    if allowed and not any(fnmatchcase(host, pattern) for pattern in allowed):
        raise FetchError(FetchFailure.REFUSED)
    return WebTarget(parts.scheme, host, port, parts.path or "/", parts.query)


def _canonical_host(host: str, *, bracketed: bool) -> str:
    if "%" in host:  # an IPv6 zone, or an escape that only some parsers undo
        raise FetchError(FetchFailure.REFUSED)
    if bracketed:
        try:
            return ipaddress.IPv6Address(host).compressed
        except ValueError as error:
            raise FetchError(FetchFailure.INVALID_URL) from error
    try:
        # Full-width and circled digits, ideographic full stops and the like become ASCII here.
        host = idna.uts46_remap(host, std3_rules=False)
        if not host.isascii():
            host = idna.encode(host, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise FetchError(FetchFailure.INVALID_URL) from error
    labels = host.removesuffix(".").split(".")
    host = ".".join(labels)
    if _NUMERIC.fullmatch(labels[-1]):
        # Octal, hexadecimal, one-number and short forms are addresses to some resolvers only.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise FetchError(FetchFailure.REFUSED) from error
    if len(host) > _MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise FetchError(FetchFailure.INVALID_URL)
    return host


def _object_target(parts: SplitResult, settings: FetchSettings) -> ObjectTarget:
    if parts.query or parts.fragment:
        raise FetchError(FetchFailure.INVALID_URL, "An object url takes no query or fragment.")
    bucket = parts.netloc
    if not any(s.scheme == parts.scheme and bucket in s.buckets for s in settings.stores):
        raise FetchError(FetchFailure.REFUSED, "The bucket of the url is not allowed.")
    try:
        key = unquote(parts.path.removeprefix("/"), errors="strict")
    except UnicodeDecodeError as error:
        raise FetchError(FetchFailure.INVALID_URL) from error
    segments = key.split("/")
    if not key.isprintable() or any(segment in {"", ".", ".."} for segment in segments):
        raise FetchError(FetchFailure.INVALID_URL, "The object's key is not valid.")
    if len(key.encode()) > _MAX_KEY_BYTES:
        raise FetchError(FetchFailure.INVALID_URL, "The object's key is too long.")
    return ObjectTarget(parts.scheme, bucket, key)
