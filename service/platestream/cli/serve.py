"""The body of ``platestream serve``: the HTTP interface alone."""

import queue
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platestream import __version__
from platestream.cli import bundles, opening
from platestream.cli.exits import CliError, ExitCode, StopSignals
from platestream.cli.settings import (
    print_settings,
    refuse_unusable_interface,
    refuse_unusable_pictures,
    settings_of,
    warn_of_memory,
)
from platestream.config import Settings

if TYPE_CHECKING:
    from platestream.stream.pipeline import Pipeline

# How soon a broken reader ends the service; nobody waits for it.
_LOOK_EVERY_S: Final = 1.0


def serve_http(
    config: Path | None,
    *,
    assignments: Sequence[str],
    host: str | None,
    port: int | None,
    credentials: Path | None,
    no_auth: bool,
    check_config: bool = False,
) -> ExitCode:
    """Load the settings and serve until told to stop.

    Raises:
        ConfigError: With every setting that is wrong.
        CliError: If the interface cannot open.
    """
    flags = {"host": host, "port": port, "credentials": credentials, "no_auth": no_auth or None}
    given = {f"web.{name}": value for name, value in flags.items() if value is not None}
    settings = settings_of(config, assignments, flags=given)
    refuse_unusable_interface(settings)
    if check_config:
        refuse_unusable_pictures(settings)
        return print_settings(settings, stream=False, http=True)
    # A queue, because its put is safe in a signal handler; an Event's set can deadlock there.
    stops: queue.SimpleQueue[None] = queue.SimpleQueue()
    # Before the models, whose loading takes longer than an impatient orchestrator may wait.
    with StopSignals(lambda: stops.put(None)), opening.tracing_as_set(settings):
        return _serve(settings, stops)


def _serve(settings: Settings, stops: queue.SimpleQueue[None]) -> ExitCode:
    from platestream.stream.pipeline import Pipeline
    from platestream.telemetry.health import CheckResult, Health
    from platestream.telemetry.logs import configure_logging, get_logger

    configure_logging(level=settings.telemetry.log_level, form=settings.telemetry.log_format)
    log = get_logger(__name__)
    warn_of_memory(settings, stream=False, http=True)
    metrics = opening.open_metrics(settings, stream=False, http=True)
    health = Health()
    shadow = bundles.open_shadow(settings, metrics)
    reader = opening.open_reader(settings, metrics=metrics, warm=False, shadow=shadow)
    with opening.open_fetcher(settings, metrics) as fetcher:
        pipeline = Pipeline(
            reader,
            settings=settings.stream,
            limits=settings.pictures,
            metrics=metrics,
            fetcher=fetcher,
            keep_pictures=settings.vision.bundle is not None,
        )
        health.add_readiness(
            "models",
            lambda: CheckResult(ok=pipeline.warm and stops.empty(), detail=""),
        )
        health.add_liveness("inference", lambda: CheckResult(ok=not pipeline.stuck))
        interface = opening.open_interface(
            settings, pipeline=pipeline, metrics=metrics, health=health
        )
        with (
            opening.open_telemetry(settings, metrics, health) as endpoint,
            bundles.following_bundles(settings, metrics, pipeline, shadow),
        ):
            pipeline.start()
            opening.start_interface(interface)
            log.info(
                "started",
                version=__version__,
                model=str(reader.model),
                precision=reader.precision,
                address=interface.url,
                authentication=not settings.web.no_auth,
                telemetry=f"http://{endpoint.host}:{endpoint.port}/metrics",
            )
            broken = _wait(pipeline, stops)
            interface.close()
            finished = pipeline.close(opening.PIPELINE_CLOSE_S)
            log.info("stopped", finished=finished)
            if broken:
                metrics.exits.labels("failed").inc()
                opening.let_failure_be_seen(settings, endpoint, lambda: not stops.empty())
    if broken:
        raise CliError("the models fail on everything; the device may be lost", ExitCode.FATAL)
    return ExitCode.OK if finished else ExitCode.SOME_FAILED


def _wait(pipeline: "Pipeline", stops: queue.SimpleQueue[None]) -> bool:
    """Wait until told to stop, or until the reader breaks; whether it is that."""
    while pipeline.warm:
        try:
            stops.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            continue
        # Readiness asks this queue; what was taken out must still count.
        stops.put(None)
        return False
    return True
