"""Opening the HTTP interface from the command line, alone or beside the stream."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings

if TYPE_CHECKING:
    from platestream.stream.pipeline import Pipeline
    from platestream.telemetry.health import Health
    from platestream.telemetry.metrics import Metrics
    from platestream.web.interface import HttpInterface

# The interface has finished its requests by then; this is for those that timed out and still run.
PIPELINE_CLOSE_S: Final = 5.0


def require_callers_known(settings: Settings) -> None:
    """Refuse an interface that is open to everybody because nobody thought of it.

    Raises:
        CliError: If there are neither credentials nor ``no_auth``.
    """
    if settings.web.credentials is None and not settings.web.no_auth:
        raise CliError(
            "who may call? Name a credentials file (--credentials FILE; `platestream token` makes "
            "what goes into it), or let everybody in with --no-auth",
            ExitCode.USAGE,
        )


def open_interface(
    settings: Settings, pipeline: "Pipeline", metrics: "Metrics", health: "Health"
) -> "HttpInterface":
    """The HTTP interface on ``pipeline``, bound but not started.

    Raises:
        CliError: If credentials, rate limit or address cannot be used.
    """
    from platestream.stream.lanes import Lane
    from platestream.web.interface import HttpInterface

    web = settings.web
    try:
        with wrong_settings_told():
            return HttpInterface(
                partial(pipeline.submit, lane=Lane.REQUEST),
                settings=web,
                metrics=metrics,
                health=health,
                pictures=settings.pictures,
            )
    except OSError as error:
        reason = error.strerror or str(error)
        raise CliError(f"web: {web.host}:{web.port}: {reason}", ExitCode.FATAL) from error


@contextmanager
def wrong_settings_told() -> Iterator[None]:
    """Tell what the interface refuses of its settings.

    Raises:
        CliError: If credentials or rate limit cannot be used.
    """
    from platestream.web.credentials import CredentialsError

    try:
        yield
    except CredentialsError as error:
        raise CliError(f"credentials: {error}", ExitCode.USAGE) from error
    except ValueError as error:
        raise CliError(f"web: {error}", ExitCode.USAGE) from error


def start_interface(interface: "HttpInterface") -> None:
    """Let the interface answer.

    Raises:
        CliError: If it does not come up, such as for a TLS certificate that cannot be used.
    """
    try:
        interface.start()
    except RuntimeError as error:
        raise CliError(f"web: {error}: {error.__cause__}", ExitCode.FATAL) from error
