"""The body of ``platestream feed``."""

import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platestream import __version__
from platestream.cli import console, opening
from platestream.cli.exits import SIGNALLED, CliError, ExitCode, StopSignals, leave_signalled
from platestream.cli.settings import print_settings, refuse_unusable_stream, settings_of
from platestream.config import Settings
from platestream.config.sources import read_mapping

if TYPE_CHECKING:
    from platestream.bus.frame_sender import FrameSender
    from platestream.feed.feeder import Feeder
    from platestream.feed.summary import FeedSummary
    from platestream.telemetry.feed_metrics import FeedMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFlags:
    """What the command line says of sources.

    Attributes:
        source: The one source, beside those of files and settings.
        camera: Its camera.
        sources: A file of cameras.
        chosen: Settings of the one source; None where its flag was not given.
    """

    source: str | None
    camera: str | None
    sources: Path | None
    chosen: Mapping[str, Any]

    def given(self) -> dict[str, Any]:
        """The cameras, as settings under ``feed.sources``.

        Raises:
            CliError: Flags that do not go together.
            ConfigError: The file cannot be used.
        """
        cameras: dict[str, Any] = {}
        if self.sources is not None:
            cameras.update(read_mapping(self.sources))
        chosen = {name: value for name, value in self.chosen.items() if value is not None}
        if self.source is None:
            if self.camera is not None or chosen:
                raise CliError(
                    "--camera and what is said of a source need the SOURCE; those of a file stand "
                    "in it",
                    ExitCode.USAGE,
                )
            return cameras
        if self.camera is None:
            raise CliError("--camera ID: say whose pictures they are", ExitCode.USAGE)
        if self.camera in cameras:
            raise CliError(f"--camera {self.camera}: --sources has it, too", ExitCode.USAGE)
        cameras[self.camera] = {"source": self.source, **chosen}
        return cameras


def run_feed(
    config: Path | None,
    flags: FeedFlags,
    *,
    assignments: Sequence[str],
    bootstrap_servers: str | None,
    check_config: bool,
    dry_run: bool,
    as_json: bool,
) -> ExitCode:
    """Publish frames until all sources have ended, or until it is told to stop.

    Raises:
        ConfigError: With every setting that is wrong.
        CliError: If a source cannot be one, or the cluster cannot be worked with.
    """
    cameras = flags.given()
    sources = {"feed.sources": cameras} if cameras else {}
    settings = settings_of(config, assignments, bootstrap_servers, sources)
    refuse_unusable_stream(settings)
    if check_config:
        return print_settings(settings, stream=False, http=False)
    if not settings.feed.sources:
        raise CliError(
            "no sources: give SOURCE and --camera, --sources FILE, or feed.sources in --config",
            ExitCode.USAGE,
        )
    _require_libraries()
    summary = _feed(settings, dry_run=dry_run)
    if as_json:
        sys.stdout.write(json.dumps({**asdict(summary), "dry_run": dry_run}) + "\n")
    else:
        _show(summary, dry_run=dry_run)
    return ExitCode.SOME_FAILED if summary.lost or summary.failed else ExitCode.OK


def _require_libraries() -> None:
    try:
        import av  # noqa: F401
        import PIL  # noqa: F401
        import watchfiles  # noqa: F401
    except ImportError as error:
        raise CliError(
            f"{error.name} is missing: pip install 'platestream[feed]'", ExitCode.USAGE
        ) from error


def _feed(settings: Settings, *, dry_run: bool) -> "FeedSummary":
    from platestream.bus.clients.embedded import open_cluster
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.frame_sender import FrameSender
    from platestream.feed.feeder import Feeder, NullSink
    from platestream.feed.location import SourceProblemError
    from platestream.telemetry.feed_metrics import FeedMetrics
    from platestream.telemetry.logs import configure_logging

    telemetry = settings.telemetry
    configure_logging(level=telemetry.log_level, form=telemetry.log_format)
    # As the first process of a container; see platestream.cli.run.
    signal.signal(signal.SIGTERM, leave_signalled)
    metrics = FeedMetrics()
    metrics.describe_process(metrics.registry, version=__version__, revision=telemetry.revision)
    try:
        with open_cluster(settings.kafka) as kafka:
            sender = None if dry_run else FrameSender(kafka)
            feeder = Feeder(
                settings.feed,
                sender or NullSink(),
                metrics,
                max_record_bytes=kafka.max_record_bytes,
                drain_seconds=kafka.drain_seconds,
            )
            return _run(settings, feeder, sender, metrics)
    except (SourceProblemError, ConfigurationError) as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    except BusError as error:
        raise CliError(str(error), ExitCode.FATAL) from error


def _run(
    settings: Settings, feeder: "Feeder", sender: "FrameSender | None", metrics: "FeedMetrics"
) -> "FeedSummary":
    from platestream.telemetry.logs import get_logger

    with StopSignals(feeder.stop) as signals:
        if sender is not None and not sender.open(lambda: signals.last is not None):
            raise SystemExit(SIGNALLED + (signals.last or signal.SIGTERM))
        with _telemetry(settings, feeder, metrics):
            get_logger(__name__).info(
                "feeding",
                version=__version__,
                cameras=len(settings.feed.sources),
                topic=settings.kafka.topics.frames if sender is not None else None,
            )
            return feeder.run()


@contextmanager
def _telemetry(settings: Settings, feeder: "Feeder", metrics: "FeedMetrics") -> Iterator[None]:
    """The endpoint of a feed that goes on; a film is over before anybody asks."""
    from platestream.telemetry.health import CheckResult, Health

    if not feeder.endless:
        yield
        return
    health = Health()
    health.add_liveness("feed", feeder.healthy)
    health.add_readiness("feed", lambda: CheckResult(ok=True))
    with opening.open_telemetry(settings, metrics, health):
        yield


def _show(summary: "FeedSummary", *, dry_run: bool) -> None:
    out = console.out()
    done = "would be published" if dry_run else "published"
    for camera_id, camera in summary.cameras.items():
        left_out = ", ".join(f"{count} {why}" for why, count in camera.dropped.items() if count)
        line = f"{camera_id}: {camera.read} frames read, {camera.published} {done}"
        line += f"; dropped: {left_out}" if left_out else ""
        if again := sum(camera.reconnects.values()):
            line += f"; {again} reconnects"
        line += "; could not be read to its end" if camera.failed else ""
        out.print(line, highlight=False, markup=False)
    if latency := summary.latency_seconds:
        figures = ", ".join(f"{name} {seconds:g} s" for name, seconds in latency.items())
        out.print(f"from capture to acknowledgement: {figures}", highlight=False)
