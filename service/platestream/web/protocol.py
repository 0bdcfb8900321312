"""One HTTP connection: uvicorn's protocol, with an end to every wait and the contract's answers.

uvicorn bounds the time between requests, and nothing else: a head may take for ever, and so may the
body of a request that was answered long ago. It answers what is no HTTP in plain text.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from platestream.contract.errors import ErrorCode, FrameError
from platestream.telemetry.labels import ConnectionDrop
from platestream.telemetry.metrics import Metrics
from platestream.web.answers import REFUSED_STATE, failure_body, failure_headers, record_refused
from platestream.web.connections import Connections, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long each phase of a connection may take, seconds; work has its own in the application.

    Attributes:
        head: For the whole head of a request, from the connection or its first byte.
        rest: For the rest of a body whose request is answered; and for a client to read.
        idle: Between requests.
    """

    head: float
    rest: float
    idle: float


class Connection(H11Protocol):
    """One connection.

    Args:
        connections: All of them.
        deadlines: How long each phase may take.
        metrics: Where refused requests are counted.
        uvicorn: What uvicorn's protocol takes.
    """

    def __init__(
        self, *, connections: Connections, deadlines: Deadlines, metrics: Metrics, **uvicorn: Any
    ) -> None:
        super().__init__(**uvicorn)
        self._all = connections
        self._metrics = metrics
        self._seconds: Final = {
            Phase.HEAD: deadlines.head,
            Phase.REST: deadlines.rest,
            Phase.IDLE: deadlines.idle,
        }
        self._rest = deadlines.rest
        self._phase: Phase | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        # Until TLS has shaken hands there is no transport to end, but this task.
        self.opening: asyncio.Task[None] | None = None

    # -- what uvicorn and asyncio call ------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self.opening = None
        self._settle()

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        super().data_received(data)
        self._settle()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for what is left of this one."""
        super().on_response_complete()
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything."""
        self._cancel_timers()
        self._all.remove(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give a client that reads nothing a last deadline."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self._rest, self._end, "stalled")

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the contract's form; the name is uvicorn's."""
        del msg
        self._refuse(FrameError(ErrorCode.INVALID_PARAMETER, "The request is not valid HTTP/1.1."))

    def _should_upgrade(self) -> bool:
        # uvicorn would log two lines for each request that offers another protocol.
        return False

    # -- ours -------------------------------------------------------------------------------------

    def drop(self) -> None:
        """End the connection at once, unsent bytes and all."""
        self._cancel_timers()
        if self.transport is not None:
            self.transport.abort()
        elif self.opening is not None:
            self.opening.cancel()

    def _settle(self) -> None:
        """Notice that the connection is in another phase, and give that phase its deadline."""
        phase = self._phase_now()
        if phase is self._phase:
            return  # so that a byte now and then does not put the end off
        self._phase = phase
        self._all.enter(self, phase)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if phase in self._seconds:
            self._deadline = self.loop.call_later(self._seconds[phase], self._too_late, phase)

    def _phase_now(self) -> Phase:
        if self.transport.is_closing():
            return Phase.REST
        if self.cycle is not None and not self.cycle.response_complete:
            return Phase.WORK
        if self.conn.their_state is not h11.IDLE:
            return Phase.REST
        begun = self.cycle is None or bool(self.conn.trailing_data[0])
        return Phase.HEAD if begun else Phase.IDLE

    def _too_late(self, phase: Phase) -> None:
        if phase is Phase.IDLE:
            self.transport.close()
            self._settle()
        elif phase is Phase.HEAD and self.conn.trailing_data[0]:
            self._all.count("late")
            # The caller's fault: a 5xx would be an alert that any stranger can set off.
            self._refuse(FrameError(ErrorCode.INVALID_PARAMETER, "The head did not come in time."))
        else:
            self._end("late")

    def _end(self, reason: ConnectionDrop) -> None:
        self._all.count(reason)
        self.drop()

    def _refuse(self, error: FrameError) -> None:
        """Answer for the application, once and for all."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.drop()  # an answer is out already, or on its way
            return
        if self.cycle is not None and not self.cycle.response_complete:
            # For the application its client has left; this is how it was answered.
            self.cycle.scope["state"][REFUSED_STATE] = error
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        else:
            record_refused(self._metrics, error)
        body = failure_body(error)
        fields = failure_headers(error) | {
            "content-length": str(len(body)),
            "connection": "close",
        }
        status = error.code.status
        for event in (
            h11.Response(
                status_code=status.value, headers=list(fields.items()), reason=status.phrase
            ),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _cancel_timers(self) -> None:
        for timer in (self._deadline, self._stalled):
            if timer is not None:
                timer.cancel()
        self._deadline = self._stalled = None
