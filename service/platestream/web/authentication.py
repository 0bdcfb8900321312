"""Who is calling: what a request's head says of it, a token in ``X-Auth-Token`` or a signature."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.credentials import CredentialStore
from platestream.web.signing import Signature, SignedRequest, is_signature, open_signature

REQUEST_ID_HEADER: Final = "x-request-id"
TOKEN_HEADER: Final = "x-auth-token"  # noqa: S105 - a header's name
_AUTHORIZATION_HEADER: Final = "authorization"
# The vendor's ids are 32 hex digits; a private installation may name its projects.
PROJECT_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# A caller's own id is kept where it is harmless in headers and logs.
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
# The vendor's own tokens are Base64 of several kilobytes; visible ASCII without spaces.
_TOKEN_FORM: Final = re.compile(r"[\x21-\x7e]{1,16384}")


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


class Authenticator:
    """Lets known callers in; in two steps, since a signature covers the body.

    Args:
        store: The credentials; None lets everybody in.
    """

    def __init__(self, store: CredentialStore | None) -> None:
        self._store = store

    @property
    def required(self) -> bool:
        """Whether callers have to say who they are."""
        return self._store is not None

    @property
    def projects(self) -> int:
        """How many projects may call; 1 where nobody says which is theirs."""
        return self._store.projects if self._store is not None else 1

    def before_body(self, project_id: str, caller: Caller) -> Signature | None:
        """Refuse whoever cannot be a caller of the project, before a byte of the body is read.

        Another ``Authorization`` than the vendor's, such as a proxy's own, is none of ours.

        Returns:
            What is still to be held against the body; None where the caller is known already.

        Raises:
            FrameError: ModelArts.4101, 4103 or 0203: the token is missing, malformed or wrong;
                APIG.0301: the signature is malformed or stale, or its key is not the project's.
        """
        store = self._store
        if store is None:
            return None
        if is_signature(caller.headers.get(_AUTHORIZATION_HEADER, "")):
            return open_signature(caller.headers, lambda key: store.secret_key(project_id, key))
        self.require_token(project_id, caller.headers)
        return None

    def require_token(self, project_id: str, headers: Mapping[str, str]) -> None:
        """Refuse whoever has no token of the project.

        Raises:
            FrameError: ModelArts.4101, 4103 or 0203: the token is missing, malformed or wrong.
        """
        if self._store is None:
            return
        token = headers.get(TOKEN_HEADER, "")
        if not token:
            raise FrameError(ErrorCode.EMPTY_TOKEN)
        if _TOKEN_FORM.fullmatch(token) is None:
            raise FrameError(ErrorCode.INVALID_TOKEN_HEADER)
        if not self._store.token_is_valid(project_id, token):
            raise FrameError(ErrorCode.INVALID_TOKEN)


def require_signed(signature: Signature, caller: Caller, body: bytes) -> None:
    """Refuse a body, or any other part of the request, that is not the signed one.

    Raises:
        FrameError: APIG.0301.
    """
    signature.require(
        SignedRequest(
            method=caller.method,
            path=caller.raw_path,
            query=caller.query,
            headers=caller.headers,
            body=body,
        )
    )
