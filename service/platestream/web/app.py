"""The HTTP application: routes, and what is around every request."""

import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.forms import error_json
from platestream.telemetry.health import Health, HealthReport
from platestream.telemetry.logs import get_logger
from platestream.telemetry.metrics import Metrics
from platestream.web.callers import REQUEST_ID_HEADER, request_id_of
from platestream.web.openapi import openapi_document
from platestream.web.recognition import Recognition

RECOGNITION_PATH: Final = "/v2/{project_id}/ocr/license-plate"
_ERROR_HEADER: Final = "x-error-code"
_RETRY_AFTER_S: Final = "1"
log = get_logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


def build_app(
    recognition: Recognition,
    *,
    metrics: Metrics,
    health: Health,
    pages: list[BaseRoute] | None = None,
) -> Starlette:
    """Put the application together.

    Args:
        recognition: The endpoint that reads plates.
        metrics: Where requests are counted.
        health: What the probes ask.
        pages: Further routes, such as the live page's.
    """

    async def healthz(_: Request) -> Response:
        return _probe(health.liveness())

    async def readyz(_: Request) -> Response:
        return _probe(health.readiness())

    async def openapi(_: Request) -> Response:
        return JSONResponse(openapi_document())

    async def recognize(request: Request) -> Response:
        return await recognition(request)

    return Starlette(
        routes=[
            Route(RECOGNITION_PATH, recognize, methods=["POST"]),
            Route("/openapi.json", openapi, methods=["GET"]),
            Route("/healthz", healthz, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
            *(pages or []),
        ],
        middleware=[Middleware(RequestRecords, metrics=metrics)],
        exception_handlers={
            FrameError: _frame_error,
            HTTPException: _http_error,
        },
    )


def parser_threads() -> ThreadPoolExecutor:
    """The threads that open bodies. Two: JSON and Base64 hold the interpreter lock anyway."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="web-parser")


def _answer(error: FrameError) -> Response:
    headers = {_ERROR_HEADER: error.code.code}
    if error.code is ErrorCode.THROTTLED:
        headers["retry-after"] = _RETRY_AFTER_S
    return JSONResponse(error_json(error), status_code=error.code.status, headers=headers)


async def _frame_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, FrameError):
        raise error
    return _answer(error)


async def _http_error(_: Request, _error: Exception) -> Response:
    """Answer a wrong path or method: the contract has one code for both."""
    return _answer(FrameError(ErrorCode.API_NOT_FOUND))


def _probe(report: HealthReport) -> Response:
    status = HTTPStatus.OK if report.ok else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse(report.as_dict(), status_code=status)


class RequestRecords:
    """Gives every request its id and counts it: how many, how long, how they ended.

    Pure ASGI: Starlette's own base class for middleware would buffer event streams.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request_id = request_id_of(request.headers)
        request.state.request_id = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        ended = _Ending()

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                ended.note(message["status"], headers)
                headers.append((REQUEST_ID_HEADER.encode(), request_id.encode()))
            await send(message)

        with self._metrics.http_in_progress.track_inprogress():
            try:
                await self._app(scope, receive, send_recorded)
            except Exception as error:
                # Here and not in Starlette's outermost handler, which would come after the count.
                log.exception("request failed", error=type(error).__name__)
                if ended.began:
                    raise
                unexpected = _answer(FrameError(ErrorCode.RECOGNITION_FAILED))
                await unexpected(scope, receive, send_recorded)
            finally:
                elapsed = time.perf_counter() - started
                self._metrics.http_requests.labels(str(ended.status), ended.error_code).inc()
                self._metrics.http_request_seconds.observe(elapsed)
                log.info(
                    "request",
                    method=request.method,
                    status=ended.status,
                    error_code=ended.error_code,
                    seconds=round(elapsed, 4),
                )
                structlog.contextvars.unbind_contextvars("request_id")


class _Ending:
    """How a request ended; 499 is what proxies log when the client went away first."""

    def __init__(self) -> None:
        self.status = 499
        self.error_code = ""
        self.began = False

    def note(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Remember the status and take the error code out of the headers."""
        self.status = int(status)
        self.began = True
        for name, value in headers:
            if name == _ERROR_HEADER.encode():
                self.error_code = value.decode()
