"""The commands around passages: the application, and the hotlist that it looks at."""

from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.flags import (
    AssignmentsOption,
    BootstrapOption,
    CheckConfigOption,
    ConfigOption,
    JsonOption,
    leave,
)

commands = typer.Typer()
hotlist = typer.Typer(
    no_args_is_help=True, help="The numbers that are looked out for; changes count within a second."
)

OwnerOption = Annotated[str, typer.Option("--owner", help="Who lists it.")]


@commands.command()
def passages(
    *,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
    check_config: CheckConfigOption = False,
) -> None:
    """Run the application that makes passages and alerts of frames' results.

    It reads the topic that the service writes with kafka.topics.results, and needs an environment
    of its own: pip install 'platestream[passages]'. SIGTERM and SIGINT commit and end.
    """
    from platestream.cli.passages import run_passages

    leave(
        run_passages(
            config,
            assignments=assignments or [],
            bootstrap_servers=bootstrap_servers,
            check_config=check_config,
        )
    )


@hotlist.command("put")
def hotlist_put(
    plate_number: Annotated[
        str, typer.Argument(help="Number, or pattern: ? one character, * any number of them.")
    ],
    *,
    region: Annotated[str, typer.Option("--region", help="Where it is from, such as cn.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; carried into alerts.")] = "",
    owner: OwnerOption = "",
    valid_from: Annotated[
        str, typer.Option("--from", help="From when on, ISO 8601 with its offset.")
    ] = "",
    valid_until: Annotated[str, typer.Option("--until", help="Until when.")] = "",
    near: Annotated[
        bool, typer.Option("--near/--no-near", help="Match what is one confusion away, too.")
    ] = True,
    entry_id: Annotated[
        str, typer.Option("--id", help="Id; made of owner and number when not given.")
    ] = "",
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
) -> None:
    """Look out for a number or pattern; put again, it replaces what was there. Prints its id.

    Where privacy.plate_number is hmac, pseudonyms go to the topic in place of the number.
    """
    from platestream.cli.hotlist import put
    from platestream.cli.settings import settings_of

    settings = settings_of(config, assignments or [], bootstrap_servers)
    fields = {
        "plate_number": plate_number,
        "region": region,
        "reason": reason,
        "owner": owner,
        "valid_from": valid_from,
        "valid_until": valid_until,
        "near": "yes" if near else "no",
        "entry_id": entry_id,
    }
    leave(put(settings, fields))


@hotlist.command("remove")
def hotlist_remove(
    plate_number: Annotated[str | None, typer.Argument(help="Number or pattern.")] = None,
    *,
    owner: OwnerOption = "",
    entry_id: Annotated[str | None, typer.Option("--id", help="Id, instead of a number.")] = None,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
) -> None:
    """Look out for it no more."""
    from platestream.cli.hotlist import remove
    from platestream.cli.settings import settings_of

    settings = settings_of(config, assignments or [], bootstrap_servers)
    leave(remove(settings, plate_number, owner, entry_id))


@hotlist.command("list")
def hotlist_list(
    *,
    json_output: JsonOption = False,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
) -> None:
    """Show all entries."""
    from platestream.cli.hotlist import show
    from platestream.cli.settings import settings_of

    settings = settings_of(config, assignments or [], bootstrap_servers)
    leave(show(settings, as_json=json_output))


@hotlist.command("import")
def hotlist_import(
    path: Annotated[Path, typer.Argument(help="CSV in UTF-8 with a line of column names.")],
    *,
    config: ConfigOption = None,
    assignments: AssignmentsOption = None,
    bootstrap_servers: BootstrapOption = None,
) -> None:
    """Put every line of a CSV file; of a file with a wrong line none is put.

    Columns: plate_number; region, reason, owner, valid_from, valid_until, near, entry_id.
    """
    from platestream.cli.hotlist import import_csv
    from platestream.cli.settings import settings_of

    settings = settings_of(config, assignments or [], bootstrap_servers)
    leave(import_csv(settings, path))
