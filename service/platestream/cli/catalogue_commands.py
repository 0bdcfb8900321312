"""The commands that show what the package carries: schemas and model bundles."""

from pathlib import Path
from typing import Annotated

import typer

from platestream.cli.flags import leave

schemas = typer.Typer(no_args_is_help=True, help="The Avro schemas of the topics.")
models = typer.Typer(no_args_is_help=True, help="The model bundles.")


@schemas.command("list")
def schemas_list() -> None:
    """List the schemas."""
    from platestream.cli.catalogue import list_schemas

    leave(list_schemas())


@schemas.command("show")
def schemas_show(name: Annotated[str, typer.Argument(help="Such as PlateEvent.")]) -> None:
    """Print one schema's JSON, ready for a registry or any Avro library."""
    from platestream.cli.catalogue import show_schema

    leave(show_schema(name))


@models.command("list")
def models_list() -> None:
    """List the bundles that the package carries."""
    from platestream.cli.catalogue import list_models

    leave(list_models())


@models.command("verify")
def models_verify(
    path: Annotated[
        Path | None, typer.Argument(help="Folder of a bundle; the packaged one when not given.")
    ] = None,
) -> None:
    """Check a bundle: manifest, checksums, and one run of each model."""
    from platestream.cli.catalogue import verify_model

    leave(verify_model(path))
