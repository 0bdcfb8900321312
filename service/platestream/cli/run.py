"""The body of ``platestream run``."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from platestream import __version__
from platestream.cli import bundles, opening
from platestream.cli.exits import SIGNALLED, CliError, ExitCode, StopSignals, leave_signalled
from platestream.cli.settings import (
    print_settings,
    refuse_unusable_interface,
    refuse_unusable_pictures,
    refuse_unusable_stream,
    settings_of,
    warn_of_memory,
)
from platestream.config import Settings

if TYPE_CHECKING:
    from platestream.contract.avro import SchemaStore
    from platestream.stream.cameras import CameraBook
    from platestream.stream.fetch import GuardedFetcher
    from platestream.stream.reader import PictureReader
    from platestream.stream.shadow import Shadow
    from platestream.telemetry.metrics import Metrics


def run_service(
    config: Path | None,
    *,
    assignments: Sequence[str],
    bootstrap_servers: str | None,
    check_config: bool,
    http: bool = False,
    credentials: Path | None = None,
    no_auth: bool = False,
) -> ExitCode:
    """Load the settings and run the service until it is told to stop.

    Raises:
        ConfigError: With every setting that is wrong.
        CliError: If the service cannot start or has to give up.
    """
    from platestream.config.cameras import known_cameras

    flags = {"web.credentials": credentials, "web.no_auth": no_auth or None}
    given = {name: value for name, value in flags.items() if value is not None}
    settings = settings_of(config, assignments, bootstrap_servers, given)
    refuse_unusable_stream(settings)
    if http:
        refuse_unusable_interface(settings)
    if check_config:
        refuse_unusable_pictures(settings)  # a start does so when it opens them
        known_cameras(settings)
        return print_settings(settings, stream=True, http=http)
    with opening.tracing_as_set(settings):
        return _serve(settings, http=http)


def _serve(settings: Settings, *, http: bool) -> ExitCode:
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.registry import open_schema_store
    from platestream.bus.service import open_cluster
    from platestream.config.cameras import open_cameras
    from platestream.telemetry.logs import configure_logging

    telemetry = settings.telemetry
    configure_logging(level=telemetry.log_level, form=telemetry.log_format)
    warn_of_memory(settings, stream=True, http=http)
    metrics = opening.open_metrics(settings, stream=True, http=http)
    # The kernel ignores SIGTERM for process 1 of a container unless a handler is there: without
    # one, a pod that is told to go while its models load would wait for its SIGKILL.
    signal.signal(signal.SIGTERM, leave_signalled)
    shadow = bundles.open_shadow(settings, metrics)
    reader = opening.open_reader(settings, metrics=metrics, warm=False, shadow=shadow)
    try:
        with (
            open_cameras(settings, metrics, stream=True) as cameras,
            opening.open_fetcher(settings, metrics) as fetcher,
            open_schema_store(
                settings.registry, settings.kafka.topics.by_schema(), metrics
            ) as store,
            open_cluster(settings.kafka) as kafka,
        ):
            settings = settings.model_copy(update={"kafka": kafka})
            return _run(
                settings,
                metrics,
                reader,
                fetcher,
                store,
                cameras=cameras,
                shadow=shadow,
                http=http,
            )
    except ConfigurationError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    except BusError as error:
        raise CliError(str(error), ExitCode.FATAL) from error


def _run(
    settings: Settings,
    metrics: "Metrics",
    reader: "PictureReader",
    fetcher: "GuardedFetcher",
    store: "SchemaStore",
    *,
    cameras: "CameraBook",
    shadow: "Shadow | None",
    http: bool,
) -> ExitCode:
    from platestream.bus.service import ExitReason, StreamService
    from platestream.stream.pipeline import Pipeline
    from platestream.telemetry.health import Health
    from platestream.telemetry.logs import get_logger

    health = Health()
    # One pipeline and one set of models, however many interfaces.
    pipeline = Pipeline(
        reader,
        settings=settings.stream,
        limits=settings.pictures,
        metrics=metrics,
        fetcher=fetcher,
        cameras=cameras,
        keep_pictures=settings.vision.bundle is not None,
    )
    interface = opening.open_interface(settings, pipeline, metrics, health) if http else None
    service = StreamService(
        kafka=settings.kafka,
        stream=settings.stream,
        pictures=settings.pictures,
        reader=reader,
        metrics=metrics,
        pipeline=pipeline,
        cameras=cameras,
        watch=interface.hub.offer if interface is not None and settings.web.live_page else None,
        store=store,
    )
    health.add_readiness("stream", service.ready)
    health.add_readiness("cameras", cameras.ready)
    health.add_liveness("stream", service.healthy)
    endpoint = opening.open_telemetry(settings, metrics, health)
    log = get_logger(__name__)
    with (
        endpoint,
        StopSignals(service.stop) as signals,
        bundles.following_bundles(settings, metrics, pipeline, shadow),
    ):
        pipeline.start()
        if interface is not None:
            opening.start_interface(interface)
        log.info(
            "started",
            version=__version__,
            model=str(reader.model),
            precision=reader.precision,
            bootstrap_servers=settings.kafka.bootstrap_servers,
            telemetry=f"http://{endpoint.host}:{endpoint.port}/metrics",
            address=interface.url if interface is not None else None,
        )
        result = service.run()
        if interface is not None:
            # The stream has drained; requests in flight finish before their pipeline goes.
            interface.close()
        pipeline.close(opening.PIPELINE_CLOSE_S if http else 0.0)
        metrics.exits.labels(result.reason.value).inc()
        if result.reason is ExitReason.FAILED:
            opening.let_failure_be_seen(settings, endpoint, lambda: signals.last is not None)
    match result.reason:
        case ExitReason.DRAINED:
            return ExitCode.OK
        case ExitReason.DEADLINE:
            # Nothing is lost: those frames are not committed and will be read again.
            return ExitCode.SOME_FAILED
        case ExitReason.ABORTED:
            raise SystemExit(SIGNALLED + (signals.last or signal.SIGTERM))
        case ExitReason.FAILED:
            raise CliError(f"the service gave up: {result.error}", ExitCode.FATAL)
