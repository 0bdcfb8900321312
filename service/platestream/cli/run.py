"""The body of ``platestream run``."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Self

import yaml

from platestream import __version__
from platestream.cli import doors, opening, preflight
from platestream.cli.exits import CliError, ExitCode
from platestream.config import ConfigError, Settings, load_settings, redacted

if TYPE_CHECKING:
    from platestream.contract.avro import SchemaStore
    from platestream.stream.fetch import GuardedFetcher
    from platestream.telemetry.endpoint import TelemetryServer
    from platestream.telemetry.health import Health
    from platestream.telemetry.metrics import Metrics

# Exit code of a process that a signal ended, as shells report it.
_SIGNALLED: Final = 128
# "At once": time for the last log line, no more.
_AT_ONCE_S: Final = 1.0


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
    overrides = parse_assignments(assignments)
    if bootstrap_servers is not None:
        overrides["kafka.bootstrap_servers"] = bootstrap_servers
    if credentials is not None:
        overrides["web.credentials"] = credentials
    if no_auth:
        overrides["web.no_auth"] = True
    settings = load_settings(config, overrides=overrides)
    preflight.refuse_unusable_stream(settings)
    if http:
        preflight.refuse_unusable_door(settings)
    if check_config:
        preflight.refuse_unusable_pictures(settings)  # a start does so when it opens them
        return print_settings(settings)
    return _serve(settings, http=http)


def print_settings(settings: Settings) -> ExitCode:
    """Print what is in force, secrets hidden."""
    text = yaml.safe_dump(redacted(settings), allow_unicode=True, sort_keys=False)
    sys.stdout.write(text)
    return ExitCode.OK


def parse_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """Turn ``key=value`` flags into overrides; a value in brackets or braces is read as YAML.

    Raises:
        ConfigError: If one has no ``=``, is given twice, or its YAML is broken.
    """
    overrides: dict[str, Any] = {}
    problems: list[str] = []
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key.strip():
            problems.append("--set: a setting is given as KEY=VALUE")
        elif key.strip() in overrides:
            problems.append(f"--set {key.strip()}: given twice")
        else:
            try:
                overrides[key.strip()] = _value(value)
            except yaml.YAMLError:
                problems.append(f"--set {key.strip()}: not a list or mapping")
    if problems:
        raise ConfigError(problems)
    return overrides


def _value(text: str) -> Any:
    # Plain text stays text, so that a group id of 007 is not taken for a number: each setting knows
    # its own type.
    if text.lstrip()[:1] in ("[", "{"):
        return yaml.safe_load(text)
    return None if text == "null" else text


def _serve(settings: Settings, *, http: bool) -> ExitCode:
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.registry import open_schema_store
    from platestream.bus.service import open_cluster
    from platestream.telemetry.logs import configure_logging
    from platestream.telemetry.metrics import Metrics

    telemetry = settings.telemetry
    configure_logging(level=telemetry.log_level, form=telemetry.log_format)
    metrics = Metrics()
    # The kernel ignores SIGTERM for process 1 of a container unless a handler is there: without
    # one, a pod that is told to go while its models load would wait for its SIGKILL.
    signal.signal(signal.SIGTERM, _leave)
    reader = opening.open_reader(settings, metrics=metrics, warm=False)
    try:
        with (
            open_fetcher(settings, metrics) as fetcher,
            open_schema_store(
                settings.registry, settings.kafka.topics.by_schema(), metrics
            ) as store,
            open_cluster(settings.kafka) as kafka,
        ):
            settings = settings.model_copy(update={"kafka": kafka})
            return _run(settings, metrics, reader, fetcher, store, http=http)
    except ConfigurationError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    except BusError as error:
        raise CliError(str(error), ExitCode.FATAL) from error


def _leave(number: int, _frame: FrameType | None) -> None:
    """End before there is anything to drain."""
    raise SystemExit(_SIGNALLED + number)


def open_fetcher(settings: Settings, metrics: "Metrics") -> "GuardedFetcher":
    """Make the fetcher of pictures by URL.

    Raises:
        CliError: If its settings cannot be used.
    """
    from platestream.stream.fetch import GuardedFetcher

    try:
        return GuardedFetcher(settings.fetch, metrics)
    except (RuntimeError, ValueError, OSError) as error:
        raise CliError(f"fetch: {error}", ExitCode.USAGE) from error


def open_telemetry(settings: Settings, metrics: "Metrics", health: "Health") -> "TelemetryServer":
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


def _run(
    settings: Settings,
    metrics: "Metrics",
    reader: opening.Reader,
    fetcher: "GuardedFetcher",
    store: "SchemaStore",
    *,
    http: bool,
) -> ExitCode:
    from platestream.bus.service import ExitReason, StreamService
    from platestream.stream.pipeline import Pipeline
    from platestream.telemetry.health import Health
    from platestream.telemetry.logs import get_logger

    health = Health()
    # One pipeline and one set of models, however many doors.
    pipeline = Pipeline(
        reader,
        settings=settings.stream,
        limits=settings.pictures,
        metrics=metrics,
        fetcher=fetcher,
    )
    door = doors.open_door(settings, pipeline, metrics, health) if http else None
    service = StreamService(
        kafka=settings.kafka,
        stream=settings.stream,
        pictures=settings.pictures,
        reader=reader,
        metrics=metrics,
        pipeline=pipeline,
        watch=door.hub.offer if door is not None and settings.web.live_page else None,
        store=store,
    )
    health.add_readiness("stream", service.ready)
    health.add_liveness("stream", service.healthy)
    endpoint = open_telemetry(settings, metrics, health)
    log = get_logger(__name__)
    with endpoint, StopSignals(service.stop) as signals:
        pipeline.start()
        if door is not None:
            doors.start_door(door)
        log.info(
            "started",
            version=__version__,
            model=f"{reader.model.name} {reader.model.version}",
            bootstrap_servers=settings.kafka.bootstrap_servers,
            telemetry=f"http://{endpoint.host}:{endpoint.port}/metrics",
            address=door.url if door is not None else None,
        )
        result = service.run()
        if door is not None:
            # The stream has drained; requests in flight finish before their pipeline goes.
            door.close()
        pipeline.close(doors.PIPELINE_CLOSE_S if http else 0.0)
    match result.reason:
        case ExitReason.DRAINED:
            return ExitCode.OK
        case ExitReason.DEADLINE:
            # Nothing is lost: those frames are not committed and will be read again.
            return ExitCode.SOME_FAILED
        case ExitReason.ABORTED:
            raise SystemExit(_SIGNALLED + (signals.last or signal.SIGTERM))
        case ExitReason.FAILED:
            raise CliError(f"the service gave up: {result.error}", ExitCode.FATAL)


class StopSignals:
    """SIGTERM and SIGINT: the first drains, the second stops at once.

    Args:
        stop: Called in the signal handler, for each of them.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._count = 0
        self._before: dict[int, Any] = {}
        self.last: int | None = None

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.last = number
        self._count += 1
        self._stop()
        if self._count > 1:
            # The service ends by itself, unless it hangs somewhere (loading a model, a dead disk).
            killer = threading.Timer(_AT_ONCE_S, os._exit, (_SIGNALLED + number,))
            killer.daemon = True
            killer.start()
