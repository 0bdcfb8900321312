"""The demo's traffic: frames out, records in, paced so that the embedded broker forgets nothing."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

from platestream.bus.clients.embedded import PARTITION_LOG_BYTES
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.service import RunResult
from platestream.cli.demo.pictures import Gallery
from platestream.cli.demo.tally import DemoPicture, Tally
from platestream.cli.demo.view import DemoView
from platestream.cli.demo.wire import EventListener, FrameSender
from platestream.cli.exits import CliError, ExitCode
from platestream.telemetry.health import CheckResult

# Loading and warming up the models and joining the group; minutes on a machine under full load.
_START_TIMEOUT_S: Final = 180.0
_STOP_TIMEOUT_S: Final = 30.0
_LOOK_S: Final = 0.05


class Service(Protocol):
    """What the demo needs of :class:`platestream.bus.service.StreamService`."""

    def ready(self) -> CheckResult:
        """Whether the models are warm and the group is joined."""

    def run(self) -> RunResult:
        """Work until stopped."""

    def stop(self) -> None:
        """Ask it to drain and end."""


class RunningService:
    """Runs ``service`` for as long as the ``with`` block lasts."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="service", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._service.stop()
        self._thread.join(_STOP_TIMEOUT_S)

    def wait_until_ready(self) -> None:
        """Return when frames are taken.

        Raises:
            CliError: If it ends, or does not become ready in time.
        """
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._service.ready().ok:
            self.check()
            if time.monotonic() > deadline:
                raise CliError("The service did not become ready.", ExitCode.FATAL)
            self._thread.join(_LOOK_S)

    def check(self) -> None:
        """Raise :class:`CliError` if the service has ended."""
        if self._thread.is_alive():
            return
        reason = str(self._error) if self._error else "no error was raised"
        raise CliError(f"The service ended early: {reason}", ExitCode.FATAL) from self._error

    def _run(self) -> None:
        try:
            self._error = self._service.run().error
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._error = error


_CAMERAS_PER_PARTITION: Final = 2
# Enough to keep decoders and reader busy; more would only measure the queue as latency.
_FRAMES_IN_FLIGHT: Final = 8
# The broker forgets a partition's oldest messages beyond its log, and the cameras' keys may put
# all frames into one partition. Half is left for what Base64 and the headers add.
_BYTES_IN_FLIGHT: Final = PARTITION_LOG_BYTES // 2
# No frame takes this long even on one slow core: what is still missing then is lost.
_SILENCE_S: Final = 90.0
_FLUSH_S: Final = 30.0
# Short, so that sending goes on while nothing arrives.
_POLL_S: Final = 0.02
# A record that comes twice comes late: so long is listened on after everything due has arrived.
_AFTERMATH_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Sends ``frames`` frames, the pictures taking turns, and books what comes back."""

    kafka: KafkaSettings
    pictures: Sequence[DemoPicture]
    frames: int
    partitions: int
    tally: Tally
    view: DemoView
    gallery: Gallery

    def run(self, service: RunningService) -> None:
        """Go on until everything due has arrived, or nothing has for a long time.

        Raises:
            CliError: If the service ends early.
            KafkaException: If the broker refuses.
        """
        topics, servers = self.kafka.topics, self.kafka.bootstrap_servers
        sender = FrameSender(servers, topics.frames)
        listener = EventListener(servers, topics, self.partitions)
        last_news = time.monotonic()
        try:
            while not self.tally.is_complete(self.frames):
                service.check()
                sender.check()
                if self._send(sender) or listener.poll(_POLL_S, self._take):
                    last_news = time.monotonic()
                    self.view.update(self.tally)
                elif time.monotonic() - last_news > _SILENCE_S:
                    break
            sender.finish(_FLUSH_S)
            while listener.poll(_AFTERMATH_S, self._take):
                pass
            self.view.update(self.tally)
        finally:
            listener.close()

    def _send(self, sender: FrameSender) -> bool:
        """Send one frame, if there is one left and room for it."""
        number = len(self.tally.sent)
        if number >= self.frames:
            return False
        index = number % len(self.pictures)
        data, url = self.pictures[index].data, self.gallery.url(index)
        size = len(data) if url is None else len(url)
        if not self._has_room(size):
            return False
        frame_id = f"demo-{number:06d}"
        camera = number % (self.partitions * _CAMERAS_PER_PARTITION) + 1
        self.tally.note_sent(frame_id, index, size, time.perf_counter())
        sender.send(number, frame_id, f"camera-{camera:02d}", data, url)
        return True

    def _has_room(self, size: int) -> bool:
        in_flight = self.tally.frames_in_flight
        if in_flight == 0:  # a frame that alone is above the limit goes alone
            return True
        fits = self.tally.bytes_in_flight + size <= _BYTES_IN_FLIGHT
        return fits and in_flight < _FRAMES_IN_FLIGHT

    def _take(self, topic: str, record: dict[str, Any], arrived: float) -> None:
        if topic == self.kafka.topics.plates:
            self.tally.note_plate(record)
            sent = self.tally.sent.get(record["frame_id"])
            if sent is not None:
                self.view.plate(record, sent.picture)
        elif topic == self.kafka.topics.failures:
            self.tally.note_failure(record)
        else:
            self.tally.note_result(record, arrived)
