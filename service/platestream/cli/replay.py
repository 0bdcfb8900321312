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
from platestream.cli.assignments import parse_assignments
from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings, load_settings
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
    dry_run: bool,
    as_json: bool,
) -> ExitCode:
    """Publish selected dead-lettered frames again.

    Raises:
        ConfigError: With every setting that is wrong.
        CliError: If a flag is wrong or the cluster cannot be worked with.
    """
    from platestream.bus.replay.selection import Selection

    overrides = parse_assignments(assignments)
    if bootstrap_servers is not None:
        overrides["kafka.bootstrap_servers"] = bootstrap_servers
    settings = load_settings(config, overrides=overrides)
    known = {code.code for code in ErrorCode}
    if unknown := [code for code in codes if code not in known]:
        raise CliError(f"--error-code: there is no code {', '.join(unknown)}", ExitCode.USAGE)
    selection = Selection(
        codes=frozenset(codes),
        cameras=frozenset(cameras),
        since=_moment("--since", since),
        until=_moment("--until", until),
        limit=limit,
    )
    summary = _replay(settings, selection, dry_run=dry_run)
    _show(summary, dry_run=dry_run, as_json=as_json)
    return ExitCode.SOME_FAILED if summary.gone or summary.unreadable else ExitCode.OK


def _replay(settings: Settings, selection: "Selection", *, dry_run: bool) -> "ReplaySummary":
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.registry import open_schema_store
    from platestream.bus.replay.run import Replay
    from platestream.telemetry.logs import configure_logging
    from platestream.telemetry.metrics import Metrics

    configure_logging(level=settings.telemetry.log_level, form=settings.telemetry.log_format)
    try:
        with open_schema_store(
            settings.registry, settings.kafka.topics.by_schema(), Metrics()
        ) as store:
            replay = Replay(settings.kafka, store, selection, dry_run=dry_run)
            try:
                with console.progress_bar("dead letters", total=replay.total()) as advance:
                    return replay.run(advance)
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


def _show(summary: "ReplaySummary", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({**asdict(summary), "dry_run": dry_run}) + "\n")
        return
    out = console.out()
    verb = "would be published again" if dry_run else "published again"
    out.print(f"{summary.replayed} of {summary.selected} selected frames {verb}", highlight=False)
    for code, count in sorted(summary.by_code.items()):
        out.print(f"  {code}: {count}", highlight=False)
    if summary.repeated:
        out.print(f"{summary.repeated} records of the same frames passed over", highlight=False)
    if summary.gone:
        out.print(
            f"{summary.gone} frames are gone: not in their record, and no longer in their topic",
            highlight=False,
        )
    if summary.unreadable:
        out.print(f"{summary.unreadable} records are no FrameFailure", highlight=False)
