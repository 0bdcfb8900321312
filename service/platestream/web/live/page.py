"""The live page's routes: the page, its style and script, and its stream of events."""

import json
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.authentication import Authenticator
from platestream.web.callers import PROJECT_ID
from platestream.web.live.hub import Listener, LiveEvent, LiveHub

PROJECT_HEADER: Final = "x-project-id"
EVENTS_PATH: Final = "/live/events"
# Where nobody says who they are, the page's own requests still need a project in their path.
_OPEN_PROJECT: Final = "live"
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


def live_routes(
    hub: LiveHub, authenticator: Authenticator, *, projects_that_see_all: tuple[str, ...]
) -> list[BaseRoute]:
    """The routes.

    Args:
        hub: Where the events come from.
        authenticator: Who may watch: plate text is personal data.
        projects_that_see_all: Projects that see the stream and each other's requests.
    """
    asked = "token" if authenticator.required else "none"
    page = _asset("index.html").replace(_AUTHENTICATION_MARK, asked)

    async def events(request: Request) -> Response:
        project = _listening_project(request, authenticator)
        sees_all = not authenticator.required or project in projects_that_see_all
        return _EventStream(hub, project, sees_all=sees_all)

    return [
        _static("/", page, "text/html"),
        _static("/live/live.css", _asset("live.css"), "text/css"),
        _static("/live/live.js", _asset("live.js"), "text/javascript"),
        _static("/live/icon.svg", _asset("icon.svg"), "image/svg+xml"),
        Route(EVENTS_PATH, events, methods=["GET"]),
    ]


def _listening_project(request: Request, authenticator: Authenticator) -> str:
    project = request.headers.get(PROJECT_HEADER, _OPEN_PROJECT)
    if PROJECT_ID.fullmatch(project) is None:
        raise FrameError(ErrorCode.INVALID_PARAMETER, "X-Project-Id is malformed.")
    authenticator.require_token(project, request.headers)
    return project


class _EventStream(Response):
    """Server-sent events for as long as the connection lasts.

    The listener belongs to the response's own call: a client that leaves before the first event
    leaves no listener behind.
    """

    def __init__(self, hub: LiveHub, project: str, *, sees_all: bool) -> None:
        super().__init__()
        self._hub = hub
        self._project = project
        self._sees_all = sees_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        with self._hub.listen(self._project, sees_all=self._sees_all) as listener:
            stream = StreamingResponse(
                _events(listener),
                media_type="text/event-stream",
                # A buffering proxy (nginx) would hold events back.
                headers={"cache-control": "no-store", "x-accel-buffering": "no"},
            )
            await stream(scope, receive, send)


async def _events(listener: Listener) -> AsyncIterator[str]:
    while (event := await listener.next()) is not None:
        yield _as_text(event)


def _as_text(event: LiveEvent) -> str:
    return f"event: {event.name}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n"


def _asset(name: str) -> str:
    return files("platestream.web.live").joinpath("static", name).read_text(encoding="utf-8")


def _static(path: str, content: str, media_type: str) -> Route:
    data = content.encode()

    async def answer(_: Request) -> Response:
        return Response(data, media_type=media_type, headers=_SECURITY_HEADERS)

    return Route(path, answer, methods=["GET"])
