"""The body of ``platestream replay``."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from platestream.cli import console
from platestream.cli.exits import CliError, ExitCode
from platestream.cli.settings import settings_of
from platestream.config import Settings
from platestream.contract.errors import ErrorCode

if TYPE_CHECKING:
    from platestream.bus.replay.selection import ReplaySummary, Selection

_AGO = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def run_replay(
    config: Path | None,
    *,
    assignments: Sequence[str],
    bootstrap_servers: str | None,
    codes: Sequence[str],
    cameras: Sequence[str],
    since: str | None,
    until: str | None,
    limit: int | None,
    group: str | None,
    dry_run: bool,
    as_json: bool,
) -> ExitCode:
    """Publish selected dead-lettered frames again.

    Raises:
        ConfigError: With every setting that is wrong.
        CliError: If a flag is wrong or the cluster cannot be worked with.
    """
    from platestream.bus.replay.selection import Selection

    settings = settings_of(config, assignments, bootstrap_servers)
    known = {code.code for code in ErrorCode}
    if unknown := [code for code in codes if code not in known]:
        raise CliError(f"--error-code: there is no code {', '.join(unknown)}", ExitCode.USAGE)
    if group is not None and (not group or group == settings.kafka.group_id):
        raise CliError(
            "--group: give a name of its own, not that of the service's group", ExitCode.USAGE
        )
    selection = Selection(
        codes=frozenset(codes),
        cameras=frozenset(cameras),
        since=_moment("--since", since),
        until=_moment("--until", until),
        limit=limit,
    )
    summary = _replay(settings, selection, group=group, dry_run=dry_run)
    if as_json:
        told = {**asdict(summary), "group": group, "dry_run": dry_run}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        _show(summary, dry_run=dry_run, registry=bool(settings.registry.urls))
    return ExitCode.SOME_FAILED if summary.gone or summary.unreadable else ExitCode.OK


def _replay(
    settings: Settings, selection: "Selection", *, group: str | None, dry_run: bool
) -> "ReplaySummary":
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.replay.dead_letters import open_reading_store
    from platestream.bus.replay.run import Replay
    from platestream.telemetry.logs import configure_logging

    configure_logging(level=settings.telemetry.log_level, form=settings.telemetry.log_format)
    try:
        with open_reading_store(settings.registry) as store:
            replay = Replay(settings.kafka, store, selection, group=group, dry_run=dry_run)
            try:
                with console.progress_bar("dead letters", total=replay.open()) as advance:
                    frames = replay.look(advance)
                with console.progress_bar("frames", total=frames) as advance:
                    return replay.publish(advance)
            finally:
                replay.close()
    except ConfigurationError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    except BusError as error:
        raise CliError(str(error), ExitCode.FATAL) from error


def _moment(flag: str, text: str | None) -> int | None:
    """Milliseconds since the epoch of an ISO 8601 time, or of so long ago as ``90m`` says.

    Raises:
        CliError: It is neither.
    """
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        moment = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise CliError(
                f"{flag}: give a time such as 2026-03-01T06:00:00Z, or 90m for 90 minutes ago",
                ExitCode.USAGE,
            ) from None
        if moment.tzinfo is None:
            raise CliError(f"{flag}: say the time's offset from UTC, such as Z", ExitCode.USAGE)
    return int(moment.timestamp() * 1000)


def _show(summary: "ReplaySummary", *, dry_run: bool, registry: bool) -> None:
    out = console.out()
    verb = "would be published again" if dry_run else "published again"
    lines = [f"{summary.replayed} of {summary.selected} selected frames {verb}"]
    if summary.again:
        lines[0] += f", {summary.again} of them replayed before"
    lines += [f"  {code}: {count}" for code, count in sorted(summary.by_code.items())]
    if summary.repeated:
        lines.append(f"{summary.repeated} older failures of the same frames passed over")
    if summary.gone:
        lines.append(
            f"{summary.gone} frames are gone: not in their record, and no longer in their topic, "
            "or not provably the same there"
        )
    if others := summary.unreadable - summary.unknown_schemas:
        lines.append(f"{others} records are no FrameFailure")
    if summary.unknown_schemas:
        lines.append(
            f"{summary.unknown_schemas} records name a schema that "
            + (
                "the registry does not know: is registry.url that of the service?"
                if registry
                else "is not known without a registry: give the service's registry.* settings, "
                "such as --set registry.url=URL, or its --config"
            )
        )
    for line in lines:
        out.print(line, highlight=False)
