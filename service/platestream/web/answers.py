"""How requests are answered: each with its id and its record, failures in the contract's form.

Whatever answers, a framework's default included, answers through here: a caller of the contract
reads an error code, never a sentence of a library.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.forms import error_json
from platestream.telemetry.logs import get_logger
from platestream.telemetry.metrics import Metrics
from platestream.telemetry.tracing import installed
from platestream.web.authentication import REQUEST_ID_HEADER, request_id_of

log = get_logger(__name__)

_ERROR_HEADER: Final = "x-error-code"
# One batch of the models takes less; a client that backs off longer does so on its own account.
_RETRY_AFTER_S: Final = "1"
# What proxies log when the client went away first; it is never sent.
CLIENT_GONE: Final = 499
# In a request's state: how its connection answered it, in the place of the application.
REFUSED_STATE: Final = "refused"
# Paths that do not exist are one route: they are the callers' to choose.
OTHER_ROUTE: Final = "other"


def failure_body(error: FrameError) -> bytes:
    """The contract's JSON of a failure."""
    return json.dumps(error_json(error), ensure_ascii=False).encode()


def failure_headers(error: FrameError) -> dict[str, str]:
    """The headers that go with a failure, lower case."""
    headers = {"content-type": "application/json", _ERROR_HEADER: error.code.code}
    if error.code is ErrorCode.THROTTLED:
        headers["retry-after"] = _RETRY_AFTER_S
    return headers


def failure(error: FrameError) -> Response:
    """The answer to a request that failed."""
    return Response(
        failure_body(error), status_code=error.code.status, headers=failure_headers(error)
    )


class RequestRecords:
    """Gives every request its id and counts it: how many, how long, how they ended.

    Pure ASGI: Starlette's own base class for middleware would buffer event streams.

    Args:
        app: What answers.
        metrics: Where requests are counted.
        route_of: The route of an endpoint for the durations; None where its time says nothing of
            the service: an event stream lasts as long as its page, a probe is asked for ever.
    """

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, route_of: Callable[[Any], str | None]
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._route_of = route_of

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
        # GETs are probes, pages and streams of events without an end.
        tracing = installed() if request.method == "POST" else None
        trace = tracing.requested(request.method, scope["headers"]) if tracing else None
        request.state.trace = trace

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                ended.note(message["status"], headers)
                headers.append((REQUEST_ID_HEADER.encode(), request_id.encode()))
                if trace is not None:
                    headers.append((b"traceresponse", trace.response.encode()))
            await send(message)

        current = trace.current() if trace is not None else nullcontext()
        with self._metrics.http_in_progress.track_inprogress(), current:
            try:
                await self._answer(scope, receive, send_recorded, ended)
            finally:
                elapsed = time.perf_counter() - started
                self._metrics.http_requests.labels(str(ended.status), ended.error_code).inc()
                route = self._route_of(scope.get("endpoint"))
                if route is not None:
                    self._metrics.http_request_seconds.labels(route).observe(elapsed)
                log.info(
                    "request",
                    method=request.method,
                    status=ended.status,
                    error_code=ended.error_code,
                    seconds=round(elapsed, 4),
                )
                structlog.contextvars.unbind_contextvars("request_id")
                if trace is not None:
                    trace.end(error_code=ended.error_code, status=ended.status)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, ended: "_Ending") -> None:
        """Let the application answer, and answer for it where it cannot."""
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            refused: FrameError | None = scope.get("state", {}).get(REFUSED_STATE)
            if refused is not None:
                ended.refuse(refused)
        except asyncio.CancelledError:
            # The time for the requests in flight is over; the server is closing.
            if ended.began:
                raise
            await failure(FrameError(ErrorCode.TIMEOUT))(scope, receive, send)
        except Exception as error:
            # Here and not in Starlette's outermost handler, which would come after the count.
            log.exception("request failed", error=type(error).__name__)
            if ended.began:
                raise
            await failure(FrameError(ErrorCode.RECOGNITION_FAILED))(scope, receive, send)


def record_refused(metrics: Metrics, error: FrameError) -> None:
    """Count and log a request that never reached the application."""
    status = error.code.status.value
    metrics.http_requests.labels(str(status), error.code.code).inc()
    log.info("request", method="", status=status, error_code=error.code.code)


def routes_by_endpoint(routes: Mapping[Any, str]) -> Callable[[Any], str | None]:
    """Tell the route of each endpoint in ``routes``; where there is no endpoint, ``other``."""
    return lambda endpoint: OTHER_ROUTE if endpoint is None else routes.get(endpoint)


class _Ending:
    """How a request ended."""

    def __init__(self) -> None:
        self.status = CLIENT_GONE
        self.error_code = ""
        self.began = False

    def refuse(self, error: FrameError) -> None:
        """Remember an answer that the connection gave."""
        self.status, self.error_code = error.code.status.value, error.code.code

    def note(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Remember the status and take the error code out of the headers."""
        self.status = int(status)
        self.began = True
        for name, value in headers:
            if name == _ERROR_HEADER.encode():
                self.error_code = value.decode()
