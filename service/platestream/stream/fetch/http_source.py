"""One attempt at an http(s) URL: redirects followed by hand, each hop guarded like the first."""

from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import urljoin

import httpcore
import httpx

from platestream.stream.fetch.addresses import AddressPolicy
from platestream.stream.fetch.bodies import read_body, too_large, whole_number
from platestream.stream.fetch.deadlines import Deadline, under
from platestream.stream.fetch.errors import FetchError, FetchFailure
from platestream.stream.fetch.resolver import Resolver
from platestream.stream.fetch.settings import FetchSettings
from platestream.stream.fetch.transport import GuardedBackend, GuardedTransport
from platestream.stream.fetch.urls import WebTarget, parse_target

_REDIRECTS: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
# Besides 5xx: the host itself says that a later request may work.
_TRY_LATER: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_HEADERS: Final = {
    "User-Agent": "platestream",
    "Accept": "image/*, application/octet-stream;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",  # pictures are compressed already; less to be bombed with
}


class HttpSource:
    """Gets pictures over http(s). Safe to use from several threads.

    Args:
        settings: The limits.
        resolver: Turns names into addresses.
        backend: Opens sockets to addresses that passed the guard.

    Raises:
        OSError: ``ca_file`` cannot be read (``ssl.SSLError`` where it holds no certificate).
    """

    def __init__(
        self, settings: FetchSettings, resolver: Resolver, backend: httpcore.NetworkBackend
    ) -> None:
        self._settings = settings
        context = httpx.create_ssl_context(trust_env=False)
        if settings.ca_file is not None:
            context.load_verify_locations(cafile=settings.ca_file)
        guarded = GuardedBackend(AddressPolicy.of(settings), resolver, backend)
        timeout = httpx.Timeout(settings.read_timeout_s, connect=settings.connect_timeout_s)
        # One sender's cookies must not travel with another sender's frame.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._client = httpx.Client(
            transport=GuardedTransport(guarded, context, settings.concurrency),
            headers=_HEADERS,
            timeout=timeout,
            cookies=no_cookies,
            follow_redirects=False,
            trust_env=False,  # no proxy from the environment: it would connect unguarded
        )

    def get(self, target: WebTarget, deadline: Deadline) -> bytes:
        """The body that ``target`` leads to.

        Raises:
            FetchError: Any failure but those of parsing.
        """
        with under(deadline):
            for _ in range(self._settings.max_redirects + 1):
                found = self._hop(target)
                if isinstance(found, bytes):
                    return found
                target = found
        raise FetchError(FetchFailure.REDIRECT, "The host redirects too often.")

    def close(self) -> None:
        """Close all connections; attempts under way fail."""
        self._client.close()

    def _hop(self, target: WebTarget) -> bytes | WebTarget:
        try:
            with self._client.stream("GET", target.url) as response:
                if response.status_code in _REDIRECTS:
                    return self._redirected(target, response.headers.get("Location"))
                return self._body(response)
        except httpcore.TimeoutException as error:
            raise FetchError(FetchFailure.TIMEOUT) from error
        except (httpcore.ConnectError, httpcore.ConnectionNotAvailable) as error:
            raise FetchError(FetchFailure.UNREACHABLE) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise FetchError(FetchFailure.BROKEN) from error
        except httpx.HTTPError as error:  # httpx reads Location even where it does not follow it
            raise FetchError(FetchFailure.REDIRECT) from error
        except (httpx.InvalidURL, httpcore.UnsupportedProtocol) as error:
            raise FetchError(FetchFailure.INVALID_URL) from error
        except ValueError as error:  # header bytes that are no text
            raise FetchError(FetchFailure.BROKEN) from error
        except RuntimeError as error:
            if not self._client.is_closed:
                raise
            raise FetchError(FetchFailure.CLOSED) from error

    def _body(self, response: httpx.Response) -> bytes:
        status = response.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_LATER:
            raise FetchError(
                FetchFailure.SERVER,
                f"The host answered with status {status}.",
                retry_after_s=whole_number(response.headers.get("Retry-After")),
            )
        if status != HTTPStatus.OK:
            raise FetchError(FetchFailure.STATUS, f"The host answered with status {status}.")
        limit = self._settings.max_bytes
        length = whole_number(response.headers.get("Content-Length"))
        if length is not None and length > limit:
            raise too_large(limit)
        return read_body(response.iter_raw(), response.headers.get("Content-Encoding", ""), limit)

    def _redirected(self, target: WebTarget, location: str | None) -> WebTarget:
        if not location:
            raise FetchError(FetchFailure.REDIRECT)
        try:
            following = parse_target(urljoin(target.url, location), self._settings)
        except (FetchError, ValueError) as error:
            # The sender's parameter was fine: a bad redirect is a failed fetch, whatever is bad.
            refused = isinstance(error, FetchError) and error.failure is FetchFailure.REFUSED
            failure = FetchFailure.REFUSED if refused else FetchFailure.REDIRECT
            raise FetchError(failure) from error
        if not isinstance(following, WebTarget):
            raise FetchError(FetchFailure.REDIRECT)
        if target.scheme == "https" and following.scheme != "https":
            raise FetchError(FetchFailure.REDIRECT, "The host redirects from https to http.")
        return following
