"""``POST /v2/{project_id}/ocr/license-plate``: one picture in, its plates out."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.forms import result_json
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.limits import MessageLimits
from platestream.contract.request import load_request, picture_of
from platestream.stream.outcome import FrameOutcome, now_ms
from platestream.stream.pipeline import PipelineClosedError, PipelineFullError
from platestream.stream.reader import ReaderBrokenError
from platestream.telemetry.tracing import FrameTrace
from platestream.web.admission import Admission, Admitted
from platestream.web.settings import WebSettings

Submit = Callable[[Frame], Future[FrameOutcome]]

_NO_SOURCE: Final = SourceRef("", -1, -1)
_ENTERPRISE_HEADER: Final = "enterprise-project-id"
ENTERPRISE_ATTRIBUTE: Final = "enterprise_project_id"
_MAX_ENTERPRISE_CHARS: Final = 64


class Recognition:
    """The endpoint.

    Args:
        submit: Takes a frame in and gives a future of its outcome.
        admission: Lets requests in.
        settings: Bounds and time-outs.
        limits: Bounds of the request's JSON.
        parsers: Threads that check signatures and decode JSON and Base64, so that a body of 10 MB
            never holds up the event loop.
    """

    def __init__(
        self,
        submit: Submit,
        *,
        admission: Admission,
        settings: WebSettings,
        limits: MessageLimits,
        parsers: ThreadPoolExecutor,
    ) -> None:
        self._submit = submit
        self._admission = admission
        self._request_timeout_s = settings.request_timeout_s
        self._limits = limits
        self._parsers = parsers
        self._slots = asyncio.Semaphore(settings.max_in_flight)

    async def __call__(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            FrameError: For every failure.
            ClientDisconnect: If the client has left; its frame is cancelled where it still can be.
        """
        async with self._admission.admit(request) as admitted:
            trace: FrameTrace | None = getattr(request.state, "trace", None)
            outcome = await _unless_gone(request, self._in_time(admitted, trace))
        if outcome.error is not None:
            raise outcome.error
        return JSONResponse({"result": result_json(outcome.readings or ())})

    async def _in_time(self, admitted: Admitted, trace: FrameTrace | None) -> FrameOutcome:
        try:
            async with asyncio.timeout(self._request_timeout_s):
                return await self._read(admitted, trace)
        except TimeoutError:
            raise FrameError(ErrorCode.TIMEOUT) from None

    async def _read(self, admitted: Admitted, trace: FrameTrace | None) -> FrameOutcome:
        loop = asyncio.get_running_loop()
        frame = await loop.run_in_executor(self._parsers, self._frame_of, admitted)
        frame = frame.traced(trace)
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

    def _frame_of(self, admitted: Admitted) -> Frame:
        document = load_request(admitted.open(), limits=self._limits)
        image, url = picture_of(document.get("image"), document.get("url"), limits=self._limits)
        caller = admitted.caller
        enterprise = caller.headers.get(_ENTERPRISE_HEADER, "")[:_MAX_ENTERPRISE_CHARS]
        return Frame(
            frame_id=caller.request_id,
            camera_id=admitted.project_id,
            captured_at=now_ms(),
            source=_NO_SOURCE,
            image=image,
            url=url,
            attributes={ENTERPRISE_ATTRIBUTE: enterprise} if enterprise else {},
        )


async def _unless_gone(
    request: Request, reading: Coroutine[Any, Any, FrameOutcome]
) -> FrameOutcome:
    """Wait for ``reading`` as long as the client does.

    Raises:
        ClientDisconnect: When it has left; ``reading`` is cancelled.
        FrameError: As ``reading`` does.
    """
    answer = asyncio.ensure_future(reading)
    gone = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return answer.result()
    finally:
        answer.cancel()
        gone.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _left(request: Request) -> None:
    """Return when the client of a request whose body is all there has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
