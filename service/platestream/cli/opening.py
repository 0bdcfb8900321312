"""Opening what commands work with: plate reader, fetcher, telemetry endpoint, HTTP interface."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings, load_settings
from platestream.stream.reader import PictureReader
from platestream.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from platestream.stream.fetch import GuardedFetcher
    from platestream.stream.pipeline import Pipeline
    from platestream.stream.shadow import Shadow
    from platestream.telemetry.endpoint import TelemetryServer
    from platestream.telemetry.engine_metrics import EngineMetrics
    from platestream.telemetry.feed_metrics import FeedMetrics
    from platestream.telemetry.health import Health
    from platestream.web.interface import HttpInterface


def settings_for(
    bundle: Path | None,
    providers: Sequence[str],
    fixed: Mapping[str, object] | None = None,
    config: Path | None = None,
) -> Settings:
    """The settings of file and environment, with the command's own flags and needs over them."""
    overrides = dict(fixed or {})
    if bundle is not None:
        overrides["vision.bundle"] = bundle
    if providers:
        overrides["vision.providers"] = list(providers)
    return load_settings(config, overrides=overrides)


def open_reader(
    settings: Settings,
    *,
    metrics: Metrics | None = None,
    warm: bool = True,
    shadow: "Shadow | None" = None,
) -> PictureReader:
    """Load the models and, unless the caller does so, run them once.

    What it reads is what may leave the process: where ``privacy`` says so, no plate numbers.

    Raises:
        CliError: If bundle, execution provider or the keys of the pseudonyms cannot be used.
    """
    from platestream.stream.privacy import PrivateReader
    from platestream.vision.models.session import ProviderError
    from platestream.vision.reader import PlateReader

    try:
        with wrong_bundle_told():
            reader: PictureReader = PlateReader.from_settings(settings.vision, metrics=metrics)
            if warm:
                reader.warm_up()
    except ProviderError as error:
        raise CliError(str(error), ExitCode.FATAL) from error
    if shadow is not None:
        reader = shadow.beside(reader)
    if settings.privacy.hides_plates:
        with wrong_keys_told():
            return PrivateReader(reader, settings.privacy)
    return reader


@contextmanager
def tracing_as_set(settings: Settings) -> Iterator[None]:
    """Trace for as long as the body runs, if settings say so.

    Raises:
        CliError: If the extra is not installed, or the environment asks for what is not there.
    """
    # The variable by which OpenTelemetry is switched off everywhere.
    off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if not settings.telemetry.tracing.enabled or off:
        yield
        return
    from platestream import __version__

    try:
        from platestream.telemetry.otlp import TracingError, tracing_on
    except ModuleNotFoundError as missing:
        raise CliError(
            f"telemetry.tracing.enabled: {missing.name} is not installed: "
            "pip install 'platestream[tracing]'",
            ExitCode.USAGE,
        ) from missing
    try:
        with tracing_on(settings.telemetry.tracing, __version__):
            yield
    except TracingError as error:
        raise CliError(f"telemetry.tracing: {error}", ExitCode.USAGE) from error


@contextmanager
def wrong_keys_told() -> Iterator[None]:
    """Raise :class:`CliError` where the keys of the pseudonyms cannot be used."""
    from platestream.stream.privacy import PrivacyError

    try:
        yield
    except PrivacyError as error:
        raise CliError(f"privacy.keys_file: {error}", ExitCode.USAGE) from error


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


def open_metrics(settings: Settings, *, stream: bool, http: bool) -> Metrics:
    """The metrics of a service that is this process, every series that is known of at 0.

    Args:
        settings: Topics, and what is built.
        stream: Whether there is a Kafka interface.
        http: Whether there is an HTTP interface.
    """
    from platestream import __version__
    from platestream.contract.errors import ErrorCode
    from platestream.contract.readings import PlateColor
    from platestream.stream.fetch.errors import FetchFailure
    from platestream.telemetry.labels import LabelValues

    answers: tuple[tuple[str, str], ...] = ()
    routes: tuple[str, ...] = ()
    if http:
        from platestream.web.app import RECOGNITION_PATH

        routes = (RECOGNITION_PATH,)
        answers = (("200", ""), *((str(int(code.status)), code.code) for code in ErrorCode))
    labels = LabelValues(
        error_codes=tuple(code.code for code in ErrorCode) if stream else (),
        http_answers=answers,
        http_routes=routes,
        fetch_outcomes=("ok", *(failure.label for failure in FetchFailure)),
        colors=tuple(PlateColor),
        topics=settings.kafka.topics.outputs if stream else (),
    )
    metrics = Metrics(labels=labels)
    metrics.describe_process(
        metrics.registry, version=__version__, revision=settings.telemetry.revision
    )
    metrics.presence.silence_seconds = settings.telemetry.camera_silence_seconds
    return metrics


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


def open_telemetry(
    settings: Settings, metrics: "Metrics | FeedMetrics | EngineMetrics", health: "Health"
) -> "TelemetryServer":
    """Bind the telemetry endpoint; what it exposes includes whether the replica is ready.

    Raises:
        CliError: If its address cannot be bound.
    """
    from platestream.telemetry.endpoint import TelemetryServer

    metrics.ready.set_function(lambda: float(health.readiness().ok))
    host, port = settings.telemetry.host, settings.telemetry.port
    try:
        return TelemetryServer(metrics.registry, health, host=host, port=port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CliError(f"telemetry: {host}:{port}: {reason}", ExitCode.FATAL) from error


def let_failure_be_seen(
    settings: Settings, endpoint: "TelemetryServer", stopped: Callable[[], bool]
) -> None:
    """Keep the endpoint of a service that gave up for one more scrape, if settings say so.

    What made it give up was counted within the last seconds, between two scrapes; without this no
    alert would ever see it.
    """
    from platestream.telemetry.logs import get_logger

    if settings.telemetry.last_scrape_seconds > 0:
        seen = endpoint.wait_for_scrape(settings.telemetry.last_scrape_seconds, stopped)
        get_logger(__name__).info("last_scrape", seen=seen)


# The interface has finished its requests by then; this is for those that timed out and still run.
PIPELINE_CLOSE_S: Final = 5.0


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
                show_crops=not settings.privacy.hides_plates,
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
