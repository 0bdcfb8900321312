"""Verification of signed requests: the vendor's ``SDK-HMAC-SHA256`` scheme, as its SDKs send it.

A request is turned into a canonical text (method, path, query, the headers named as signed, hash
of the body); the text's hash and the time stamp are signed with the secret key. The server does the
same and compares.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote

from platestream.contract.errors import ErrorCode, FrameError

ALGORITHM: Final = "SDK-HMAC-SHA256"
DATE_HEADER: Final = "x-sdk-date"
_DATE_FORMAT: Final = "%Y%m%dT%H%M%SZ"
# The vendor's gateway refuses a time stamp that is more than 15 minutes off, either way.
MAX_CLOCK_SKEW: Final = timedelta(minutes=15)
_FIELDS: Final = re.compile(
    rf"{ALGORITHM} Access=(?P<access>[^,\s]{{1,256}}), ?"
    r"SignedHeaders=(?P<headers>[a-z0-9;_-]{1,2048}), ?Signature=(?P<signature>[0-9a-f]{64})"
)
# Without these a signature would hold for another host or another day.
_MUST_BE_SIGNED: Final = frozenset({"host", DATE_HEADER})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """The parts of a request that a signature covers.

    Attributes:
        method: Upper case.
        path: The path as it came, percent-encoding included.
        query: Decoded name and value pairs in the order they came.
        headers: Lower-case names to values.
        body: The whole body.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature whose time and key are good, before the request it covers is complete.

    Attributes:
        signed_headers: Names of the headers that it covers.
        stamp: Its time stamp.
        value: 64 hexadecimal digits.
        secret_key: Of the access key that it names.
    """

    signed_headers: tuple[str, ...]
    stamp: str
    value: str
    secret_key: str = field(repr=False)

    def require(self, request: SignedRequest) -> None:
        """Refuse a request that is not the signed one.

        Raises:
            FrameError: APIG.0301.
        """
        expected = sign(request, self.signed_headers, self.stamp, self.secret_key)
        if not hmac.compare_digest(expected, self.value):
            raise _refused("The signature does not match.")


def is_signature(authorization: str) -> bool:
    """Whether an ``Authorization`` header is of this scheme, well-formed or not."""
    return authorization.strip().partition(" ")[0].upper() == ALGORITHM


def open_signature(
    headers: Mapping[str, str],
    secret_of: Callable[[str], str | None],
    *,
    now: datetime | None = None,
) -> Signature:
    """Take the signature out of a request's head and refuse what no body could make good.

    An unknown key is told at once and thereby apart from a wrong signature: access keys are names,
    sent in the clear with every request, and a stranger's body is not worth its memory.

    Args:
        headers: Lower-case names to values.
        secret_of: Gives the secret key of an access key, or None where it is unknown.
        now: The time to hold the time stamp against; the present where None.

    Raises:
        FrameError: APIG.0301 for a malformed or stale signature or an unknown key.
    """
    match = _FIELDS.fullmatch(headers.get("authorization", "").strip())
    if match is None:
        raise _refused("The Authorization header is malformed.")
    signed_headers = tuple(match["headers"].split(";"))
    if not _MUST_BE_SIGNED.issubset(signed_headers):
        raise _refused("The headers host and x-sdk-date must be signed.")
    stamp = headers.get(DATE_HEADER, "")
    _check_time(stamp, now if now is not None else datetime.now(UTC))
    secret = secret_of(match["access"])
    if not secret:
        raise _refused("The signature does not match.")
    return Signature(signed_headers, stamp, match["signature"], secret)


def sign(request: SignedRequest, signed_headers: Sequence[str], stamp: str, secret_key: str) -> str:
    """The signature of ``request`` in lower-case hexadecimal."""
    canonical = canonical_request(request, signed_headers)
    to_sign = f"{ALGORITHM}\n{stamp}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def canonical_request(request: SignedRequest, signed_headers: Sequence[str]) -> str:
    """The text that is signed: one line for each part, headers one line each."""
    path = "/".join(_encode(segment) for segment in unquote(request.path).split("/"))
    query = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(request.query))
    headers = "".join(
        f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed_headers
    )
    return "\n".join(
        (
            request.method,
            path if path.endswith("/") else f"{path}/",
            query,
            headers,
            ";".join(signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def _check_time(stamp: str, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(stamp, _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise _refused("The header X-Sdk-Date is missing or malformed.") from None
    if abs(now - signed_at) > MAX_CLOCK_SKEW:
        raise _refused("The time stamp is more than 15 minutes off.")


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _refused(detail: str) -> FrameError:
    return FrameError(ErrorCode.INVALID_SIGNATURE, detail)
