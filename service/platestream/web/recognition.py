"""``POST /v2/{project_id}/ocr/license-plate``: one picture in, its plates out."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.forms import result_json
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.limits import MessageLimits
from platestream.contract.request import load_request, picture_of
from platestream.stream.outcome import FrameOutcome, now_ms
from platestream.stream.pipeline import PipelineClosedError, PipelineFullError
from platestream.stream.reader import ReaderBrokenError
from platestream.web.admission import AdmissionGate, BodyMemory, RateLimiter
from platestream.web.authentication import (
    PROJECT_ID,
    Authenticator,
    Caller,
    caller_of,
    require_signed,
)
from platestream.web.body import declared_size, receive_body
from platestream.web.settings import WebSettings
from platestream.web.signing import Signature

Submit = Callable[[Frame], Future[FrameOutcome]]

_NO_SOURCE: Final = SourceRef("", -1, -1)
_ENTERPRISE_HEADER: Final = "enterprise-project-id"
ENTERPRISE_ATTRIBUTE: Final = "enterprise_project_id"
_MAX_ENTERPRISE_CHARS: Final = 64


class Recognition:
    """The endpoint.

    Args:
        submit: Takes a frame in and gives a future of its outcome.
        authenticator: Who may come in.
        settings: Bounds and time-outs.
        limits: Bounds of the request's JSON.
        parsers: Threads that decode JSON and Base64 and check signatures, so that a body of 10 MB
            never holds up the event loop.
    """

    def __init__(
        self,
        submit: Submit,
        *,
        authenticator: Authenticator,
        settings: WebSettings,
        limits: MessageLimits,
        parsers: ThreadPoolExecutor,
    ) -> None:
        self._submit = submit
        self._authenticator = authenticator
        self._settings = settings
        self._limits = limits
        self._parsers = parsers
        self._rates = RateLimiter(settings.rate_limit)
        self._gate = AdmissionGate(settings.max_admitted)
        self._memory = BodyMemory(settings.max_body_memory)
        self._slots = asyncio.Semaphore(settings.max_in_flight)

    async def __call__(self, request: Request) -> Response:
        """Answer one request; every failure is a :class:`FrameError`."""
        project_id = request.path_params["project_id"]
        if PROJECT_ID.fullmatch(project_id) is None:
            raise FrameError(ErrorCode.INVALID_PARAMETER, "project_id is malformed.")
        caller = caller_of(request)
        _require_json(caller.headers.get("content-type", ""))
        signature = self._authenticator.before_body(project_id, caller)
        with self._gate.admit():
            size = declared_size(caller.headers, self._settings.max_body_bytes)
            async with self._memory.hold(size):
                body = await self._receive(request)
                outcome = await self._in_time(self._read(project_id, caller, signature, body))
        if outcome.error is not None:
            raise outcome.error
        return JSONResponse({"result": result_json(outcome.readings or ())})

    async def _receive(self, request: Request) -> bytes:
        return await receive_body(
            request.stream(),
            limit=self._settings.max_body_bytes,
            within=self._settings.body_timeout_s,
        )

    async def _in_time(self, reading: Awaitable[FrameOutcome]) -> FrameOutcome:
        try:
            async with asyncio.timeout(self._settings.request_timeout_s):
                return await reading
        except TimeoutError:
            raise FrameError(ErrorCode.TIMEOUT) from None

    async def _read(
        self, project_id: str, caller: Caller, signature: Signature | None, body: bytes
    ) -> FrameOutcome:
        loop = asyncio.get_running_loop()
        frame = await loop.run_in_executor(
            self._parsers, self._open, project_id, caller, signature, body
        )
        self._rates.check(project_id)
        async with self._slots:
            try:
                future = self._submit(frame)
            except (PipelineFullError, PipelineClosedError):
                raise FrameError(ErrorCode.THROTTLED, "The service is busy; try again.") from None
            except ReaderBrokenError:
                raise FrameError(ErrorCode.RECOGNITION_FAILED) from None
            try:
                # Cancelled with this task: the pipeline skips a frame that nobody waits for.
                return await asyncio.wrap_future(future)
            except ReaderBrokenError:
                raise FrameError(ErrorCode.RECOGNITION_FAILED) from None

    def _open(
        self, project_id: str, caller: Caller, signature: Signature | None, body: bytes
    ) -> Frame:
        if signature is not None:
            require_signed(signature, caller, body)
        document = load_request(body, limits=self._limits)
        image, url = picture_of(document.get("image"), document.get("url"), limits=self._limits)
        enterprise = caller.headers.get(_ENTERPRISE_HEADER, "")[:_MAX_ENTERPRISE_CHARS]
        return Frame(
            frame_id=caller.request_id,
            camera_id=project_id,
            captured_at=now_ms(),
            source=_NO_SOURCE,
            image=image,
            url=url,
            attributes={ENTERPRISE_ATTRIBUTE: enterprise} if enterprise else {},
        )


def _require_json(content_type: str) -> None:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise FrameError(ErrorCode.INVALID_PARAMETER, "Content-Type must be application/json.")
