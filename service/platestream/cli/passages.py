"""The body of ``platestream passages``."""

import signal
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from platestream import __version__
from platestream.cli.exits import CliError, ExitCode, leave_signalled
from platestream.cli.opening import open_telemetry
from platestream.cli.settings import print_settings, settings_of
from platestream.config import Settings

if TYPE_CHECKING:
    from platestream.telemetry.engine_metrics import EngineMetrics


def run_passages(
    config: Path | None,
    *,
    assignments: Sequence[str],
    bootstrap_servers: str | None,
    check_config: bool,
) -> ExitCode:
    """Load the settings and run the application until it is told to stop.

    Raises:
        ConfigError: With every setting that is wrong.
        CliError: If it cannot start or has to give up.
    """
    settings = settings_of(config, assignments, bootstrap_servers)
    if check_config:
        return print_settings(settings, stream=False, http=False)
    if find_spec("quixstreams") is None:
        raise CliError(
            "the application needs an environment of its own: pip install 'platestream[passages]'",
            ExitCode.USAGE,
        )
    return _run(settings)


def _run(settings: Settings) -> ExitCode:
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.registry import open_schema_store
    from platestream.telemetry.engine_metrics import EngineMetrics
    from platestream.telemetry.logs import configure_logging

    telemetry = settings.telemetry
    configure_logging(level=telemetry.log_level, form=telemetry.log_format)
    metrics = EngineMetrics()
    metrics.describe_process(metrics.registry, version=__version__, revision=telemetry.revision)
    # Until the engine has its own: process 1 of a container is deaf to SIGTERM without a handler.
    signal.signal(signal.SIGTERM, leave_signalled)
    topics = settings.engine.topics.by_schema()
    try:
        with open_schema_store(settings.registry, topics, metrics) as store:
            return _serve(settings, metrics, store)
    except ConfigurationError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    except BusError as error:
        raise CliError(str(error), ExitCode.FATAL) from error


def _serve(settings: Settings, metrics: "EngineMetrics", store: object) -> ExitCode:
    from platestream.engine.application import PassagesApplication
    from platestream.telemetry.health import Health
    from platestream.telemetry.logs import get_logger

    application = PassagesApplication(
        kafka=settings.kafka,
        engine=settings.engine,
        tracking=settings.passages,
        store=store,  # type: ignore[arg-type]
        metrics=metrics,
    )
    health = Health()
    health.add_readiness("engine", application.ready)
    health.add_liveness("engine", application.alive)
    endpoint = open_telemetry(settings, metrics, health)
    log = get_logger(__name__)
    with endpoint:
        log.info(
            "started",
            version=__version__,
            bootstrap_servers=settings.kafka.bootstrap_servers,
            telemetry=f"http://{endpoint.host}:{endpoint.port}/metrics",
        )
        try:
            application.run()
        except Exception as error:
            metrics.exits.labels("failed").inc()
            raise CliError(
                f"the application gave up: {type(error).__name__}: {error}", ExitCode.FATAL
            ) from error
    metrics.exits.labels("drained").inc()
    return ExitCode.OK
