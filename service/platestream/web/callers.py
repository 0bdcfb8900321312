"""What the interface knows of a request before its body."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

REQUEST_ID_HEADER: Final = "x-request-id"
# The vendor's ids are 32 hex digits; a private installation may name its projects.
PROJECT_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# A caller's own id is kept where it is harmless in headers and logs.
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The head of a request.

    Attributes:
        request_id: The id of the request in logs, answers and events.
        method: Upper case.
        raw_path: The path as it came, percent-encoding included, without the query.
        query: Decoded names and values in the order they came.
        headers: Lower-case names to values.
    """

    request_id: str
    method: str
    raw_path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]


def caller_of(request: Request) -> Caller:
    """Take the head of ``request``, whose id the application has already given."""
    raw: bytes | None = request.scope.get("raw_path")
    return Caller(
        request_id=request.state.request_id,
        method=request.method,
        raw_path=raw.decode("latin-1").partition("?")[0] if raw else request.url.path,
        query=request.query_params.multi_items(),
        headers=request.headers,
    )


def request_id_of(headers: Mapping[str, str]) -> str:
    """The caller's request id where it sent a usable one, else a fresh one."""
    given = headers.get(REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
