"""Who is calling: a token in ``X-Auth-Token``, or a signed request."""

import re
from collections.abc import Mapping
from typing import Final

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.callers import Caller
from platestream.web.credentials import CredentialStore
from platestream.web.signing import SignedRequest, verify

TOKEN_HEADER: Final = "x-auth-token"  # noqa: S105 - a header's name
_AUTHORIZATION_HEADER: Final = "authorization"
# The vendor's own tokens are Base64 of several kilobytes; visible ASCII without spaces.
_TOKEN_FORM: Final = re.compile(r"[\x21-\x7e]{1,16384}")


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

    def before_body(self, project_id: str, caller: Caller) -> None:
        """Refuse what can be refused before the body is read.

        Raises:
            FrameError: ModelArts.4101, 4103 or 0203: the token is missing, malformed or wrong.
        """
        if _AUTHORIZATION_HEADER not in caller.headers:
            self.require_token(project_id, caller.headers)

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

    def after_body(self, project_id: str, caller: Caller, body: bytes) -> None:
        """Check the signature of a signed request.

        Raises:
            FrameError: APIG.0301.
        """
        store = self._store
        if store is None or _AUTHORIZATION_HEADER not in caller.headers:
            return
        request = SignedRequest(
            method=caller.method,
            path=caller.raw_path,
            query=caller.query,
            headers=caller.headers,
            body=body,
        )
        verify(request, lambda access_key: store.secret_key(project_id, access_key))
