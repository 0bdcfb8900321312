"""The bodies of ``platestream hotlist``: entries put, removed, listed, imported."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from platestream.cli.exits import CliError, ExitCode
from platestream.config import Settings
from platestream.hotlists.entry import HotlistEntry, HotlistError, entry_id_of, normalized

if TYPE_CHECKING:
    from platestream.engine.hotlist_admin import HotlistAdmin

_COLUMNS: Final = (
    "plate_number", "region", "reason", "owner", "valid_from", "valid_until", "near", "entry_id",
)  # fmt: skip
_YES: Final = {
    "": True,
    "yes": True,
    "true": True,
    "1": True,
    "no": False,
    "false": False,
    "0": False,
}
_SHOWN_PROBLEMS: Final = 20


def put(settings: Settings, fields: Mapping[str, str]) -> ExitCode:
    """Put one entry and print its id.

    Raises:
        CliError: The entry cannot be used, or the brokers do not take it.
    """
    try:
        entry = _maker(settings)(fields)
    except HotlistError as error:
        raise CliError(str(error), ExitCode.USAGE) from error
    with _opened(settings) as admin:
        admin.put([entry])
    sys.stdout.write(f"{entry.entry_id}\n")
    return ExitCode.OK


def remove(
    settings: Settings, plate_number: str | None, owner: str, entry_id: str | None
) -> ExitCode:
    """Remove an entry, by its id or by its number and owner.

    Raises:
        CliError: Neither or both are given, or the brokers do not take it.
    """
    if (plate_number is None) == (entry_id is None):
        raise CliError("give a number or pattern, or --id", ExitCode.USAGE)
    if entry_id is None:
        try:
            fields = {"plate_number": plate_number or "", "owner": owner}
            entry_id = _maker(settings)(fields).entry_id
        except HotlistError as error:
            raise CliError(str(error), ExitCode.USAGE) from error
    with _opened(settings) as admin:
        admin.remove([entry_id])
    return ExitCode.OK


def show(settings: Settings, *, as_json: bool) -> ExitCode:
    """Print all entries.

    Raises:
        CliError: The topic cannot be read.
    """
    with _opened(settings) as admin:
        entries = sorted(admin.entries(), key=lambda entry: (entry.owner, entry.listed))
    if as_json:
        sys.stdout.write(json.dumps([entry.as_record() for entry in entries]) + "\n")
        return ExitCode.OK
    from rich.table import Table

    from platestream.cli.console import out

    table = Table("number", "region", "near", "owner", "reason", "from", "until", "id")
    for entry in entries:
        table.add_row(
            entry.listed, entry.region or "", "yes" if entry.near else "no", entry.owner,
            entry.reason, _time_text(entry.valid_from), _time_text(entry.valid_until),
            entry.entry_id,
        )  # fmt: skip
    out().print(table)
    return ExitCode.OK


def import_csv(settings: Settings, path: Path) -> ExitCode:
    """Put every line of a CSV file, or none of them where one is wrong.

    Raises:
        CliError: The file cannot be read, a line is wrong, or the brokers do not take it.
    """
    make = _maker(settings)
    entries: list[HotlistEntry] = []
    problems: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            names = rows.fieldnames or []
            if "plate_number" not in names or set(names) - set(_COLUMNS):
                columns = ", ".join(_COLUMNS)
                raise CliError(f"{path}: the columns are plate_number and, as you need them, "
                               f"others of {columns}", ExitCode.USAGE)  # fmt: skip
            for row in rows:
                try:
                    entries.append(make(_complete(row)))
                except HotlistError as error:
                    problems.append(f"line {rows.line_num}: {error}")
    except OSError as error:
        raise CliError(f"{path}: {error.strerror}", ExitCode.USAGE) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise CliError(f"{path}: not CSV in UTF-8", ExitCode.USAGE) from error
    if problems:
        more = len(problems) - _SHOWN_PROBLEMS
        shown = problems[:_SHOWN_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
        lines = "\n  ".join(shown)
        raise CliError(f"{path}: nothing was imported:\n  {lines}", ExitCode.USAGE)
    with _opened(settings) as admin:
        admin.put(entries)
    sys.stdout.write(f"{len(entries)} entries\n")
    return ExitCode.OK


def _complete(row: Mapping[Any, Any]) -> dict[str, str]:
    if None in row or None in row.values():
        raise HotlistError("more or fewer fields than columns")
    return dict(row)


@contextmanager
def _opened(settings: Settings) -> Iterator["HotlistAdmin"]:
    from platestream.bus.errors import BusError
    from platestream.bus.registry import open_schema_store
    from platestream.contract.schemas import SchemaName
    from platestream.engine.hotlist_admin import HotlistAdmin
    from platestream.telemetry.engine_metrics import EngineMetrics

    metrics = EngineMetrics()
    topic = settings.engine.topics.hotlist
    try:
        with open_schema_store(
            settings.registry, {SchemaName.HOTLIST_ENTRY: topic}, metrics
        ) as store:
            yield HotlistAdmin(settings.kafka, topic, store, metrics)
    except BusError as error:
        raise CliError(str(error), ExitCode.FATAL) from error


def _maker(settings: Settings) -> Callable[[Mapping[str, str]], HotlistEntry]:
    """Makes an entry of texts as people write them; of hidden numbers their pseudonyms.

    Raises:
        CliError: Numbers are dropped, so that there is nothing to look out for, or the keys cannot
            be used.
    """
    if settings.privacy.plate_number == "drop":
        raise CliError("privacy.plate_number is drop: no number can be looked out for",
                       ExitCode.USAGE)  # fmt: skip
    if settings.privacy.keys_file is None:
        return entry_of
    from platestream.stream.privacy import PlatePseudonyms, PrivacyError

    try:
        pseudonyms = PlatePseudonyms(settings.privacy.keys_file)
    except PrivacyError as error:
        raise CliError(f"privacy.keys_file: {error}", ExitCode.USAGE) from error

    def hidden(fields: Mapping[str, str]) -> HotlistEntry:
        clear = entry_of(fields)
        if clear.is_pattern:
            raise HotlistError("a pattern cannot be hidden: give numbers")
        names = pseudonyms.under_every_key(clear.plate_number)
        entry_id = fields.get("entry_id") or entry_id_of(names[0], clear.owner)
        return replace(clear, entry_id=entry_id, plate_number="", pseudonyms=names, near=False)

    return hidden


def entry_of(fields: Mapping[str, str]) -> HotlistEntry:
    """An entry of texts as people write them.

    Raises:
        HotlistError: It cannot be used.
    """
    number = normalized(fields.get("plate_number", ""))
    owner = fields.get("owner", "").strip()
    near = _YES.get(fields.get("near", "").strip().lower())
    if near is None:
        raise HotlistError("near is yes or no")
    return HotlistEntry(
        entry_id=fields.get("entry_id", "").strip() or entry_id_of(number, owner),
        plate_number=number,
        region=fields.get("region", "").strip() or None,
        near=near,
        reason=fields.get("reason", "").strip(),
        owner=owner,
        valid_from=_time("valid_from", fields.get("valid_from", "")),
        valid_until=_time("valid_until", fields.get("valid_until", "")),
    )


def _time(name: str, text: str) -> int:
    if not text.strip():
        return 0
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise HotlistError(f"{name} is not an ISO 8601 time") from None
    if moment.tzinfo is None:
        raise HotlistError(f"{name} must carry its UTC offset, such as Z or +08:00")
    return round(moment.timestamp() * 1000)


def _time_text(moment: int) -> Any:
    from datetime import UTC

    return datetime.fromtimestamp(moment / 1000, UTC).isoformat() if moment else ""
