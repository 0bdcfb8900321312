"""How a request is let in: one object, and one order that decides who gets which answer.

Head, credentials, rate, place, memory, body: each step costs more than the one before, so that who
may not come in is told before it has cost anything, and nobody holds what somebody else pays for.
A queue without a bound turns overload into time-outs for everybody, so every wait here ends.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.authentication import (
    PROJECT_ID,
    Authenticator,
    Caller,
    caller_of,
    require_signed,
)
from platestream.web.body import declared_size, is_packed, receive_body, unpacked
from platestream.web.settings import WebSettings
from platestream.web.shares import BodyMemory, Places, RateLimiter
from platestream.web.signing import Signature


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that was let in; its place and its memory are held until it has its answer.

    Attributes:
        project_id: Whose it is.
        caller: Its head.
    """

    project_id: str
    caller: Caller
    _body: bytes = field(repr=False)
    _limit: int
    _packed: bool
    _signature: Signature | None
    _rates: RateLimiter

    def open(self) -> bytes:
        """The JSON of the request, its signature checked and its compression undone.

        Takes milliseconds for a large body: not for the event loop.

        Raises:
            FrameError: APIG.0301 for another body than the signed one; APIG.0308 for a signed
                request over its project's rate, which counts only now that it is known to be the
                project's; ModelArts.4104 or 4105 for what does not unpack within the limit.
        """
        if self._signature is not None:
            require_signed(self._signature, self.caller, self._body)
            self._rates.count(self.project_id)
        return unpacked(self._body, limit=self._limit) if self._packed else self._body


class Admission:
    """Lets requests in.

    Args:
        authenticator: Who may come in.
        settings: Bounds and time-outs.

    Raises:
        ValueError: If the rate limit cannot be read.
    """

    def __init__(self, authenticator: Authenticator, settings: WebSettings) -> None:
        self._authenticator = authenticator
        self._settings = settings
        self._rates = RateLimiter(settings.rate_limit)
        self._places = Places(settings.max_admitted, self._share_of_places)
        self._memory = BodyMemory(
            settings.max_body_memory,
            self._share_of_memory,
            longest_wait=settings.memory_timeout_s,
        )

    @asynccontextmanager
    async def admit(self, request: Request) -> AsyncIterator[Admitted]:
        """Let a request in for the time of the body.

        Raises:
            FrameError: By the first step that refuses it: AIS.0101 for its head, 401 codes for its
                credentials, APIG.0308 for rate, place and memory, ModelArts.4104 for its size,
                APIG.0201 for a body that does not come.
            ClientDisconnect: If the client leaves before its body is there.
        """
        limit = self._settings.max_body_bytes
        project_id = request.path_params["project_id"]
        if PROJECT_ID.fullmatch(project_id) is None:
            raise FrameError(ErrorCode.INVALID_PARAMETER, "project_id is malformed.")
        caller = caller_of(request)
        _require_json(caller.headers.get("content-type", ""))
        packed = is_packed(caller.headers)
        signature = self._authenticator.before_body(project_id, caller)
        if signature is None:
            self._rates.count(project_id)
        else:  # whose key it is anybody can say: strangers must not use up the project's rate
            self._rates.look(project_id)
        with self._places.take(project_id):
            size = declared_size(caller.headers, limit)
            async with self._memory.hold(project_id, size + limit if packed else size):
                body = await receive_body(
                    request.stream(), limit=limit, within=self._settings.body_timeout_s
                )
                yield Admitted(project_id, caller, body, limit, packed, signature, self._rates)

    def _share_of_places(self) -> int:
        return max(1, int(self._settings.max_admitted * self._share()))

    def _share_of_memory(self) -> int:
        # Never less than what one request may need, packed and unpacked.
        share = int(self._settings.max_body_memory * self._share())
        return max(2 * self._settings.max_body_bytes, share)

    def _share(self) -> float:
        """The part of everything that one project may have; all of it where it is alone."""
        return self._settings.project_share if self._authenticator.projects > 1 else 1.0


def _require_json(content_type: str) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise FrameError(ErrorCode.INVALID_PARAMETER, "Content-Type must be application/json.")
