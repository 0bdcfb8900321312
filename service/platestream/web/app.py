"""The HTTP application: its routes, and what is around every request."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from platestream.contract.errors import ErrorCode, FrameError
from platestream.telemetry.health import Health, HealthReport
from platestream.telemetry.metrics import Metrics
from platestream.web.answers import RequestRecords, failure, routes_by_endpoint
from platestream.web.live.page import LiveRoutes
from platestream.web.openapi import openapi_document
from platestream.web.origins import OwnHosts
from platestream.web.recognition import Recognition

RECOGNITION_PATH: Final = "/v2/{project_id}/ocr/license-plate"

Handler = Callable[[Request], Awaitable[Response]]


def build_app(
    recognition: Recognition,
    *,
    metrics: Metrics,
    health: Health,
    pages: LiveRoutes | None = None,
    own_hosts: OwnHosts | None = None,
) -> Starlette:
    """Put the application together.

    Args:
        recognition: The endpoint that reads plates.
        metrics: Where requests are counted.
        health: What the probes ask.
        pages: The live page's routes.
        own_hosts: Under which names the API and the page answer; None for any.
    """

    async def healthz(_: Request) -> Response:
        return _probe(health.liveness())

    async def readyz(_: Request) -> Response:
        return _probe(health.readiness())

    async def openapi(_: Request) -> Response:
        return JSONResponse(openapi_document())

    async def recognize(request: Request) -> Response:
        return await recognition(request)

    def own(handler: Handler) -> Handler:
        return own_hosts.only(handler) if own_hosts is not None else handler

    timed = [
        Route(RECOGNITION_PATH, own(recognize), methods=["POST"]),
        Route("/openapi.json", openapi, methods=["GET"]),
        *(Route(path, handler) for path, handler in (pages.static if pages else {}).items()),
    ]
    untimed = [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        *(Route(path, own(handler)) for path, handler in (pages.streams if pages else {}).items()),
    ]
    records = Middleware(
        RequestRecords,
        metrics=metrics,
        route_of=routes_by_endpoint({route.endpoint: route.path for route in timed}),
    )
    app = Starlette(
        routes=[*timed, *untimed],
        middleware=[records],
        exception_handlers={FrameError: _frame_error, HTTPException: _http_error},
    )
    # Starlette answers one slash too many with a redirect to whatever Host says, before anybody
    # looked at credentials; the contract knows no such path.
    app.router.redirect_slashes = False
    return app


def parser_threads() -> ThreadPoolExecutor:
    """The threads that open bodies. Two: JSON and Base64 hold the interpreter lock anyway."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="web-parser")


async def _frame_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, FrameError):
        raise error
    return failure(error)


async def _http_error(_: Request, _error: Exception) -> Response:
    """Answer a wrong path or method: the contract has one code for both."""
    return failure(FrameError(ErrorCode.API_NOT_FOUND))


def _probe(report: HealthReport) -> Response:
    status = HTTPStatus.OK if report.ok else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse(report.as_dict(), status_code=status)
