"""The live page's routes: the page, its style and script, and its stream of events."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.authentication import PROJECT_ID, Authenticator
from platestream.web.live.hub import Listener, LiveEvent, LiveHub

PROJECT_HEADER: Final = "x-project-id"
EVENTS_PATH: Final = "/live/events"
# Where nobody says who they are, the page's own requests still need a project in their path.
_OPEN_PROJECT: Final = "live"
# A feed lasts for hours: whoever may no longer see it is sent away this soon. The credentials file
# is itself looked at once a second.
_RECHECK_S: Final = 1.0
_AUTHENTICATION_MARK: Final = "{{authentication}}"
_SECURITY_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}


Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class LiveRoutes:
    """What the page consists of, by path.

    Attributes:
        static: The page and what it is made of.
        streams: What lasts as long as the page is open.
    """

    static: dict[str, Handler]
    streams: dict[str, Handler]


def live_routes(
    hub: LiveHub, authenticator: Authenticator, *, projects_that_see_all: tuple[str, ...]
) -> LiveRoutes:
    """The routes.

    Args:
        hub: Where the events come from.
        authenticator: Who may watch: plate text is personal data.
        projects_that_see_all: Projects that see the stream and each other's requests.
    """
    asked = "token" if authenticator.required else "none"
    page = _asset("index.html").replace(_AUTHENTICATION_MARK, asked)

    async def events(request: Request) -> Response:
        project = request.headers.get(PROJECT_HEADER, _OPEN_PROJECT)
        if PROJECT_ID.fullmatch(project) is None:
            raise FrameError(ErrorCode.INVALID_PARAMETER, "X-Project-Id is malformed.")

        def require_known() -> None:
            authenticator.require_token(project, request.headers)

        require_known()
        sees_all = not authenticator.required or project in projects_that_see_all
        return _EventStream(hub, project, sees_all=sees_all, require_known=require_known)

    return LiveRoutes(
        static={
            "/": _static(page, "text/html"),
            "/live/live.css": _static(_asset("live.css"), "text/css"),
            "/live/live.js": _static(_asset("live.js"), "text/javascript"),
            "/live/icon.svg": _static(_asset("icon.svg"), "image/svg+xml"),
        },
        streams={EVENTS_PATH: events},
    )


class _EventStream(Response):
    """Server-sent events for as long as the connection lasts and its caller is known.

    The listener belongs to the response's own call: a client that leaves before the first event
    leaves no listener behind.
    """

    def __init__(
        self, hub: LiveHub, project: str, *, sees_all: bool, require_known: Callable[[], None]
    ) -> None:
        super().__init__()
        self._hub = hub
        self._project = project
        self._sees_all = sees_all
        self._require_known = require_known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        with self._hub.listen(self._project, sees_all=self._sees_all) as listener:
            stream = StreamingResponse(
                _events(listener, self._require_known),
                media_type="text/event-stream",
                # A buffering proxy (nginx) would hold events back.
                headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            )
            await stream(scope, receive, send)


async def _events(listener: Listener, require_known: Callable[[], None]) -> AsyncIterator[str]:
    while True:
        try:
            async with asyncio.timeout(_RECHECK_S):
                event = await listener.next()
        except TimeoutError:
            event = _NOTHING
        try:
            require_known()
        except FrameError:  # its token was taken back while the page was open
            return
        if event is None:
            return
        if event is not _NOTHING:
            yield _as_text(event)


# No event came while the credentials were due to be looked at again.
_NOTHING: Final = LiveEvent("nothing", {})


def _as_text(event: LiveEvent) -> str:
    return f"event: {event.name}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n"


def _asset(name: str) -> str:
    return files("platestream.web.live").joinpath("static", name).read_text(encoding="utf-8")


def _static(content: str, media_type: str) -> Handler:
    data = content.encode()

    async def answer(_: Request) -> Response:
        return Response(data, media_type=media_type, headers=_SECURITY_HEADERS)

    return answer
