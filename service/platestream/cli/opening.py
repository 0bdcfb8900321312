"""Opening what commands work with: plate reader, fetcher, telemetry endpoint, HTTP interface."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings, load_settings
from platestream.contract.readings import ModelRef, PlateReading
from platestream.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from platestream.stream.fetch import GuardedFetcher
    from platestream.stream.pipeline import Pipeline
    from platestream.telemetry.endpoint import TelemetryServer
    from platestream.telemetry.health import Health
    from platestream.web.interface import HttpInterface

UInt8Array = NDArray[np.uint8]


class Reader(Protocol):
    """What the commands need of :class:`platestream.vision.reader.PlateReader`."""

    @property
    def model(self) -> ModelRef:
        """Which bundle reads."""

    def warm_up(self) -> None:
        """Run the models once."""

    def read(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Find and read the plates of whole pictures."""

    def read_crops(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Read pictures that are cut-out plates."""


def settings_for(
    bundle: Path | None,
    providers: Sequence[str],
    fixed: Mapping[str, object] | None = None,
) -> Settings:
    """The settings of file and environment, with the command's own flags and needs over them."""
    overrides = dict(fixed or {})
    if bundle is not None:
        overrides["vision.bundle"] = bundle
    if providers:
        overrides["vision.providers"] = list(providers)
    return load_settings(overrides=overrides)


def open_reader(settings: Settings, *, metrics: Metrics | None = None, warm: bool = True) -> Reader:
    """Load the models and, unless the caller does so, run them once.

    Raises:
        CliError: If the bundle is missing or damaged, or the execution provider cannot be used.
    """
    from platestream.vision.models.session import ProviderError
    from platestream.vision.reader import PlateReader

    try:
        with wrong_bundle_told():
            reader = PlateReader.from_settings(settings.vision, metrics=metrics)
            if warm:
                reader.warm_up()
    except ProviderError as error:
        raise CliError(str(error), ExitCode.FATAL) from error
    return reader


@contextmanager
def wrong_bundle_told() -> Iterator[None]:
    """Tell what is wrong with a bundle.

    Raises:
        CliError: If it is missing or damaged.
    """
    from platestream.vision.models.bundle import BundleError

    try:
        yield
    except BundleError as error:
        raise CliError(f"The model bundle cannot be used: {error}", ExitCode.FATAL) from error


def open_fetcher(settings: Settings, metrics: Metrics) -> "GuardedFetcher":
    """Make the fetcher of pictures by URL.

    Raises:
        CliError: If its settings cannot be used.
    """
    from platestream.stream.fetch import GuardedFetcher

    try:
        return GuardedFetcher(settings.fetch, metrics)
    except (RuntimeError, ValueError, OSError) as error:
        raise CliError(f"fetch: {error}", ExitCode.USAGE) from error


def open_telemetry(settings: Settings, metrics: Metrics, health: "Health") -> "TelemetryServer":
    """Bind the telemetry endpoint.

    Raises:
        CliError: If its address cannot be bound.
    """
    from platestream.telemetry.endpoint import TelemetryServer

    host, port = settings.telemetry.host, settings.telemetry.port
    try:
        return TelemetryServer(metrics.registry, health, host=host, port=port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CliError(f"telemetry: {host}:{port}: {reason}", ExitCode.FATAL) from error


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
    settings: Settings, pipeline: "Pipeline", metrics: Metrics, health: "Health"
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
