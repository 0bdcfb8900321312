"""The service in a thread of its own, for the demo."""

import threading
import time
from typing import Final, Protocol, Self

from platestream.bus.service import RunResult
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
