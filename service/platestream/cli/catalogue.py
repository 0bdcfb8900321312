"""The commands that show the schemas that the package carries."""

import sys
from typing import Annotated

import typer

from platestream.cli.exits import CliError, ExitCode

schemas = typer.Typer(no_args_is_help=True, help="The Avro schemas of the topics.")


@schemas.command("list")
def schemas_list() -> None:
    """List the schemas."""
    from rich.table import Table

    from platestream.cli.console import out
    from platestream.contract.schemas import bundled_schemas

    table = Table("name", "full name", "fields", "what it is")
    for name, schema in bundled_schemas().items():
        described = schema.as_dict()
        table.add_row(
            str(name), schema.fullname, str(len(described["fields"])), described.get("doc", "")
        )
    out().print(table)


@schemas.command("show")
def schemas_show(name: Annotated[str, typer.Argument(help="Such as PlateEvent.")]) -> None:
    """Print one schema's JSON, ready for a registry or any Avro library."""
    from platestream.contract.schemas import SchemaName, bundled_schemas

    by_name = {str(known).lower(): known for known in SchemaName}
    by_name |= {schema.fullname.lower(): known for known, schema in bundled_schemas().items()}
    known = by_name.get(name.removesuffix(".avsc").lower())
    if known is None:
        names = ", ".join(str(item) for item in SchemaName)
        raise CliError(f"There is no schema '{name}'; there are {names}.", ExitCode.USAGE)
    sys.stdout.write(bundled_schemas()[known].text.rstrip() + "\n")
